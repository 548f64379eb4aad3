/* Receipts that fit no message of ours: counted, and said in the log at most once an hour a channel, with an id of theirs beside one
 * that the carrier gave us, since it may write them in two ways (message_id). */
#ifndef XQ_FLOW_UNMATCHED_H
#define XQ_FLOW_UNMATCHED_H

#include "gateway/flow/internal.h"

enum { RECEIPT_WAIT_MS = 5 * 60 * 1000 }; /* a receipt may come before the answer to its send, but not so long */

/* In the clock's job: what has waited so long by now and was not looked at. */
int unmatched_find(struct tx *, struct unmatched *);
/* After its commit. */
void unmatched_tell(struct flow *);

#endif
