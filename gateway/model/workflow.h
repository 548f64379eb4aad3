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
	STEP_UPHOLD,    /* 退单成立: the return stands, the ticket is dispatched anew */
	STEP_DESIGNATE, /* 审定: a department has it for good; none named: the one that had it first (首接负责) */
	STEP_ASSIST,    /* 协办: another department helps the lead unit */
	STEP_OPINION,   /* 协办意见: what a helping department says to the lead unit; the citizen gets the lead's answer only */
	STEP_EXTEND,    /* 延期申请: asked before the deadline */
	STEP_GRANT,     /* 同意延期: the citizen is told the new date and why */
	STEP_DENY,      /* 不同意延期 */
	STEP_ANSWER,    /* 督办反馈: answers a supervision order */
	STEP_CONTACT,   /* 联系市民: spoke with the citizen elsewhere; what was said is the note */
	STEP_WITHDRAW,  /* 撤回, on the citizen's word */
	STEP_TRANSFER,  /* 跨区转办: another region's matter, with a code under which it is found there */
	STEP_CONFIDE,   /* 工单保密 */
	STEP_DISCLOSE,  /* 解除保密 */
	STEP_CALLBACK,  /* 回访复核: called back about a bad rating; what was said is the note */
	STEP_DECLINE,   /* 重复诉求不再受理: the same as what was decided already, with nothing new */
	STEPS
};
const char *step_name(enum step s);
int step_find(const char *name); /* -1 */

enum step_needs {
	NEEDS_NOTHING = 0, NEEDS_DEPARTMENT = 1, NEEDS_TEXT = 2, NEEDS_NOTE = 4, NEEDS_GROUND = 8,
	NEEDS_REASON = 16, /* a coded reason of a return */
	NEEDS_BASIS = 32,  /* its legal basis */
	NEEDS_DAYS = 64,   /* working days */
	NEEDS_REGION = 128,
	NEEDS_OTHER = 256, /* another ticket's number */
	NEEDS_RESULT = 512 /* what the handling came to */
};

struct step_rule {
	enum step step;
	uint32_t from;          /* SM_TO() of the states it may be taken in */
	int to;                 /* enum ticket_state, or -1: stays */
	uint32_t roles;         /* 1u << role */
	unsigned needs;
	unsigned flags_need, flags_bar; /* the first must all be there, of the second none */
	unsigned flags_set, flags_clear;
	const char *event;      /* template event the citizen is told, or NULL */
};
const struct step_rule *step_rule(enum step s);
/* What this role has to give: whoever sends a ticket back says why, by a code; a department also names the rule. */
unsigned step_needs(enum step s, enum role role);
/* The names of what is needed, one after the other: "department", "text", …; NULL past the last. */
const char *needs_name(unsigned i, unsigned *bit);
/* 0; E_CONFLICT: not in this state; E_DENIED: not for this role; words say what is legal. */
int step_check(enum step s, enum ticket_state state, unsigned flags, enum role role, struct err *e);
/* The steps that are legal for role now: bit mask 1u << step. */
uint32_t steps_legal(enum ticket_state state, unsigned flags, enum role role);

/* The nine coded grounds of refusal (国办发〔2020〕53号, 不受理): litigation, arbitration, discipline, review, disclosure,
 * petition, secret, privacy, morals. Template event "refused.<ground>". */
enum { GROUNDS = 9 };
const char *ground_name(unsigned i); /* NULL past the last */
int ground_find(const char *name);

/* 办结: what the handling came to. The citizen's own word on it is the survey's. */
enum { RESULTS = 3 };
const char *result_name(unsigned i); /* "solved", "explained", "unsolved"; NULL past the last */
int result_find(const char *name);

/* The coded reasons of a return (退单): region 属地不符, duty 非本单位职责, unclear 权属不清, overlap 职能交叉, repeat 重复派单, facts 信息不足. */
enum { RETURN_REASONS = 6 };
const char *return_reason_name(unsigned i); /* NULL past the last */
int return_reason_find(const char *name);

/* A department that helps may do these and nothing else; the lead unit never gives its opinion to itself. */
#define HELPER_STEPS (1u << STEP_OPINION | 1u << STEP_NOTE)
/* What belongs to the conversation and not to the handling: a person may do it here, also where the loop is run by a core
 * system. A reply is then an interim one. */
#define CONVERSATION_STEPS \
	(1u << STEP_REPLY | 1u << STEP_NOTE | 1u << STEP_RELEASE | 1u << STEP_CONTACT | 1u << STEP_CONFIDE | 1u << STEP_DISCLOSE)

#endif
