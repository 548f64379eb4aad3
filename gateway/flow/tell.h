/* The few strokes every flow makes on a ticket inside a job; each stands here once. */
#ifndef XQ_FLOW_TELL_H
#define XQ_FLOW_TELL_H

#include <jansson.h>

#include "gateway/flow/steps.h"
#include "gateway/model/text.h"
#include "gateway/model/title.h"

/* A person spoke; newest: by ticket_newest(). */
void ticket_spoke(struct tx *, struct ticket_row *, unsigned from, const char *newest);
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
