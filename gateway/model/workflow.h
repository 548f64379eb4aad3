/* The closed loop's steps: 受理 派单 办理 答复 督办 办结 回访 评价, in one table: who may take which step in which state,
 * where it leads, what it needs and what the citizen is told. Pure. */
#ifndef XQ_MODEL_WORKFLOW_H
#define XQ_MODEL_WORKFLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/model/ticket.h"

enum role { ROLE_AGENT, ROLE_DEPARTMENT, ROLE_SUPERVISOR, ROLE_ADMIN, ROLE_SYSTEM, ROLES };
const char *role_name(enum role r);
int role_find(const char *name); /* -1: none; ROLE_SYSTEM cannot be named */

enum step {
	STEP_ACCEPT,    /* 受理 */
	STEP_DISPATCH,  /* 派单: needs a department */
	STEP_HANDLE,    /* 办理 */
	STEP_REPLY,     /* 答复: needs text */
	STEP_RETURN,    /* 退单: needs a note */
	STEP_SUPERVISE, /* 督办: needs a note */
	STEP_RELEASE,   /* a held ticket turned out genuine */
	STEP_CLOSE,     /* 办结: asks the survey */
	STEP_REFUSE,    /* 不予受理: needs a coded ground */
	STEP_REOPEN,    /* back to work */
	STEP_NOTE,      /* an internal note: the citizen never sees it */
	STEPS
};
const char *step_name(enum step s);
int step_find(const char *name); /* -1 */

enum step_needs { NEEDS_NOTHING = 0, NEEDS_DEPARTMENT = 1, NEEDS_TEXT = 2, NEEDS_NOTE = 4, NEEDS_GROUND = 8 };

struct step_rule {
	enum step step;
	uint32_t from;          /* SM_TO() of the states it may be taken in */
	int to;                 /* enum ticket_state, or -1: stays */
	uint32_t roles;         /* 1u << role */
	unsigned needs;
	unsigned flags_set, flags_clear;
	const char *event;      /* template event the citizen is told, or NULL */
};
const struct step_rule *step_rule(enum step s);
/* 0; E_CONFLICT: not in this state; E_DENIED: not for this role; words say what is legal. */
int step_check(enum step s, enum ticket_state state, unsigned flags, enum role role, struct err *e);
/* The steps that are legal for role now: bit mask 1u << step. */
uint32_t steps_legal(enum ticket_state state, unsigned flags, enum role role);

/* The nine coded grounds of refusal (国办发〔2020〕53号, 不受理): litigation, arbitration, discipline, review, disclosure,
 * petition, secret, privacy, morals. Template event "refused.<ground>". */
enum { GROUNDS = 9 };
const char *ground_name(unsigned i); /* NULL past the last */
int ground_find(const char *name);

#endif
