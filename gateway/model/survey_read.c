/* Reading an answer to a survey. The text is cut into tokens; an answer must stand at its beginning (greetings and
 * framing words aside) and be made of known words only. Whatever is not clearly an answer is a message: a complaint
 * taken for a rating is lost, a rating taken for a complaint is only asked about again.
 *   text    := greeting* frame* (number unit? | level | solved | unsolved) more* [comment]
 *   level   := (intensifier | negation)* core       "非常 不满意", "不 太 满意", "not very satisfied"
 *   more    := level | number | solved | unsolved | courtesy, behind punctuation or directly
 *
 * A level in words outranks a number: the words cannot be mistaken for the other scale. */
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/model/fold.h"
#include "gateway/model/survey.h"
#include "gateway/model/survey_token.h"
#include "gateway/model/text.h"
#include "gateway/model/words.h"

enum {
	TOKENS_MAX = 200, SENTENCE_MAX = 120, LOOSE_COMMENT_MAX = 300,
	SIDE_CLAUSE_MAX = 240 /* bytes of a text in which the rating may stand behind its reason */
};

/* What one may be satisfied with, behind the word: "满意你们的工作". */
static const char OBJECT[] =
	"你们|您们|你们的|处理|服务|答复|回复|结果|这次|此次|本次|工作|工作人员|态度|12345|解决|该|对|贵|办理|效率|速度|with the result|"
	"with the outcome|with the reply|with the response|with the answer|with the handling|with the service|with your|"
	"with it|with this|with that|with how|with everything|with the solution|with the work|with you|about it|at all|"
	"about this|about the result|about the reply|about the service";
/* Parts of the service: "态度很好" rates the person, "不满意" behind it the outcome. */
static const char ASPECT[] = "服务|态度|速度|效率|工作人员|及时|很快|service|staff|quick|fast";
static const char ABOUT_SATISFACTION[] =
	"满意|不满|好评|差评|点赞|satisfied|unsatisfied|dissatisfied|happy|unhappy|very good|excellent";

struct reading {
	const char *s; /* folded */
	size_t len;
	enum survey_scale scale;
	bool superseded;
	struct survey_token t[TOKENS_MAX + 1];
	size_t n;

	bool found, in_words, framed, aspect;
	bool unclear; /* an answer, but not which */
	int level, given;
	enum msg_solved solved;
	size_t raw_at, raw_end, comment; /* folded offsets; comment == len: none */
};

static bool is_number(enum survey_kind k)
{
	return k == T_DIGITS || k == T_CIRCLED || k == T_HAN_NUMBER || k == T_WORD_NUMBER || k == T_STARS;
}

static size_t skip_blanks(const struct reading *r, size_t i)
{
	while (r->t[i].kind == T_BLANK)
		i++;
	return i;
}

/* --- levels in words --- */

struct degree { bool strong, total, dim, modified; unsigned nots; };

static int grade(const struct survey_token *core, const struct degree *d)
{
	if (d->nots > 1)
		return 0;
	bool strongly = d->strong || d->total;
	switch (core->kind) {
	case T_NICE:
		if (!d->modified)
			return core->value;
		/* fall through */
	case T_GOOD:
		if (d->nots)
			return strongly ? 1 : 2;
		return d->dim ? 3 : d->strong || d->total ? 5 : 4;
	case T_BAD:
		if (d->nots)
			return strongly ? 0 : 3;
		return strongly ? 1 : 2;
	case T_LEVEL:
		if (d->nots || core->value == 3)
			return d->nots ? 0 : 3;
		return !strongly ? core->value : core->value > 3 ? 5 : 1;
	default:
		return 0;
	}
}

