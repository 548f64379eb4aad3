/* What a city's core system says of a ticket. Conventions as in store.h. */
#ifndef XQ_STORE_CORE_H
#define XQ_STORE_CORE_H

#include "gateway/store/store.h"

struct core_row { uint64_t ticket; const char *number, *state; int64_t seq, updated_at; }; /* seq: its last word on it; 0: it does not count */
int core_get(struct tx *, uint64_t ticket, struct core_row *); /* E_NOTFOUND */
int core_put(struct tx *, const struct core_row *);
/* The tickets of one of its numbers, newest first, below an id (0: any). */
int core_list(struct tx *, const char *number, uint64_t below, unsigned limit, uint64_t **tickets, size_t *n);

#endif
