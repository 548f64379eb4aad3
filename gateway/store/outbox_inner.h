/* Inside the store's room: what of the outbox other verbs need. */
#ifndef XQ_STORE_OUTBOX_INNER_H
#define XQ_STORE_OUTBOX_INNER_H

#include "gateway/store/outbox.h"

/* Whatever waits or is being sent becomes UNKNOWN: a person decides. */
int outbox_hold(struct tx *, const char *why, size_t *n);
/* What waits in a conversation, of this ticket (0: of any), is EXPIRED: nobody can put it back. */
int outbox_end(struct tx *, uint64_t conversation, uint64_t ticket, const char *why, size_t *n);
/* The setter. parts: how many it was handed over in; -1: as before. */
int outbox_move(struct tx *tx, struct outbox_row *o, enum out_state to, int64_t next_at, const char *error, int64_t parts);
/* receipt.c: receipts that came before their ids and were not seen by whoever stored these. */
int receipts_known(struct tx *tx, unsigned limit);

#endif