/* A level at token i: the index behind it and its grade, or 0. */
static size_t read_level(const struct reading *r, size_t i, int *level)
{
	struct degree d = { 0 };
	for (;; i = skip_blanks(r, i + 1)) {
		const struct survey_token *t = &r->t[i];
		switch (t->kind) {
		case T_STRONG:
			/* "不是很满意": an intensifier behind the negation makes it no worse. */
			d.strong |= !d.nots;
			break;
		case T_TOTAL:
			d.total = true;
			break;
		case T_MILD:
			break;
		case T_DIM:
			d.dim = true;
			break;
		case T_NOT:
			d.nots++;
			break;
		case T_GOOD: case T_NICE: case T_BAD: case T_LEVEL:
			*level = grade(t, &d);
			return *level ? i + 1 : 0;
		default:
			return 0;
		}
		d.modified = true;
		if (r->t[i + 1].kind == T_FILL && !strncmp(r->s + r->t[i + 1].at, "的", 3))
			i++;
	}
}

static bool is_latin(const struct reading *r, size_t i)
{
	char c = r->s[r->t[i].at];
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* "不满意不满意！" */
static bool is_repeated(const struct reading *r, size_t i)
{
	const struct survey_token *t = &r->t[i], *before = t - (i > 0);
	size_t n = t->end - t->at, last = before->end - before->at;
	return t != before && n > sizeof "慢" && n == last && !memcmp(r->s + t->at, r->s + before->at, n);
}

/* May words end at token i? Not in the middle of a longer sentence: "满意度", "satisfied customers". */
static bool ends_here(const struct reading *r, size_t i)
{
	while (r->t[i].kind == T_FILL)
		i++;
	switch (r->t[i].kind) {
	case T_END: case T_STOP: case T_MARK: case T_WRAP: case T_THANKS: case T_BUT: case T_SOLVED:
	case T_UNSOLVED: case T_STARS: case T_CIRCLED: case T_GREETING:
		return true;
	case T_DIGITS:
		return r->t[i].end - r->t[i].at == 1 && r->t[i + 1].kind != T_OTHER && r->t[i + 1].kind != T_MARK;
	case T_BLANK:
		if (!is_latin(r, i + 1) || !is_latin(r, i - 1))
			return r->t[i + 1].kind != T_ASK;
		return r->t[i + 1].kind != T_DIGITS && ends_here(r, i + 1);
	default:
		return words_at(r->s, r->t[i].at, OBJECT) > 0 || is_repeated(r, i);
	}
}

/* A question, a condition or a wish is no statement. */
static bool is_asked(const struct reading *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (r->t[i].kind == T_ASK)
			return true;
	return words_in(r->s, r->t[from].at, r->t[to].at, WORDS_IF);
}

static size_t clause_end(const struct reading *r, size_t i)
{
	while (r->t[i].kind != T_END && r->t[i].kind != T_STOP)
		i++;
	return i;
}

/* --- numbers --- */

/* Another number of a list further on ("1、… 2、…"): this is an enumeration. */
static bool has_list(const struct reading *r, size_t i)
{
	for (; r->t[i].kind != T_END; i++) {
		bool number = (r->t[i].kind == T_DIGITS && r->t[i].end - r->t[i].at == 1) || r->t[i].kind == T_CIRCLED ||
			r->t[i].kind == T_HAN_NUMBER;
		bool starts = r->t[i - 1].kind == T_STOP || r->t[i - 1].kind == T_BLANK || r->t[i - 1].kind == T_WRAP;
		bool marked = r->t[i + 1].kind == T_MARK || (r->t[i + 1].kind == T_STOP && r->t[i + 1].at + 1 < r->len) ||
			(r->t[i + 1].kind == T_BLANK && r->t[i].kind != T_HAN_NUMBER) || r->t[i].kind == T_CIRCLED;
		if (number && starts && marked && r->t[i].value >= 2)
			return true;
	}
	return false;
}

static bool is_known(enum survey_kind k)
{
	return k == T_END || k == T_THANKS || k == T_SOLVED || k == T_UNSOLVED || k == T_BUT || k == T_FRAME;
}

/* Where the first sentence behind a number ends: what comes later may be about anything. */
static size_t first_sentence(const struct reading *r, size_t i)
{
	size_t at = r->t[i].at;
	while (r->t[i].kind != T_END && r->t[i].kind != T_STOP && r->t[i].kind != T_ASK && r->t[i].at - at < SENTENCE_MAX &&
		!(r->t[i].kind == T_MARK && r->s[r->t[i].at] == '.'))
		i++;
	return r->t[i].at;
}

/* Is the text at token i, behind a bare number and what stands between, a comment on the answer? */
static bool is_comment(const struct reading *r, size_t i, enum survey_kind between)
{
	size_t at = r->t[i].at, left = r->len - at;
	int level;
	if (is_known(r->t[i].kind) || read_level(r, i, &level))
		return true;
	if (is_number(r->t[i].kind))
		return r->t[i + 1].kind == T_END || r->t[i + 1].kind == T_THANKS;
	if (words_at(r->s, at, WORDS_MATTER) || has_list(r, i))
		return false;
	if (between == T_STOP)
		return true;
	return left <= LOOSE_COMMENT_MAX && !survey_counts(r->s, at) &&
		survey_about_answer(r->s, at, first_sentence(r, i));
}

/* Behind a number without anything between: only words that can go on from a rating. */
static bool goes_on(const struct reading *r, size_t i)
{
	int level;
	enum survey_kind k = r->t[i].kind;
	return is_known(k) || k == T_GREETING || read_level(r, i, &level) ||
		words_at(r->s, r->t[i].at, "你们|服务|态度|处理|速度|效率|答复|问题没|问题还|工作人员|办事");
}

static bool is_gap(enum survey_kind k)
{
	return k == T_STOP || k == T_MARK || k == T_BLANK || k == T_WRAP || k == T_FILL;
}

/* What stands behind number i decides whether it was meant as a rating at all. */
static bool number_is_answer(const struct reading *r, size_t i)
{
	size_t next = i;
	while (r->t[next].kind == T_FILL || r->t[next].kind == T_WRAP)
		next++;
	enum survey_kind between = r->t[next].kind;
	if (between != T_STOP && between != T_MARK && between != T_BLANK)
		return goes_on(r, next);
	size_t first = next;
	for (; is_gap(r->t[next].kind); next++)
		if (r->t[next].kind == T_STOP)
			between = T_STOP;
	/* "3.5", "3-1-201", "8:30" are no rating with a remark. */
	if (r->t[first].kind == T_MARK && next == first + 1 && is_number(r->t[next].kind))
		return false;
	return is_comment(r, next, between);
}

/* Nothing behind token i but marks. */
static bool is_last(const struct reading *r, size_t i)
{
	while (r->t[i].kind == T_STOP || r->t[i].kind == T_MARK || r->t[i].kind == T_BLANK || r->t[i].kind == T_FILL)
		i++;
	return r->t[i].kind == T_END;
}

/* "三" and "five" are ordinary words too: they need a unit, a framing word, or the text for themselves. */
static bool stands_as_number(const struct reading *r, size_t i, bool unit)
{
	const struct survey_token *t = &r->t[i];
	if (t->kind == T_HAN_NUMBER || t->kind == T_WORD_NUMBER)
		return unit || r->framed || is_last(r, i + 1);
	return unit || t->kind != T_DIGITS || t->end - t->at <= 2;
}

/* Five stars are the best everywhere; five "points" where 1 is best could mean either end. */
static void take_number(struct reading *r, const struct survey_token *t, enum survey_kind unit)
{
	bool stars = t->kind == T_STARS || unit == T_STAR_UNIT;
	r->given = t->value;
	r->framed |= stars;
	r->level = survey_normalise(stars ? SURVEY_FIVE_BEST : r->scale, t->value);
	if (unit == T_UNIT && r->scale == SURVEY_ONE_BEST && t->value != 3)
		r->level = 0;
	bool not_solved = r->scale == SURVEY_ONE_BEST && t->value == 6 && unit != T_UNIT && !stars;
	if (not_solved)
		r->solved = SOLVED_NO;
	r->unclear = !r->level && !not_solved;
}

/* Number at token i with its unit: the index behind it, or 0 when it is no answer. */
static size_t read_number(struct reading *r, size_t i)
{
	size_t unit = skip_blanks(r, i + 1);
	bool has_unit = r->t[unit].kind == T_UNIT || r->t[unit].kind == T_STAR_UNIT;
	size_t next = has_unit ? unit + 1 : i + 1;
	if (!stands_as_number(r, i, has_unit) || !number_is_answer(r, next))
		return 0;
	take_number(r, &r->t[i], has_unit ? r->t[unit].kind : T_END);
	return next;
}

/* --- the whole --- */

static void mark_raw(struct reading *r, size_t from, size_t to)
{
	if (!r->found)
		r->raw_at = r->t[from].at;
	r->raw_end = r->t[to - 1].end;
	r->found = true;
}

/* Behind greetings, marks and words that only lead up to an answer. */
static size_t skip_opening(struct reading *r)
{
	for (size_t i = 0;; i++) {
		int level;
		switch (r->t[i].kind) {
		case T_FRAME:
			r->framed = true;
			break;
		case T_LEAD: case T_FILL:
			if (read_level(r, i, &level))
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
static size_t read_first(struct reading *r, size_t i)
{
	int level;
	size_t next;
	if (is_number(r->t[i].kind) && (next = read_number(r, i))) {
		mark_raw(r, i, next);
		return next;
	}
	if ((next = read_level(r, i, &level))) {
		if (!ends_here(r, next) || is_asked(r, i, clause_end(r, i)))
			return 0;
		r->level = level;
		r->in_words = true;
		mark_raw(r, i, next);
		return next;
	}
	if (r->t[i].kind != T_SOLVED && r->t[i].kind != T_UNSOLVED)
		return 0;
	if (!ends_here(r, i + 1) || is_asked(r, i, clause_end(r, i)))
		return 0;
	r->solved = r->t[i].kind == T_SOLVED ? SOLVED_YES : SOLVED_NO;
	mark_raw(r, i, i + 1);
	return i + 1;
}

/* A second number: the same again, a 6 for "not solved", or a contradiction. */
static bool merge_number(struct reading *r, size_t i)
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
static size_t read_more(struct reading *r, size_t i)
{
	int level;
	size_t next = read_level(r, i, &level);
	if (next && ends_here(r, next) && !is_asked(r, i, clause_end(r, i))) {
		bool on_whole = words_in(r->s, 0, r->raw_end, ASPECT) &&
			words_in(r->s, r->t[i].at, r->t[next].at, ABOUT_SATISFACTION);
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
		if (!ends_here(r, i + 1) || is_asked(r, i, clause_end(r, i)))
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

/* Three levels, each behind a number: somebody sent the menu back. */
static bool is_menu(const struct reading *r, size_t from)
{
	bool seen[6] = { false };
	unsigned levels = 0;
	for (size_t i = from + 1; i < r->n; i++) {
		int level;
		if (is_number(r->t[i - 1].kind) && read_level(r, i, &level)) {
			levels += !seen[level];
			seen[level] = true;
		}
	}
	return levels > 2;
}

/* "对热线满意，对街道不满意", "1已解决2不满意": a clause behind token i says so, of now. */
static bool dissatisfied(const struct reading *r, size_t i)
{
	size_t clause = i;
	for (size_t next; i < r->n; i = next ? next : i + 1) {
		int level = 0;
		clause = r->t[i].kind == T_STOP ? i : clause;
		next = read_level(r, i, &level);
		if (next && level < 3 && words_in(r->s, r->t[i].at, r->t[next].at, ABOUT_SATISFACTION) && ends_here(r, next) &&
			!is_asked(r, clause, clause_end(r, i)) && !words_in(r->s, r->t[clause].at, r->t[i].at, "没|无|以前|之前|原来|本来"))
			return true;
	}
	return false;
}

/* "满分5分我给1分": a score out of another. */
static bool scores_low(const struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		size_t unit = skip_blanks(r, i + 1);
		if (is_number(r->t[i].kind) && r->t[i].value < 3 && !words_at(r->s, r->t[unit].end, "钟|期") &&
			(r->t[unit].kind == T_STAR_UNIT || r->t[unit].kind == T_UNIT))
			return true;
	}
	return false;
}

/* Praise that the rest of the text belies is asked about again, unless that says itself that nothing was solved. */
static bool belied(const struct reading *r, size_t i)
{
	if (r->level < 4 || r->solved == SOLVED_NO || text_unsolved(r->s + r->comment))
		return false;
	bool points = r->scale == SURVEY_FIVE_BEST || words_in(r->s, 0, r->len, "满分");
	return survey_mocks(r->s, r->len) || dissatisfied(r, i) || (points && scores_low(r));
}

/* The comment may contradict what was read. Words on the whole outrank a number and praise for a part ("态度很好，但是不满意");
 * an extreme number beside its contrary ("5 态度很差", but not "5，但是慢") was meant on the other scale: asked again. */
static void settle(struct reading *r, size_t i)
{
	while (i < r->n) {
		int level = 0;
		size_t next;
		while (r->t[i].kind == T_STOP || r->t[i].kind == T_BLANK)
			i++;
		size_t from = i;
		while (!(next = read_level(r, i, &level)) &&
			(r->t[i].kind == T_LEAD || r->t[i].kind == T_BUT || r->t[i].kind == T_BLANK))
			i++;
		bool whole = next && words_in(r->s, r->t[i].at, r->t[next].at, ABOUT_SATISFACTION);
		if (next && ends_here(r, next) && ((whole && !r->level) || (level - 3) * (r->level - 3) < 0)) {
			if (whole && (!r->in_words || r->aspect))
				r->level = level;
			else if (!r->in_words && r->t[from].kind != T_BUT && (r->level == 1 || r->level == 5))
				r->unclear = true;
			return;
		}
		i = clause_end(r, i) + 1;
	}
}

static bool read_from_start(struct reading *r)
{
	size_t i = skip_opening(r), next = read_first(r, i);
	if (!next)
		return false;
	size_t end = next;
	while ((next = read_more(r, end)))
		end = next;
	r->comment = r->t[end].at;
	r->aspect = words_in(r->s, 0, r->raw_end, ASPECT);
	if (!r->unclear)
		settle(r, end);
	r->unclear |= is_menu(r, i) || belied(r, end);
	return true;
}

/* "路修好了，很满意": the reason first, then a clause that is nothing but the rating. */
static bool read_side_clause(struct reading *r)
{
	if (r->len > SIDE_CLAUSE_MAX || is_asked(r, 0, r->n) || words_in(r->s, 0, r->len, WORDS_MATTER) ||
		!survey_about_answer(r->s, 0, r->len))
		return false;
	for (size_t from = clause_end(r, 0); r->t[from].kind != T_END; from = clause_end(r, from)) {
		int level;
		from++;
		size_t end = clause_end(r, from), i = from, next;
		while (i < end && (r->t[i].kind == T_LEAD || r->t[i].kind == T_FRAME || r->t[i].kind == T_BLANK) &&
			!read_level(r, i, &level))
			i++;
		next = read_level(r, i, &level);
		while (next && (r->t[next].kind == T_FILL || r->t[next].kind == T_BLANK || r->t[next].kind == T_THANKS))
			next++;
		/* Anger alone is also how a new complaint ends; being satisfied or not is what the survey asked. */
		if (!next || next < end || !words_in(r->s, r->t[i].at, r->t[next].at, ABOUT_SATISFACTION))
			continue;
		if (r->found && level != r->level)
			return r->found = false;
		r->level = level;
		r->in_words = true;
		mark_raw(r, i, next);
	}
	return r->found;
}

static void fill_answer(const struct reading *r, const struct fold *f, const char *text, struct survey_answer *out)
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
static size_t bare_ok(const struct reading *r)
{
	size_t n = words_at(r->s, 0, "ok|okay");
	for (size_t i = n; n && i < r->len; i++)
		if (!strchr("!.~ ", r->s[i]))
			return 0;
	return n;
}

static bool read_whole(struct reading *r)
{
	struct reading fresh = *r;
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
	struct reading r = { .s = buf_str(&f.s), .len = f.s.len, .scale = scale, .superseded = superseded };
	r.comment = r.len;
	r.n = survey_tokens(r.s, r.len, r.t, TOKENS_MAX);
	if ((bare_ok(&r) || !text_courtesy(text)) && read_whole(&r))
		fill_answer(&r, &f, text, out);
	fold_fini(&f);
}
