/* How often something may happen: `burst` times at once, then once every burst'th part of the window. *due is the memory of
 * whoever does it (0 at first), in milliseconds of the clock that `now` is read from. Pure. */
#ifndef XQ_BASE_PACE_H
#define XQ_BASE_PACE_H

#include <stdint.h>

/* 0 and it is counted in *due, or how many milliseconds to wait. */
unsigned pace(int64_t *due, int64_t now, unsigned burst, unsigned window_ms);

#endif
