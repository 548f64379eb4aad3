/* The kinds of events there are: what is written, what a target of forwarding may name, what the API's description lists. Pure. */
#ifndef XQ_MODEL_EVENT_KIND_H
#define XQ_MODEL_EVENT_KIND_H

#include <stdbool.h>
#include <stddef.h>

/* The i-th, NULL behind the last. of_ticket (may be NULL): it happens to a ticket, so that it is forwarded. */
const char *event_kind(size_t i, bool *of_ticket);
/* Is there such a kind of a ticket's events? */
bool event_kind_of_ticket(const char *name);

#endif
