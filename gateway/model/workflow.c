#include "gateway/model/workflow.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/sm.h"

#define NEW SM_TO(TICKET_NEW)
#define ACCEPTED SM_TO(TICKET_ACCEPTED)
#define DISPATCHED SM_TO(TICKET_DISPATCHED)
#define HANDLING SM_TO(TICKET_HANDLING)
#define REPLIED SM_TO(TICKET_REPLIED)
#define CLOSED SM_TO(TICKET_CLOSED)
#define REFUSED SM_TO(TICKET_REFUSED)
#define OPEN (NEW | ACCEPTED | DISPATCHED | HANDLING | REPLIED)
#define ANY (OPEN | CLOSED | REFUSED)
#define STAYS (-1)

#define AGENT (1u << ROLE_AGENT)
#define DEPARTMENT (1u << ROLE_DEPARTMENT)
#define SYSTEM (1u << ROLE_SYSTEM)
#define LEADS (1u << ROLE_SUPERVISOR | 1u << ROLE_ADMIN)
#define DESK (AGENT | LEADS)
/* What waits for somebody ends with the ticket. */
#define ENDS (FLAG_SUPERVISED | FLAG_ESCALATED | FLAG_EXTENDING | FLAG_DISPUTED)

/* The closed loop. This table is the only place that knows a legal step; the state machine below is derived from it.
 *
 *            refuse                              reply
 *   refused ◀────── new ──────────────────────────────────────────▶ replied ──close──▶ closed
 *      │             │ accept                  ▲   ▲                   │                  │
 *      │             ▼          dispatch       │   │      handle       │                  │
 *      └─reopen─▶ accepted ──────────────▶ dispatched ─────────▶ handling                 │
 *                    ▲ ◀───────return──────────┴───────────────────┘                      │
 *                    └──────────────────────────reopen───────────────────────────────────┘
 *
 * While a return is disputed (退单待审) nobody dispatches: a supervisor upholds it or designates a department for good.
 *
 *     step, from, to, roles, needs, flags it needs, flags that bar it, sets, clears, event */
