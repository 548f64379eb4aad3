/* Runs a loop until a condition holds, for 10 seconds at most: how the suites of the base room wait. */
#ifndef XQ_TESTS_LOOP_UNTIL_H
#define XQ_TESTS_LOOP_UNTIL_H

#include <stdbool.h>
#include <uv.h>

enum { LOOP_UNTIL_MS = 10000 };

static void loop_until_timeout(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

static void loop_until_closed(uv_handle_t *h)
{
	*(bool *)h->data = true;
}

/* False when time ran out first. */
static inline bool loop_until(uv_loop_t *loop, bool (*holds)(void *), void *arg, unsigned ms)
{
	bool late = false, closed = false;
	uv_timer_t t;
	uv_timer_init(loop, &t);
	t.data = &late;
	uv_timer_start(&t, loop_until_timeout, ms, 0);
	while (!holds(arg) && !late)
		uv_run(loop, UV_RUN_ONCE);
	t.data = &closed;
	uv_close((uv_handle_t *)&t, loop_until_closed);
	while (!closed)
		uv_run(loop, UV_RUN_ONCE);
	return holds(arg);
}

static inline bool loop_never(void *arg)
{
	(void)arg;
	return false;
}

/* Lets what is under way happen. */
static inline void loop_for(uv_loop_t *loop, unsigned ms)
{
	loop_until(loop, loop_never, NULL, ms);
}

#endif
