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
 *     step, from, to, roles, needs, sets, clears, event */
#define STEP_TABLE(ROW, s) \
	ROW(s, ACCEPT, NEW, TICKET_ACCEPTED, DESK, NEEDS_NOTHING, 0, 0, NULL) \
	ROW(s, DISPATCH, OPEN, TICKET_DISPATCHED, DESK, NEEDS_DEPARTMENT, 0, 0, "dispatched") \
	ROW(s, HANDLE, ACCEPTED | DISPATCHED | REPLIED, TICKET_HANDLING, DESK | DEPARTMENT, NEEDS_NOTHING, 0, 0, NULL) \
	ROW(s, REPLY, OPEN, TICKET_REPLIED, DESK | DEPARTMENT, NEEDS_TEXT, 0, 0, "reply") \
	ROW(s, RETURN, DISPATCHED | HANDLING, TICKET_ACCEPTED, DEPARTMENT | LEADS, NEEDS_NOTE, FLAG_RETURNED, 0, NULL) \
	ROW(s, SUPERVISE, OPEN, STAYS, LEADS, NEEDS_NOTE, FLAG_SUPERVISED, 0, NULL) \
	ROW(s, RELEASE, OPEN, STAYS, DESK, NEEDS_NOTHING, 0, FLAG_HELD, "received") \
	ROW(s, CLOSE, REPLIED, TICKET_CLOSED, DESK, NEEDS_NOTHING, 0, FLAG_SUPERVISED, "closed") \
	ROW(s, REFUSE, NEW | ACCEPTED, TICKET_REFUSED, DESK, NEEDS_GROUND, 0, 0, "refused") \
	ROW(s, REOPEN, CLOSED | REFUSED, TICKET_ACCEPTED, LEADS | SYSTEM, NEEDS_NOTHING, FLAG_REOPENED, 0, "reopened") \
	ROW(s, NOTE, ANY, STAYS, DESK | DEPARTMENT | SYSTEM, NEEDS_NOTE, 0, 0, NULL)

#define RULE_ROW(s, step, from, to, roles, needs, set, clear, event) \
	[STEP_##step] = { STEP_##step, from, to, roles, needs, set, clear, event },
static const struct step_rule RULES[STEPS] = { STEP_TABLE(RULE_ROW, 0) };

#define NEXT_OF(s, step, from, to, roles, needs, set, clear, event) \
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
};
static const char *const GROUND[GROUNDS] = {
	"litigation", "arbitration", "discipline", "review", "disclosure", "petition", "secret", "privacy", "morals",
};
static const uint32_t HELD_STEPS = 1u << STEP_RELEASE | 1u << STEP_REFUSE | 1u << STEP_NOTE;

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

static bool fits_state(const struct step_rule *r, enum ticket_state state, unsigned flags)
{
	bool held = flags & FLAG_HELD;
	if (held && !(HELD_STEPS & 1u << r->step))
		return false;
	if (!held && r->step == STEP_RELEASE)
		return false;
	return r->from & SM_TO(state);
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
