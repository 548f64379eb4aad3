/* Inside the store's room: the changes of a transaction as a row for the other nodes, and back. "t12 m34 q35 o36 s12": a
 * ticket, a message, a message with an outbox row, an out state, a survey's ticket. */
#ifndef XQ_STORE_FEED_H
#define XQ_STORE_FEED_H

#include "gateway/store/tx.h"

enum { FEED_TEXT_MAX = 1024 * 1024, FEED_ROWS_MAX = 50, FEED_KEEP_MS = 3600 * 1000 };

/* What a job that stands has changed. */
void feed_note(struct session *s, const struct change *c, size_t n);
/* The row, before the commit; has the others hear of it. */
int feed_put(struct session *s, struct err *e);
/* As changes in tx's arena, rows as they are now; what is gone is left out. */
int feed_read(struct tx *tx, const char *changes);

struct feed_row {
	int64_t seq;
	const char *origin, *changes;
};
int feed_last(struct tx *tx, unsigned node, int64_t *seq);
int feed_after(struct tx *tx, unsigned node, int64_t seq, struct feed_row **rows, size_t *n);

#endif
