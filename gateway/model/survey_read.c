/* Reading an answer to a survey. The text is cut into tokens; an answer must stand at its beginning (greetings and
 * framing words aside) and be made of known words only. Whatever is not clearly an answer is a message: a complaint
 * taken for a rating is lost, a rating taken for a complaint is only asked about again.
 *   text    := greeting* frame* (number unit? | level | solved | unsolved) more* [comment]
 *   level   := (intensifier | negation)* core       "非常 不满意", "不 太 满意", "not very satisfied"
 *   more    := level | number | solved | unsolved | courtesy, behind punctuation or directly
 *
 * A level in words outranks a number: the words cannot be mistaken for the other scale. */
#include "gateway/model/survey_said.h"

#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/model/fold.h"
#include "gateway/model/text.h"
#include "gateway/model/words.h"

enum { SIDE_CLAUSE_MAX = 240 /* bytes of a text in which the rating may stand behind its reason */ };

static void mark_raw(struct said *r, size_t from, size_t to)
{
	if (!r->found)
		r->raw_at = r->t[from].at;
	r->raw_end = r->t[to - 1].end;
	r->found = true;
}

/* Behind greetings, marks and words that only lead up to an answer. */
static size_t skip_opening(struct said *r)
{
	for (size_t i = 0;; i++) {
		int level;
		switch (r->t[i].kind) {
		case T_FRAME:
			r->framed = true;
			break;
		case T_LEAD: case T_FILL:
			if (said_level(r, i, &level))
				return i;
			break;
		case T_GREETING: case T_THANKS: case T_STOP: case T_BLANK: case T_WRAP:
			break;
		case T_BUT: /* "谢谢，但我不满意" */
			if (i == 0 || !words_at(r->s, r->t[i].at, "但|但是|可是|不过|but"))
				return i;
			break;
		case T_MARK: /* "：1", but "-1" is no rating */
			if (r->s[r->t[i].at] != '-')
				break;
			return i;
		default:
			return i;
		}
	}
}

/* The first thing said: index behind it, 0 when the text does not begin with an answer. */
static size_t read_first(struct said *r, size_t i)
{
	int level;
	size_t next;
	if (said_is_number(r->t[i].kind) && (next = said_number(r, i))) {
		mark_raw(r, i, next);
		return next;
	}
	if ((next = said_level(r, i, &level))) {
		if (!said_ends(r, next) || said_asked(r, i, said_clause_end(r, i)))
			return 0;
		r->level = level;
		r->in_words = true;
		mark_raw(r, i, next);
		return next;
	}
	if (r->t[i].kind != T_SOLVED && r->t[i].kind != T_UNSOLVED)
		return 0;
	if (!said_ends(r, i + 1) || said_asked(r, i, said_clause_end(r, i)))
		return 0;
	r->solved = r->t[i].kind == T_SOLVED ? SOLVED_YES : SOLVED_NO;
	mark_raw(r, i, i + 1);
	return i + 1;
}

/* A second number: the same again, a 6 for "not solved", or a contradiction. */
static bool merge_number(struct said *r, size_t i)
{
	int value = r->t[i].value;
	size_t behind = i + 1;
	while (r->t[behind].kind == T_UNIT || r->t[behind].kind == T_STAR_UNIT || r->t[behind].kind == T_FILL)
		behind++;
	if (r->t[behind].kind != T_END && r->t[behind].kind != T_STOP && r->t[behind].kind != T_THANKS)
		return false;
	if (r->in_words)
		return true;
	if (!r->given) {
		r->given = value;
		r->level = survey_normalise(r->scale, value);
		r->unclear = !r->level;
	} else if (r->scale == SURVEY_ONE_BEST && (value == 6) != (r->given == 6)) {
		r->level = survey_normalise(r->scale, value == 6 ? r->given : value);
		r->solved = SOLVED_NO;
	} else if (value != r->given) {
		r->unclear = true;
	}
	return true;
}

/* One more thing at token i; the index behind it, or 0 where the comment begins. */
static size_t read_more(struct said *r, size_t i)
{
	int level;
	size_t next = said_level(r, i, &level);
	if (next && said_ends(r, next) && !said_asked(r, i, said_clause_end(r, i))) {
		bool on_whole = words_in(r->s, 0, r->raw_end, SAID_ASPECT) &&
			words_in(r->s, r->t[i].at, r->t[next].at, SAID_SATISFACTION);
		if (r->in_words && !on_whole)
			return level == r->level ? next : 0;
		r->level = level;
		r->in_words = true;
		r->unclear = false;
		mark_raw(r, i, next);
		return next;
	}
	switch (r->t[i].kind) {
	case T_STOP: case T_MARK: case T_BLANK: case T_WRAP: case T_FILL: case T_THANKS: case T_GREETING: case T_UNIT:
	case T_STAR_UNIT:
		return i + 1;
	case T_SOLVED:
		if (!said_ends(r, i + 1) || said_asked(r, i, said_clause_end(r, i)))
			return 0;
		if (r->solved == SOLVED_UNSAID)
			r->solved = SOLVED_YES;
		return i + 1;
	case T_DIGITS: case T_CIRCLED: case T_STARS:
		return merge_number(r, i) ? i + 1 : 0;
	default:
		return 0;
	}
}