#define STEP_TABLE(ROW, s) \
	ROW(s, ACCEPT, NEW, TICKET_ACCEPTED, DESK, NEEDS_NOTHING, 0, FLAG_HELD, 0, 0, NULL) \
	ROW(s, DISPATCH, OPEN, TICKET_DISPATCHED, DESK, NEEDS_DEPARTMENT, 0, FLAG_HELD | FLAG_DISPUTED, 0, 0, "dispatched") \
	ROW(s, HANDLE, ACCEPTED | DISPATCHED | REPLIED, TICKET_HANDLING, DESK | DEPARTMENT, NEEDS_NOTHING, 0, \
		FLAG_HELD | FLAG_DISPUTED, 0, 0, NULL) \
	ROW(s, REPLY, OPEN, TICKET_REPLIED, DESK | DEPARTMENT, NEEDS_TEXT, 0, FLAG_HELD, 0, 0, "reply") \
	ROW(s, RETURN, DISPATCHED | HANDLING, TICKET_ACCEPTED, DEPARTMENT | LEADS, NEEDS_NOTE | NEEDS_REASON | NEEDS_BASIS, 0, \
		FLAG_HELD | FLAG_DESIGNATED, FLAG_RETURNED, FLAG_EXTENDING, NULL) \
	ROW(s, SUPERVISE, OPEN, STAYS, LEADS, NEEDS_NOTE, 0, FLAG_HELD, FLAG_SUPERVISED, 0, NULL) \
	ROW(s, RELEASE, OPEN, STAYS, DESK, NEEDS_NOTHING, FLAG_HELD, 0, 0, FLAG_HELD, "received") \
	ROW(s, CLOSE, REPLIED, TICKET_CLOSED, DESK, NEEDS_RESULT, 0, FLAG_HELD, 0, ENDS, "closed") \
	ROW(s, REFUSE, NEW | ACCEPTED, TICKET_REFUSED, DESK, NEEDS_GROUND, 0, 0, 0, ENDS, "refused") \
	ROW(s, REOPEN, CLOSED | REFUSED, TICKET_ACCEPTED, LEADS | SYSTEM, NEEDS_NOTHING, 0, FLAG_HELD, FLAG_REOPENED, \
		FLAG_WITHDRAWN, "reopened") \
	ROW(s, NOTE, ANY, STAYS, DESK | DEPARTMENT | SYSTEM, NEEDS_NOTE, 0, 0, 0, 0, NULL) \
	ROW(s, UPHOLD, ACCEPTED, STAYS, LEADS, NEEDS_NOTE, FLAG_DISPUTED, FLAG_HELD, 0, FLAG_DISPUTED, NULL) \
	ROW(s, DESIGNATE, ACCEPTED | DISPATCHED | HANDLING, TICKET_DISPATCHED, LEADS, NEEDS_NOTE, 0, FLAG_HELD, \
		FLAG_DESIGNATED, FLAG_DISPUTED | FLAG_RETURNED | FLAG_EXTENDING, "dispatched") \
	ROW(s, ASSIST, DISPATCHED | HANDLING, STAYS, DESK | DEPARTMENT, NEEDS_DEPARTMENT, 0, FLAG_HELD, 0, 0, NULL) \
	ROW(s, OPINION, DISPATCHED | HANDLING | REPLIED, STAYS, DEPARTMENT | LEADS, NEEDS_NOTE, 0, FLAG_HELD, 0, 0, NULL) \
	ROW(s, EXTEND, ACCEPTED | DISPATCHED | HANDLING, STAYS, DESK | DEPARTMENT, NEEDS_NOTE | NEEDS_DAYS, 0, \
		FLAG_HELD | FLAG_EXTENDING | FLAG_EMERGENCY, FLAG_EXTENDING, 0, NULL) \
	ROW(s, GRANT, OPEN, STAYS, LEADS, NEEDS_TEXT, FLAG_EXTENDING, FLAG_HELD, FLAG_EXTENDED, FLAG_EXTENDING, "extended") \
	ROW(s, DENY, OPEN, STAYS, LEADS, NEEDS_NOTE, FLAG_EXTENDING, FLAG_HELD, 0, FLAG_EXTENDING, NULL) \
	ROW(s, ANSWER, OPEN, STAYS, DESK | DEPARTMENT, NEEDS_NOTE, FLAG_SUPERVISED, FLAG_HELD, 0, 0, NULL) \
	ROW(s, CONTACT, OPEN, STAYS, DESK | DEPARTMENT, NEEDS_NOTE, 0, FLAG_HELD, 0, 0, NULL) \
	ROW(s, WITHDRAW, OPEN, TICKET_CLOSED, DESK, NEEDS_NOTE, 0, FLAG_HELD, FLAG_WITHDRAWN, ENDS, "withdrawn") \
	ROW(s, TRANSFER, NEW | ACCEPTED, TICKET_CLOSED, DESK, NEEDS_REGION | NEEDS_NOTE, 0, FLAG_HELD | FLAG_EMERGENCY, 0, ENDS, \
		"transferred") \
	ROW(s, CONFIDE, ANY, STAYS, DESK, NEEDS_NOTHING, 0, FLAG_HELD | FLAG_CONFIDENTIAL, FLAG_CONFIDENTIAL, 0, NULL) \
	ROW(s, DISCLOSE, ANY, STAYS, LEADS, NEEDS_NOTE, FLAG_CONFIDENTIAL, FLAG_HELD, 0, FLAG_CONFIDENTIAL, NULL) \
	ROW(s, CALLBACK, ANY, STAYS, DESK, NEEDS_NOTE, FLAG_CALLBACK, FLAG_HELD, 0, FLAG_CALLBACK, NULL) \
	ROW(s, DECLINE, NEW | ACCEPTED, TICKET_REFUSED, LEADS, NEEDS_OTHER | NEEDS_NOTE, 0, FLAG_HELD | FLAG_EMERGENCY, 0, ENDS, \
		"refused.repeat")

