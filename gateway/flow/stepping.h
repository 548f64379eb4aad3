/* Inside the flow room: a step under way, between its checks and its event. Each step that does more than move the ticket
 * has an effect of its own (effects.c says which); it changes the row in memory, keeps the docket, and may say what the
 * citizen is told. Inside the step's write job. */
#ifndef XQ_FLOW_STEPPING_H
#define XQ_FLOW_STEPPING_H

#include "gateway/flow/clockwork.h"
#include "gateway/flow/say.h"
#include "gateway/flow/steps.h"
#include "gateway/store/ticket.h"

struct stepping {
	struct tx *tx;
	const struct catalog *catalog;
	const struct flow_words *words;
	const struct step_request *q;
	const struct step_rule *rule;
	struct ticket_row *t;
	struct err *e;
	const char *kind;     /* of its event */
	const char *say;      /* the template event; NULL: the citizen is told nothing */
	struct render_args args; /* what the text may name beside the ticket's own */
	json_t *data;         /* owned by step_take: what the event says beside the usual */
};
/* 0, or a negative E_* with words in s->e. */
typedef int step_effect_f(struct stepping *s);
step_effect_f *step_effect(enum step); /* NULL: none */

/* effects.c */
step_effect_f effect_reopen;
/* step_return.c */
step_effect_f effect_dispatch, effect_handle, effect_return, effect_uphold, effect_designate;
/* step_end.c */
step_effect_f effect_contact, effect_close, effect_withdraw, effect_transfer, effect_decline;
/* followup.c */
step_effect_f effect_callback, effect_reply;
/* Of a closing: asks now, or plans when, and what the citizen is told meanwhile (s->say). */
int followup_plan(struct stepping *s, bool *ask_now);
/* step_extend.c */
step_effect_f effect_extend, effect_grant, effect_deny;
/* step_help.c */
step_effect_f effect_assist, effect_opinion;
/* step_supervise.c */
step_effect_f effect_supervise, effect_answer;
/* A supervision order (督办单) on the ticket, with its answer wanted by the rules' working days. reason: "manual", "returns",
 * "overdue", "rating". Nothing when an order is open already. */
int order_open(struct tx *, const struct catalog *, struct ticket_row *, const char *actor, const char *reason,
	const char *note);

#endif
