/* How often something may happen: `burst` times at once, then once every burst'th part of the window. *due is the memory of
 * whoever does it (0 at first), in milliseconds of the clock that `now` is read from. Pure. */
#ifndef XQ_BASE_PACE_H
#define XQ_BASE_PACE_H

#include <stddef.h>
#include <stdint.h>

/* 0 and it is counted in *due, or how many milliseconds to wait. */
unsigned pace(int64_t *due, int64_t now, unsigned burst, unsigned window_ms);

/* How slowly somebody may bring (or take) what he is waited for: bytes pay for time, so many of them for a second. */
enum { PACE_BYTES = 2048 };
/* Until when he has paid, who had paid until `until` and brings n bytes now; never more than ahead_ms ahead. */
int64_t pace_paid(int64_t until, int64_t now, size_t n, unsigned ahead_ms);

#endif