#define RULE_ROW(s, step, from, to, roles, needs, have, bar, set, clear, event) \
	[STEP_##step] = { STEP_##step, from, to, roles, needs, have, bar, set, clear, event },
static const struct step_rule RULES[STEPS] = { STEP_TABLE(RULE_ROW, 0) };

#define NEXT_OF(s, step, from, to, roles, needs, have, bar, set, clear, event) \
	| (((to) != STAYS && ((from) & SM_TO(s))) ? SM_TO((to) == STAYS ? 0 : (to)) : 0u)
#define NEXT(s) (0u STEP_TABLE(NEXT_OF, s))
static const char *const STATE[TICKET_STATES] = {
	"new", "accepted", "dispatched", "handling", "replied", "closed", "refused",
};
/* Beside the steps: merging (flow/merge.h) closes an open ticket whose messages stand in another one now, and its undoing
 * opens it as it was. */
#define MERGED SM_TO(TICKET_CLOSED)
static const uint32_t NEXT_STATES[TICKET_STATES] = {
	NEXT(TICKET_NEW) | MERGED, NEXT(TICKET_ACCEPTED) | MERGED, NEXT(TICKET_DISPATCHED) | MERGED, NEXT(TICKET_HANDLING) | MERGED,
	NEXT(TICKET_REPLIED), NEXT(TICKET_CLOSED) | OPEN, NEXT(TICKET_REFUSED),
};
const struct sm_table ticket_machine = { "ticket", STATE, NEXT_STATES, TICKET_STATES };

static const char *const ROLE[ROLES] = { "agent", "department", "supervisor", "admin", "system" };
static const char *const STEP[STEPS] = {
	"accept", "dispatch", "handle", "reply", "return", "supervise", "release", "close", "refuse", "reopen", "note",
	"uphold", "designate", "assist", "opinion", "extend", "grant", "deny", "answer",
	"contact", "withdraw", "transfer", "confide", "disclose",
	"callback", "decline",
};
static const char *const RESULT[RESULTS] = { "solved", "explained", "unsolved" };
static const char *const GROUND[GROUNDS] = {
	"litigation", "arbitration", "discipline", "review", "disclosure", "petition", "secret", "privacy", "morals",
};
static const char *const RETURN_REASON[RETURN_REASONS] = { "region", "duty", "unclear", "overlap", "repeat", "facts" };
static const struct { unsigned bit; const char *name; } NEED[] = {
	{ NEEDS_DEPARTMENT, "department" }, { NEEDS_TEXT, "text" }, { NEEDS_NOTE, "note" }, { NEEDS_GROUND, "ground" },
	{ NEEDS_REASON, "reason" }, { NEEDS_BASIS, "basis" }, { NEEDS_DAYS, "days" }, { NEEDS_REGION, "region" },
	{ NEEDS_OTHER, "other" }, { NEEDS_RESULT, "result" },
};

static int find(const char *const *names, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

const char *role_name(enum role r)
{
	must((unsigned)r < ROLES);
	return ROLE[r];
}

int role_find(const char *name)
{
	return find(ROLE, ROLE_SYSTEM, name);
}

const char *step_name(enum step s)
{
	must((unsigned)s < STEPS);
	return STEP[s];
}

int step_find(const char *name)
{
	return find(STEP, STEPS, name);
}

const char *ground_name(unsigned i)
{
	return i < GROUNDS ? GROUND[i] : NULL;
}

int ground_find(const char *name)
{
	return find(GROUND, GROUNDS, name);
}

const struct step_rule *step_rule(enum step s)
{
	must((unsigned)s < STEPS);
	return &RULES[s];
}

unsigned step_needs(enum step s, enum role role)
{
	unsigned needs = step_rule(s)->needs;
	return role == ROLE_DEPARTMENT ? needs : needs & ~(unsigned)NEEDS_BASIS;
}

const char *needs_name(unsigned i, unsigned *bit)
{
	if (i >= sizeof NEED / sizeof *NEED)
		return NULL;
	*bit = NEED[i].bit;
	return NEED[i].name;
}

const char *result_name(unsigned i)
{
	return i < RESULTS ? RESULT[i] : NULL;
}

int result_find(const char *name)
{
	return find(RESULT, RESULTS, name);
}

const char *return_reason_name(unsigned i)
{
	return i < RETURN_REASONS ? RETURN_REASON[i] : NULL;
}

int return_reason_find(const char *name)
{
	return find(RETURN_REASON, RETURN_REASONS, name);
}

static bool fits_state(const struct step_rule *r, enum ticket_state state, unsigned flags)
{
	return (r->from & SM_TO(state)) && (flags & r->flags_need) == r->flags_need && !(flags & r->flags_bar);
}

uint32_t steps_legal(enum ticket_state state, unsigned flags, enum role role)
{
	uint32_t legal = 0;
	for (unsigned s = 0; s < STEPS; s++)
		if ((RULES[s].roles & 1u << role) && fits_state(&RULES[s], state, flags))
			legal |= 1u << s;
	return legal;
}

static void list_steps(uint32_t legal, struct buf *out)
{
	for (unsigned s = 0; s < STEPS; s++)
		if (legal & 1u << s)
			buf_addf(out, "%s%s", out->len ? ", " : "", STEP[s]);
	if (!out->len)
		buf_adds(out, "none");
}

int step_check(enum step s, enum ticket_state state, unsigned flags, enum role role, struct err *e)
{
	const struct step_rule *r = step_rule(s);
	must((unsigned)role < ROLES && (unsigned)state < TICKET_STATES);
	bool allowed = r->roles & 1u << role;
	if (allowed && fits_state(r, state, flags))
		return E_OK;
	struct buf legal;
	int rc;
	buf_init(&legal, ERR_WORDS_MAX);
	list_steps(steps_legal(state, flags, role), &legal);
	if (!allowed)
		rc = err_set(e, E_DENIED, "a %s may not %s; legal now: %s", ROLE[role], STEP[s], buf_str(&legal));
	else
		rc = err_set(e, E_CONFLICT, "%s is not possible for a ticket that is %s%s; legal now: %s",
			STEP[s], STATE[state], flags & FLAG_HELD ? " and held" : "", buf_str(&legal));
	buf_fini(&legal);
	return rc;
}
