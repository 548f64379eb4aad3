/* Inside the store's room: where a reader stands among the events of several nodes. As text it is an id for each node,
 * "0.123-2.456", and a node that is not named stands at 0; one id alone is read as every node's. */
#ifndef XQ_STORE_EVENT_PLACE_H
#define XQ_STORE_EVENT_PLACE_H

#include "gateway/store/event.h"
#include "gateway/store/tx.h"

enum { PLACE_NODES = 1024, PLACE_TEXT_MAX = PLACE_NODES * 26 };
struct event_place {
	uint64_t id[PLACE_NODES];
};
int place_read(struct event_place *, const char *text); /* 1, -1 */
const char *place_text(struct arena *, const struct event_place *);
/* The last id of every node as this transaction sees the store: all events up to there are committed, and what a node commits
 * later lies behind. */
int places_known(struct tx *, struct event_place *heads);
/* event.c: by id alone. */
int event_page(struct tx *, uint64_t after, unsigned limit, struct event_row **, size_t *n);

#endif
