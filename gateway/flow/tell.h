/* The few strokes every flow makes on a ticket inside a job; each stands here once. */
#ifndef XQ_FLOW_TELL_H
#define XQ_FLOW_TELL_H

#include <jansson.h>

#include "gateway/flow/steps.h"
#include "gateway/model/text.h"
#include "gateway/model/title.h"

/* The one setter of a ticket's state: moves by ticket_machine and keeps the times that belong to the states. */
void ticket_enter(struct tx *, struct ticket_row *, enum ticket_state to);
/* A person spoke; newest: by ticket_newest(). */
void ticket_spoke(struct tx *, struct ticket_row *, unsigned from, const char *newest);
/* Back to work, with its event; nothing when it is open. */
int ticket_reopen(struct tx *, const struct catalog *, struct ticket_row *, const char *actor, const char *why);
/* 二次办理: one round more, a deadline of its own, and nobody's until another person takes it. */
int ticket_again(struct tx *, const struct catalog *, struct ticket_row *);
/* What a text may say of the ticket besides its number and title: state, department, due and time of its last change,
 * in the language; strings live in tx_arena(). */
void ticket_args(struct tx *, const struct catalog *, const struct flow_words *, const char *language,
	const struct ticket_row *, struct render_args *);
/* A conversation that we open, or that nothing was said in yet. */
int conversation_begin(struct tx *, const struct channel_trait *, const char *peer, const char *language, struct conversation_row *);
/* An id as JSON text: 64 bits do not fit a JavaScript number. "" for 0. */
const char *tell_id(struct tx *, uint64_t id);
/* event_append with JSON; the reference to data moves. */
int tell_event(struct tx *, uint64_t ticket, const char *kind, const char *actor, json_t *data);

#endif
