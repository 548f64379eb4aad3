/* What is said of a ticket inside a write job: the message to the citizen, what a text may name, and the event for everybody
 * else. Strings live in tx_arena(). */
#ifndef XQ_FLOW_SAY_H
#define XQ_FLOW_SAY_H

#include <jansson.h>

#include "gateway/flow/words.h"
#include "gateway/model/text.h"
#include "gateway/model/title.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"

/* A message from the gateway or a person to the citizen: message row, outbox row, event-free. */
struct say {
	const char *event;           /* template, or NULL when text is ready */
	const struct render_args *args;
	unsigned from;               /* FROM_STAFF, FROM_SYSTEM */
	const char *author;
	uint64_t survey;
	const struct msg_attachment *file; /* the channel carries them (attachment_allowed) */
	size_t files;
	bool untitled;               /* the number stands for the title: nobody vouches for who wrote it */
	int64_t life_ms;             /* not worth sending later than this; 0: the usual days */
};
int say_to(struct tx *, const struct catalog *, const struct flow_words *, struct conversation_row *,
	struct ticket_row *, const struct say *, struct message_row *out);
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
