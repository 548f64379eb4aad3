/* Time. Wall time is a count of milliseconds since 1970 UTC in an int64_t, named `now` or `..._at`.
 * Only the edges (main, adapters' timers, the store's writer) read a clock; everything below is given the time.
 * People's times are Asia/Shanghai, which has had no summer time since 1991: a fixed +08:00. */
#ifndef XQ_BASE_CLOCK_H
#define XQ_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { CLOCK_TEXT = 32 };
#define CLOCK_ZONE_MS (8LL * 3600 * 1000)

int64_t clock_now(void);       /* wall, ms */
/* Added by clock_now() from here on: where several machines share a store, its clock is the one for all. Any thread. */
void clock_adjust(int64_t ms);
int64_t clock_adjusted(void);
int64_t clock_monotonic(void); /* ms, for intervals; never goes back */
/* "2026-11-22T20:48:09.123+08:00" (RFC 3339). Returns out. */
char *clock_rfc3339(int64_t at, char out[CLOCK_TEXT]);
/* "2026-11-22 20:48", as people read it. Returns out. */
char *clock_people(int64_t at, char out[CLOCK_TEXT]);
/* 20261122 in local time. */
int clock_day(int64_t at);
/* The local midnight before `at`. */
int64_t clock_day_begin(int64_t at);
/* Reads RFC 3339, or a bare local date "2026-11-22", or "2026-11-22 20:48". 0, or E_MALFORMED. */
int clock_parse(const char *s, int64_t *at);

#endif
