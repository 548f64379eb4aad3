/* Reading on among the events of several nodes. A place is where a reader stands. Conventions as in store.h. */
#ifndef XQ_STORE_PLACE_H
#define XQ_STORE_PLACE_H

#include "gateway/store/event.h"

/* What is committed behind a place, by id; *next (may be NULL): the place behind these, or, when there are no more, behind
 * everything that is there. A node may commit lower ids after another's higher ones: the next reading gives
 * them. A place is the text that an earlier reading gave, or the id of an event; E_MALFORMED. */
int event_list(struct tx *, const char *after, unsigned limit, struct event_row **, size_t *n, const char **next);
/* The place behind these events of a reading that began at `place`. */
int place_behind(struct tx *, const char *place, const uint64_t *event, size_t n, const char **behind);
/* The place set back to this event; NULL: it does not lie before the place. */
const char *place_back(struct arena *, const char *place, uint64_t event);
int event_newest(struct tx *, const char **place); /* behind everything that is there */

#endif
