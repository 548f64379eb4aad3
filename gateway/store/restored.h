/* A store that goes on from a copy of what it was: a backup put back, a dump, a snapshot. Between the copy and now numbers were given,
 * messages sent and questions asked that it knows nothing of, to citizens who do. So it gives no number a second time, leaves what waited
 * to be sent to a person, makes of a reply that could still be taken back a draft of its writer's, and asks nothing that fell due
 * meanwhile; an event says that it was so.
 *
 *   `xinqiao backup` marks the copy ──▶ store_open() for a gateway finds the mark ──▶ the above, and the mark goes
 *   a copy made otherwise ──▶ `xinqiao backup --restored`
 *
 * Thread: as store_open. */
#ifndef XQ_STORE_RESTORED_H
#define XQ_STORE_RESTORED_H

#include "gateway/base/clock.h"
#include "gateway/store/store.h"

/* In table kept: when the copy was made, as RFC 3339. */
#define RESTORED_SPACE "copy"
#define RESTORED_KEY "taken"

struct restored {
	char taken[CLOCK_TEXT]; /* when the copy was made; "": nobody knows */
	size_t held;            /* messages that wait for a person now */
	bool done;
};
/* The store is such a copy: *r says what was done, by now or already when it was opened. Opened exclusively, before store_start. E_EXISTS:
 * another gateway runs on it. */
int store_restored(struct store *, struct restored *r, struct err *e) XQ_MUST_CHECK;
/* Inside the store's room: the same where there is a mark. */
int restored_look(struct store *, struct err *e) XQ_MUST_CHECK;

#endif
