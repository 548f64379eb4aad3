/* How a carrier channel ends when it is asked to: it waits until nothing it took or was lent is open, or for
 * DRAIN_MS, then stops its links, and says once that it is drained when the last of them has ended.
 *
 *   begun ──idle, or DRAIN_MS passed──▶ stop() ──every link ended──▶ over
 *
 * Thread: the loop. */
#ifndef XQ_SMS_DRAIN_H
#define XQ_SMS_DRAIN_H

#include <stdbool.h>
#include <uv.h>

enum { DRAIN_MS = 10000 };

struct drain;
/* stop() is called once at most; late: something was still open after DRAIN_MS. owner must outlive the drain. */
struct drain *drain_create(uv_loop_t *loop, void (*stop)(void *owner, bool late), void *owner);
void drain_destroy(struct drain **d);
void drain_begin(struct drain *d); /* again: nothing */
bool drain_begun(const struct drain *d);
/* Begun, and waiting for what is open: ask whether anything still is, and if not, drain_stop(). */
bool drain_waits(const struct drain *d);
void drain_stop(struct drain *d);
/* The last link has ended: true the first time, when the host wants to hear of it. */
bool drain_over(struct drain *d);
/* destroy() of the channel began: nothing is waited for, and stop() is not called any more. */
void drain_forget(struct drain *d);

#endif
