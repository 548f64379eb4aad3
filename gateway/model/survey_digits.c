/* Numbers: whether one was meant as a rating at all, and which. */
#include "gateway/model/survey_said.h"

#include <string.h>

#include "gateway/model/words.h"

enum { SENTENCE_MAX = 120, LOOSE_COMMENT_MAX = 300 };

/* Another number of a list further on ("1、… 2、…"): this is an enumeration. */
static bool has_list(const struct said *r, size_t i)
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
static size_t first_sentence(const struct said *r, size_t i)
{
	size_t at = r->t[i].at;
	while (r->t[i].kind != T_END && r->t[i].kind != T_STOP && r->t[i].kind != T_ASK && r->t[i].at - at < SENTENCE_MAX &&
		!(r->t[i].kind == T_MARK && r->s[r->t[i].at] == '.'))
		i++;
	return r->t[i].at;
}

/* Is the text at token i, behind a bare number and what stands between, a comment on the answer? */
static bool is_comment(const struct said *r, size_t i, enum survey_kind between)
{
	size_t at = r->t[i].at, left = r->len - at;
	int level;
	if (is_known(r->t[i].kind) || said_level(r, i, &level))
		return true;
	if (said_is_number(r->t[i].kind))
		return r->t[i + 1].kind == T_END || r->t[i + 1].kind == T_THANKS;
	if (words_at(r->s, at, WORDS_MATTER) || has_list(r, i))
		return false;
	if (between == T_STOP)
		return true;
	return left <= LOOSE_COMMENT_MAX && !survey_counts(r->s, at) &&
		survey_about_answer(r->s, at, first_sentence(r, i));
}

/* Behind a number without anything between: only words that can go on from a rating. */
static bool goes_on(const struct said *r, size_t i)
{
	int level;
	enum survey_kind k = r->t[i].kind;
	return is_known(k) || k == T_GREETING || said_level(r, i, &level) ||
		words_at(r->s, r->t[i].at, "你们|服务|态度|处理|速度|效率|答复|问题没|问题还|工作人员|办事");
}

static bool is_gap(enum survey_kind k)
{
	return k == T_STOP || k == T_MARK || k == T_BLANK || k == T_WRAP || k == T_FILL;
}

/* What stands behind number i decides whether it was meant as a rating at all. */
static bool number_is_answer(const struct said *r, size_t i)
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
	if (r->t[first].kind == T_MARK && next == first + 1 && said_is_number(r->t[next].kind))
		return false;
	return is_comment(r, next, between);
}

/* Nothing behind token i but marks. */
static bool is_last(const struct said *r, size_t i)
{
	while (r->t[i].kind == T_STOP || r->t[i].kind == T_MARK || r->t[i].kind == T_BLANK || r->t[i].kind == T_FILL)
		i++;
	return r->t[i].kind == T_END;
}

/* "三" and "five" are ordinary words too: they need a unit, a framing word, or the text for themselves. */
static bool stands_as_number(const struct said *r, size_t i, bool unit)
{
	const struct survey_token *t = &r->t[i];
	if (t->kind == T_HAN_NUMBER || t->kind == T_WORD_NUMBER)
		return unit || r->framed || is_last(r, i + 1);
	return unit || t->kind != T_DIGITS || t->end - t->at <= 2;
}

/* Five stars are the best everywhere; five "points" where 1 is best could mean either end. */
static void take_number(struct said *r, const struct survey_token *t, enum survey_kind unit)
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

size_t said_number(struct said *r, size_t i)
{
	size_t unit = said_skip_blanks(r, i + 1);
	bool has_unit = r->t[unit].kind == T_UNIT || r->t[unit].kind == T_STAR_UNIT;
	size_t next = has_unit ? unit + 1 : i + 1;
	if (!stands_as_number(r, i, has_unit) || !number_is_answer(r, next))
		return 0;
	take_number(r, &r->t[i], has_unit ? r->t[unit].kind : T_END);
	return next;
}
