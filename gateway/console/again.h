/* A write sent again: with the same Idempotency-Key the same request by the same caller is done once and answered alike; the
 * same key with another request is refused (422, code "key-reused"). Only what was done is kept, for a week
 * (keys_drop): what failed may be tried again with its key. Who may not see the ticket any more is told that it was done, and
 * its number. Routes that are secret know no key. */
#ifndef XQ_CONSOLE_AGAIN_H
#define XQ_CONSOLE_AGAIN_H

#include "gateway/console/call.h"

/* On the loop, while the request's body is there. */
void again_mark(struct call *, const void *body, size_t n);
/* Inside the write job, before the handler: 1: done before, the call has its answer; 0: not yet; E_*. What was kept by a version that
 * marked requests otherwise, or by another secret, is taken for another request: it is refused, and nothing is done twice. */
int again_find(struct call *, struct tx *, struct err *);
/* After it. */
int again_keep(struct call *, struct tx *, struct err *);

#endif
