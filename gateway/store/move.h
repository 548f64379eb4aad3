/* A whole store into another: every table in batches, each one transaction, in the order of its primary key. So what the target
 * has of a table is the beginning of the source's, and a move that was broken off anywhere goes on behind it. */
#ifndef XQ_STORE_MOVE_H
#define XQ_STORE_MOVE_H

#include "gateway/store/store.h"

struct move {
	/* Both may be NULL. On the caller's thread: table, rows there and in all. A file that a row names, by its SHA-256;
	 * negative: stop. */
	void (*progress)(void *arg, const char *table, int64_t done, int64_t total);
	int (*file)(void *arg, const char *sha256, struct err *e);
	void *arg;
	/* Out. */
	int64_t rows, before, events, mended, tables; /* before: were there already */
};

/* from: a DSN; nobody else may use it. to: opened `as_it_is`, not started. Verified by counts and by the chain of events
 * before it is called done. E_CONFLICT: the target has other data, or the source changed since the move began. E_EXISTS: a
 * gateway runs on one of the two. E_AGAIN, E_IO, E_TIMEOUT: call it again. */
int store_move(struct store *to, const char *from, struct move *m, struct err *e) XQ_MUST_CHECK;

#endif
