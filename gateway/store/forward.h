/* Forwarding: one row a target, and what was set aside for it. Conventions as in store.h. */
#ifndef XQ_STORE_FORWARD_H
#define XQ_STORE_FORWARD_H

#include "gateway/store/store.h"

struct forward_row { const char *name, *place; int64_t updated_at; }; /* place: it is through with everything before (event_list) */
struct aside_row {
	uint64_t event, ticket;
	unsigned attempts;
	int64_t since, next_at;  /* when it first failed, when it is due again */
	bool dead;               /* given up: a person may have it sent again */
	const char *error;
};
enum { FORWARD_COUNTED = 1000 };
struct forward_stand {
	int64_t waiting, dead; /* set aside to be tried again, or behind the place; given up */
	bool more;             /* only the first FORWARD_COUNTED behind the place are counted */
	int64_t next_from;     /* when the first event that it has not been told happened; 0: it has all */
};
int forward_get(struct tx *, const char *name, struct forward_row *);
int forward_list(struct tx *, struct forward_row **, size_t *n);
int forward_open(struct tx *, const char *name, const char *place); /* nothing when it is there */
int forward_move(struct tx *, const char *name, const char *from, const char *to); /* E_CONFLICT: it does not stand at `from` */
int aside_put(struct tx *, const char *name, const struct aside_row *);      /* inserts or replaces */
int aside_drop(struct tx *, const char *name, uint64_t event);
/* The clock was put back by ms: what is to be tried again would wait until the old time comes again. Of several nodes each may say so: the
 * worst of it is a try that comes early. */
int aside_clock_back(struct tx *, int64_t ms);
/* Due now as if it had never failed: one event (E_NOTFOUND: it is not aside), or with 0 all that were given up. */
int aside_retry(struct tx *, const char *name, uint64_t event, size_t *count);
/* What is due now: of each ticket the oldest waiting one. */
int aside_due(struct tx *, const char *name, unsigned limit, struct aside_row **, size_t *n);
int aside_list(struct tx *, const char *name, bool dead, uint64_t after, unsigned limit, struct aside_row **, size_t *n);
int aside_blocks(struct tx *, const char *name, uint64_t ticket, bool *blocks); /* one of the ticket waits */
int forward_stands(struct tx *, const struct forward_row *, struct forward_stand *);

#endif
