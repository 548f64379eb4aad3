/* Events: append-only, each carries the hash of the one before on its node's chain. Conventions as in store.h. */
#ifndef XQ_STORE_EVENT_H
#define XQ_STORE_EVENT_H

#include "gateway/store/store.h"

struct event_row {
	uint64_t id;
	unsigned node;
	int64_t seq, at;
	uint64_t ticket;
	const char *number;              /* of the ticket, in lists */
	const char *kind, *actor, *data; /* data: JSON object text */
};
int event_append(struct tx *, uint64_t ticket, const char *kind, const char *actor, const char *data);
int event_list_ticket(struct tx *, uint64_t ticket, struct event_row **, size_t *n);
int event_get(struct tx *, uint64_t id, struct event_row *);

#endif
