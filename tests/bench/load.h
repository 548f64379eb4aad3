/* What the load generators share: seconds of the monotonic clock, and an end that says why. */
#ifndef XQ_BENCH_LOAD_H
#define XQ_BENCH_LOAD_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

#endif
