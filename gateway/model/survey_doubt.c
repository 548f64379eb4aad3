/* What of the rest of a text speaks against the answer at its beginning. */
#include "gateway/model/survey_said.h"

#include <string.h>

#include "gateway/model/text.h"
#include "gateway/model/words.h"

bool said_is_menu(const struct said *r, size_t from)
{
	bool seen[6] = { false };
	unsigned levels = 0;
	for (size_t i = from + 1; i < r->n; i++) {
		int level;
		if (said_is_number(r->t[i - 1].kind) && said_level(r, i, &level)) {
			levels += !seen[level];
			seen[level] = true;
		}
	}
	return levels > 2;
}

/* "对热线满意，对街道不满意", "1已解决2不满意": a clause behind token i says so, of now. */
static bool dissatisfied(const struct said *r, size_t i)
{
	size_t clause = i;
	for (size_t next; i < r->n; i = next ? next : i + 1) {
		int level = 0;
		clause = r->t[i].kind == T_STOP ? i : clause;
		next = said_level(r, i, &level);
		if (next && level < 3 && words_in(r->s, r->t[i].at, r->t[next].at, SAID_SATISFACTION) && said_ends(r, next) &&
			!said_asked(r, clause, said_clause_end(r, i)) && !words_in(r->s, r->t[clause].at, r->t[i].at, "没|无|以前|之前|原来|本来"))
			return true;
	}
	return false;
}

/* "满分5分我给1分": a score out of another. */
static bool scores_low(const struct said *r)
{
	for (size_t i = 0; i < r->n; i++) {
		size_t unit = said_skip_blanks(r, i + 1);
		if (said_is_number(r->t[i].kind) && r->t[i].value < 3 && !words_at(r->s, r->t[unit].end, "钟|期") &&
			(r->t[unit].kind == T_STAR_UNIT || r->t[unit].kind == T_UNIT))
			return true;
	}
	return false;
}

/* Praise that the rest of the text belies is asked about again, unless that says itself that nothing was solved. */
bool said_belied(const struct said *r, size_t i)
{
	if (r->level < 4 || r->solved == SOLVED_NO || text_unsolved(r->s + r->comment))
		return false;
	bool points = r->scale == SURVEY_FIVE_BEST || words_in(r->s, 0, r->len, "满分");
	return survey_mocks(r->s, r->len) || dissatisfied(r, i) || (points && scores_low(r));
}

/* The comment may contradict what was read. Words on the whole outrank a number and praise for a part ("态度很好，但是不满意");
 * an extreme number beside its contrary ("5 态度很差", but not "5，但是慢") was meant on the other scale: asked again. */
void said_settle(struct said *r, size_t i)
{
	while (i < r->n) {
		int level = 0;
		size_t next;
		while (r->t[i].kind == T_STOP || r->t[i].kind == T_BLANK)
			i++;
		size_t from = i;
		while (!(next = said_level(r, i, &level)) &&
			(r->t[i].kind == T_LEAD || r->t[i].kind == T_BUT || r->t[i].kind == T_BLANK))
			i++;
		bool whole = next && words_in(r->s, r->t[i].at, r->t[next].at, SAID_SATISFACTION);
		if (next && said_ends(r, next) && ((whole && !r->level) || (level - 3) * (r->level - 3) < 0)) {
			if (whole && (!r->in_words || r->aspect))
				r->level = level;
			else if (!r->in_words && r->t[from].kind != T_BUT && (r->level == 1 || r->level == 5))
				r->unclear = true;
			return;
		}
		i = said_clause_end(r, i) + 1;
	}
}