static bool read_from_start(struct said *r)
{
	size_t i = skip_opening(r), next = read_first(r, i);
	if (!next)
		return false;
	size_t end = next;
	while ((next = read_more(r, end)))
		end = next;
	r->comment = r->t[end].at;
	r->aspect = words_in(r->s, 0, r->raw_end, SAID_ASPECT);
	if (!r->unclear)
		said_settle(r, end);
	r->unclear |= said_is_menu(r, i) || said_belied(r, end);
	return true;
}

/* "路修好了，很满意": the reason first, then a clause that is nothing but the rating. */
static bool read_side_clause(struct said *r)
{
	if (r->len > SIDE_CLAUSE_MAX || said_asked(r, 0, r->n) || words_in(r->s, 0, r->len, WORDS_MATTER) ||
		!survey_about_answer(r->s, 0, r->len))
		return false;
	for (size_t from = said_clause_end(r, 0); r->t[from].kind != T_END; from = said_clause_end(r, from)) {
		int level;
		from++;
		size_t end = said_clause_end(r, from), i = from, next;
		while (i < end && (r->t[i].kind == T_LEAD || r->t[i].kind == T_FRAME || r->t[i].kind == T_BLANK) &&
			!said_level(r, i, &level))
			i++;
		next = said_level(r, i, &level);
		while (next && (r->t[next].kind == T_FILL || r->t[next].kind == T_BLANK || r->t[next].kind == T_THANKS))
			next++;
		/* Anger alone is also how a new complaint ends; being satisfied or not is what the survey asked. */
		if (!next || next < end || !words_in(r->s, r->t[i].at, r->t[next].at, SAID_SATISFACTION))
			continue;
		if (r->found && level != r->level)
			return r->found = false;
		r->level = level;
		r->in_words = true;
		mark_raw(r, i, next);
	}
	return r->found;
}

static void fill_answer(const struct said *r, const struct fold *f, const char *text, struct survey_answer *out)
{
	bool bare = r->given && !r->in_words && !r->framed;
	if (bare && r->superseded)
		return;
	out->reading = r->unclear ? READ_OUT_OF_SCALE : READ_ANSWER;
	out->rating = r->unclear ? 0 : r->level;
	out->solved = r->solved;
	size_t from = f->at[r->raw_at], to = f->at[r->raw_end];
	size_t n = utf8_cut(text + from, to - from, SURVEY_RAW_MAX - 1);
	memcpy(out->raw, text + from, n);
	if (r->comment < r->len)
		out->comment_at = f->at[r->comment];
	if (out->comment_at < strlen(text) && text_unsolved(text + out->comment_at))
		out->solved = SOLVED_NO;
}

/* "ok" is a level only as the whole answer to the question just asked. */
static size_t bare_ok(const struct said *r)
{
	size_t n = words_at(r->s, 0, "ok|okay");
	for (size_t i = n; n && i < r->len; i++)
		if (!strchr("!.~ ", r->s[i]))
			return 0;
	return n;
}

static bool read_whole(struct said *r)
{
	struct said fresh = *r;
	size_t ok = bare_ok(r);
	if (ok) {
		r->level = 3;
		r->in_words = true;
		r->raw_end = ok;
		return !r->superseded;
	}
	if (read_from_start(r))
		return true;
	*r = fresh;
	r->comment = 0;
	return read_side_clause(r);
}

void survey_read(const char *text, enum survey_scale scale, bool superseded, struct survey_answer *out)
{
	*out = (struct survey_answer){ .comment_at = strlen(text) };
	struct fold f;
	fold_init(&f, text);
	struct said r = { .s = buf_str(&f.s), .len = f.s.len, .scale = scale, .superseded = superseded };
	r.comment = r.len;
	r.n = survey_tokens(r.s, r.len, r.t, SAID_TOKENS_MAX);
	if ((bare_ok(&r) || !text_courtesy(text)) && read_whole(&r))
		fill_answer(&r, &f, text, out);
	fold_fini(&f);
}
