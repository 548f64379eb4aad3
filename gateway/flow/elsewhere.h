/* A message that its channel does not take now goes to another address of the same citizen, and the ticket says so. Other
 * addresses are the conversations that a person has joined to this one (citizen.h), where the channel vouches for the address and
 * takes messages at any time. Called inside a job. */
#ifndef XQ_FLOW_ELSEWHERE_H
#define XQ_FLOW_ELSEWHERE_H

#include "gateway/flow/words.h"
#include "gateway/store/conversation.h"

/* The conversation of the message's citizen on another channel than this that was spoken in last, where its files go along if there
 * is one; id 0: none. */
int elsewhere_find(struct tx *, const struct flow_words *, const struct msg_out *, const char *channel, struct conversation_row *);
/* Of a message whose loan ends with SENT_CLOSED. The outbox row becomes FAILED ("sent by sms instead") and a message of its
 * own is queued on the other channel. Without another address it waits (parked) until the citizen gives a sign; a mere notice
 * of the gateway's, which answers nothing (notice.h) and nobody wants days later, fails. 0 or E_*. */
int elsewhere_send(struct tx *, const struct catalog *, const struct flow_words *, const char *channel, const struct msg_out *,
	const char *reason);

#endif
