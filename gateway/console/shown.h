/* Who has seen what of a citizen in full. Where a handler shows an address or name unmasked it says so, and the answer goes out only
 * after an event that tells it ("read", in the chain) is on disk; when that cannot be written, nothing is shown.
 *
 * These events belong to no ticket's history, are not forwarded and not among those of the API, or whoever follows them and looks
 * would write more of them: `xinqiao audit reads` tells them. */
#ifndef XQ_CONSOLE_SHOWN_H
#define XQ_CONSOLE_SHOWN_H

#include "gateway/console/call.h"

#define SHOWN_EVENT "read"

/* In the job: what, for people and machines: call_shown(c, "ticket", number). May be called again: a list is kept by name. */
void call_shown(struct call *c, const char *what, const char *which);
/* On the loop, after a read job that has shown something: then() runs once, with what became of it. */
void shown_write(struct call *c, store_done_f *then);

#endif
