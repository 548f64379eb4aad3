/* How urgent a ticket is where tickets come together or part. It follows from the record alone: from the words that call
 * for help, its own and those of what is merged into it, and from when its time began. Nothing is put back that was noted
 * before, so whatever else happened meanwhile counts, in whatever order merges are undone. Inside a write job; the caller
 * stores the row. */
#ifndef XQ_FLOW_URGENCY_H
#define XQ_FLOW_URGENCY_H

#include "gateway/flow/words.h"
#include "gateway/store/ticket.h"

/* Mark, priority, deadline and its reminders anew; what reminds before now was told already, or is too late to help. To be
 * called once the events that say what came or went are written. 0, or the store's error. */
int urgency_again(struct tx *, const struct catalog *, struct ticket_row *);
/* What is urgent in messages that leave t for a ticket of their own: 1, 0 when they only stood beside it, or the store's
 * error. *alarmed: when help was called for; 0: that has had its answer. */
int urgency_parts(struct tx *, const struct ticket_row *t, const uint64_t *message, size_t n, int64_t *alarmed);

#endif
