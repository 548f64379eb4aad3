/* Conversations: one citizen on one channel. Conventions as in store.h. */
#ifndef XQ_STORE_CONVERSATION_H
#define XQ_STORE_CONVERSATION_H

#include "gateway/model/ticket.h"
#include "gateway/store/store.h"

struct conversation_row {
	uint64_t id;
	const char *channel, *kind; /* section name; caps.kind */
	const char *peer, *peer_name, *account, *language;
	const char *subject;        /* what a threading channel began with, or NULL */
	bool verified;
	int64_t last_seq, created_at, last_at;
	int64_t read_seq;           /* the citizen has seen up to here */
	unsigned guide;             /* enum guide_state: the question asked last, by conversation_guide() */
	uint64_t guide_ticket;
	int64_t guide_at;
	const char *phone;          /* a mark of the mobile number that is proven to be the citizen's (flow/phone.h); "": none */
};
int conversation_find(struct tx *, const char *channel, const char *peer, struct conversation_row *);
int conversation_get(struct tx *, uint64_t id, struct conversation_row *);
int conversation_insert(struct tx *, struct conversation_row *); /* sets id; E_EXISTS */
/* The citizen is connected to this node: what is for him is sent from here. */
int conversation_here(struct tx *, const char *channel, const char *peer);
/* peer_name, account, language, subject, verified and read_seq; the numbers and times are message_insert's. */
int conversation_update(struct tx *, const struct conversation_row *);
/* The one setter of `guide`, by guide_machine: asked about this ticket (0: none yet), now. E_CONFLICT: not from where it
 * is. */
int conversation_guide(struct tx *, struct conversation_row *, enum guide_state to, uint64_t ticket);
int conversation_phone(struct tx *, uint64_t id, const char *phone);

#endif
