/* Pieces of long messages. Conventions as in store.h. */
#ifndef XQ_STORE_SEGMENT_H
#define XQ_STORE_SEGMENT_H

#include "gateway/store/store.h"

struct segment_row { const char *key, *peer, *account; unsigned index, total, coding; const uint8_t *bytes; size_t n; int64_t at; };
int segment_put(struct tx *, const char *channel, const struct segment_row *); /* E_EXISTS: this index is here already */
int segment_list(struct tx *, const char *channel, const char *key, struct segment_row **, size_t *n);
char *segment_bytes(struct tx *, const struct segment_row *, size_t n, size_t *len); /* all of theirs, in tx_arena() */
int segment_drop(struct tx *, const char *channel, const char *key);
int segment_drop_one(struct tx *, const char *channel, const char *key, unsigned index);
/* Of a channel, or "" for all: keys whose first piece is older than `before`, oldest first. */
int segment_stale(struct tx *, const char *of, int64_t before, unsigned limit, const char ***channel, const char ***key, size_t *n);

#endif
