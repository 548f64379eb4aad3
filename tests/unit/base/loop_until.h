/* Runs a loop until a condition holds, for 10 seconds at most, or as many times that as slack() says: how the suites of the base room
 * wait. */
#ifndef XQ_TESTS_LOOP_UNTIL_H
#define XQ_TESTS_LOOP_UNTIL_H

#include <stdbool.h>
#include <sys/resource.h>
#include <uv.h>

#include "tests/unit/slack.h"

enum { LOOP_UNTIL_MS = 10000 };

static void loop_until_timeout(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

static void loop_until_closed(uv_handle_t *h)
{
	*(bool *)h->data = true;
}

static inline bool loop_turn(uv_loop_t *loop, bool (*holds)(void *), void *arg, unsigned ms)
{
	bool late = false, closed = false;
	uv_timer_t t;
	uv_timer_init(loop, &t);
	t.data = &late;
	uv_timer_start(&t, loop_until_timeout, ms, 1); /* again: fired before the poll, a single one would let that wait for ever */
	while (!holds(arg) && !late)
		uv_run(loop, UV_RUN_ONCE);
	t.data = &closed;
	uv_close((uv_handle_t *)&t, loop_until_closed);
	while (!closed)
		uv_run(loop, UV_RUN_ONCE);
	return holds(arg);
}

/* False when time ran out first. */
static inline bool loop_until(uv_loop_t *loop, bool (*holds)(void *), void *arg, unsigned ms)
{
	return loop_turn(loop, holds, arg, ms * slack());
}

static inline bool loop_never(void *arg)
{
	(void)arg;
	return false;
}

/* Lets what is under way happen. */
static inline void loop_for(uv_loop_t *loop, unsigned ms)
{
	loop_turn(loop, loop_never, NULL, ms);
}

/* The same; how many milliseconds of a processor it took. */
static inline long loop_cost(uv_loop_t *loop, unsigned ms)
{
	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	loop_for(loop, ms);
	getrusage(RUSAGE_SELF, &after);
	return (after.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_utime.tv_sec - before.ru_stime.tv_sec) * 1000 +
		(after.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_utime.tv_usec - before.ru_stime.tv_usec) / 1000;
}

#endif
