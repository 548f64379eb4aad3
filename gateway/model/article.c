#include "gateway/model/article.h"

#include <string.h>

#include "gateway/base/sm.h"

/* One version of an article.
 *
 *   draft ──submit──▶ review ──approve──▶ approved ──retire──▶ retired
 *     ▲                 │
 *     └────send-back────┘          (revise makes the next version, a draft, beside an approved or retired one)
 */
static const char *const STATE[ARTICLE_STATES] = { "draft", "review", "approved", "retired" };
static const uint32_t NEXT[ARTICLE_STATES] = {
	[ARTICLE_DRAFT] = SM_TO(ARTICLE_REVIEW),
	[ARTICLE_REVIEW] = SM_TO(ARTICLE_DRAFT) | SM_TO(ARTICLE_APPROVED),
	[ARTICLE_APPROVED] = SM_TO(ARTICLE_RETIRED),
};
const struct sm_table article_machine = { "article", STATE, NEXT, ARTICLE_STATES };

#define ALL (1u << ROLE_AGENT | 1u << ROLE_DEPARTMENT | LEADS)
#define LEADS (1u << ROLE_SUPERVISOR | 1u << ROLE_ADMIN)
static const struct article_rule RULES[ARTICLE_STEPS] = {
	[ARTICLE_EDIT] = { SM_TO(ARTICLE_DRAFT), -1, ALL, false, false },
	[ARTICLE_SUBMIT] = { SM_TO(ARTICLE_DRAFT), ARTICLE_REVIEW, ALL, false, false },
	[ARTICLE_APPROVE] = { SM_TO(ARTICLE_REVIEW), ARTICLE_APPROVED, LEADS, false, true },
	[ARTICLE_SEND_BACK] = { SM_TO(ARTICLE_REVIEW), ARTICLE_DRAFT, LEADS, true, false },
	[ARTICLE_RETIRE] = { SM_TO(ARTICLE_APPROVED), ARTICLE_RETIRED, LEADS, true, false },
	[ARTICLE_REVISE] = { SM_TO(ARTICLE_APPROVED) | SM_TO(ARTICLE_RETIRED), -1, ALL, false, false },
};
static const char *const STEP[ARTICLE_STEPS] = { "edit", "submit", "approve", "send-back", "retire", "revise" };

const char *article_step_name(enum article_step s)
{
	must((unsigned)s < ARTICLE_STEPS);
	return STEP[s];
}

int article_step_find(const char *name)
{
	for (int i = 0; i < ARTICLE_STEPS; i++)
		if (strcmp(STEP[i], name) == 0)
			return i;
	return -1;
}

const struct article_rule *article_rule(enum article_step s)
{
	must((unsigned)s < ARTICLE_STEPS);
	return &RULES[s];
}

int article_check(enum article_step s, enum article_state state, enum role role, bool own, struct err *e)
{
	const struct article_rule *r = article_rule(s);
	if (!(r->from & SM_TO(state)))
		return err_rule(e, E_CONFLICT, "article-state", "step: '%s' is not possible while the article is '%s'", STEP[s], STATE[state]);
	if (!(r->roles & 1u << role))
		return err_set(e, E_DENIED, "step: a %s may not %s an article", role_name(role), STEP[s]);
	if (r->second && own)
		return err_set(e, E_DENIED, "step: somebody who did not write the article must approve it");
	return 0;
}

uint32_t article_legal(enum article_state state, enum role role, bool own)
{
	struct err e;
	uint32_t legal = 0;
	for (unsigned s = 0; s < ARTICLE_STEPS; s++)
		if (article_check((enum article_step)s, state, role, own, &e) == 0)
			legal |= 1u << s;
	return legal;
}
