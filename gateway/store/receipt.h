/* What a channel says of a message that it was handed. Conventions as in store.h. */
#ifndef XQ_STORE_RECEIPT_H
#define XQ_STORE_RECEIPT_H

#include "gateway/model/message.h"
#include "gateway/store/store.h"

/* outbox_set to a state that is no longer queued, with the ids the channel gave for the parts of this sending, for receipts. Applies
 * receipts that came early. */
int outbox_handed(struct tx *, uint64_t message, enum out_state to, const char *error, const char *channel, const char *const *id,
	size_t n);
/* A receipt: delivered when all parts are, failed when one is; never back from a final state. E_NOTFOUND: nobody knows the
 * id (kept for a day, its send may not be answered yet) or the peer. */
int outbox_receipt(struct tx *, const char *channel, const struct receipt *);
struct unmatched_row { const char *channel; uint64_t count; const char *id; /* one of them */ };
/* By channel: receipts that came after `after`, `upto` at the latest, and whose message is still not known. */
int receipts_unmatched(struct tx *, int64_t after, int64_t upto, struct unmatched_row **, size_t *n);
/* The message that the channel knows by this id; E_NOTFOUND. */
int outbox_of_id(struct tx *, const char *channel, const char *id, uint64_t *message);

#endif
