#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "gateway/base/metrics.h"
#include "gateway/base/turns.h"

static void a_turn_is_counted_at_each_step_it_reaches(void **state)
{
	(void)state;
	assert_int_equal(turns_counted(0), 1);
	assert_int_equal(turns_counted(4999999), 1);
	assert_int_equal(turns_counted(5000000), 2);
	assert_int_equal(turns_counted(99999999), 3);
	assert_int_equal(turns_counted(UINT64_C(3600) * 1000000000), 5);
}

static int64_t turns(const char *label)
{
	return metric_get(metric_counter("xinqiao_loop_turns_total", label, ""));
}

enum { WAIT_MS = 150, WORK_MS = 25 };

static void work(uv_timer_t *t)
{
	nanosleep(&(struct timespec){ .tv_nsec = WORK_MS * 1000000L }, NULL);
	uv_close((uv_handle_t *)t, NULL);
}

static void waiting_is_no_turn_and_working_is_one(void **state)
{
	(void)state;
	uv_loop_t loop;
	uv_timer_t timer;
	assert_int_equal(uv_loop_init(&loop), 0);
	struct turns *t = turns_begin(&loop);
	uv_timer_init(&loop, &timer);
	uv_timer_start(&timer, work, WAIT_MS, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_run(&loop, UV_RUN_NOWAIT); /* counts the turn before */
	assert_true(turns("at_least_ms=\"20\"") >= 1);
	int64_t busy = metric_get(metric_counter("xinqiao_loop_busy_ms_total", "", ""));
	assert_true(busy >= WORK_MS);
	turns_end(&t);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turn_is_counted_at_each_step_it_reaches),
		cmocka_unit_test(waiting_is_no_turn_and_working_is_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
