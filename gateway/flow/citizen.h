/* One citizen on several channels: conversations that a person has joined, or a proven telephone number (phone.h). Inside a
 * job; joining and parting inside a write job. */
#ifndef XQ_FLOW_CITIZEN_H
#define XQ_FLOW_CITIZEN_H

#include "gateway/flow/words.h"
#include "gateway/store/ticket.h"

/* One citizen: the same conversation, one address on several channels, or conversations a person has joined. */
int citizen_same(struct tx *, const struct ticket_row *a, const struct ticket_row *b, bool *same);
/* The conversations of a's and b's citizen are one person's from now on, or a's stands alone again. */
int citizen_join(struct tx *, const struct ticket_row *a, const struct ticket_row *b, const char *actor, struct err *);
int citizen_leave(struct tx *, const struct ticket_row *a, const char *actor, struct err *);
/* The same of two conversations, without an event; nothing when they are one citizen's already. */
int citizen_unite(struct tx *, uint64_t a, uint64_t b);
int ticket_newest_first(const void *, const void *); /* of struct ticket_row, for qsort() */
/* Tickets of the same citizen on every channel, newest first, without t itself; older than `after` (0: from the newest). */
int citizen_tickets(struct tx *, const struct flow_words *, const struct ticket_row *t, uint64_t after, unsigned limit,
	struct ticket_row **rows, size_t *n);

#endif
