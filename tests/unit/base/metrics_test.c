#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "gateway/base/metrics.h"

static struct buf written;

static const char *page(void)
{
	buf_fini(&written);
	buf_init(&written, 100000);
	metrics_write(&written);
	return buf_str(&written);
}

static void a_family_is_written_together_under_one_head(void **state)
{
	(void)state;
	struct metric *a = metric_counter("xq_a_total", "channel=\"sms\"", "Messages");
	metric_gauge("xq_b", "", "Open connections");
	struct metric *c = metric_counter("xq_a_total", "channel=\"web\"", "other words");
	metric_add(a, 2);
	metric_add(c, 40);
	assert_non_null(strstr(page(), "# HELP xq_a_total Messages\n# TYPE xq_a_total counter\n"
		"xq_a_total{channel=\"sms\"} 2\nxq_a_total{channel=\"web\"} 40\n# HELP xq_b Open connections\n"
		"# TYPE xq_b gauge\nxq_b 0\n"));
}

static void the_same_name_and_labels_are_the_same_metric(void **state)
{
	(void)state;
	struct metric *a = metric_counter("xq_same_total", "x=\"1\"", "h");
	assert_ptr_equal(a, metric_counter("xq_same_total", "x=\"1\"", "h"));
	assert_ptr_not_equal(a, metric_counter("xq_same_total", "x=\"2\"", "h"));
}

static void a_gauge_goes_up_and_down(void **state)
{
	(void)state;
	struct metric *g = metric_gauge("xq_gauge", "", "h");
	metric_set(g, 7);
	metric_add(g, -9);
	assert_int_equal(metric_get(g), -2);
	assert_non_null(strstr(page(), "\nxq_gauge -2\n"));
}

static void help_is_escaped(void **state)
{
	(void)state;
	metric_gauge("xq_help", "", "a\\b\nc");
	assert_non_null(strstr(page(), "# HELP xq_help a\\\\b\\nc\n"));
}

enum { THREADS = 4, ROUNDS = 5000 };

static void *add_many(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		metric_add(metric_counter("xq_threads_total", i % 2 ? "x=\"1\"" : "", "h"), 1);
	return arg;
}

static void no_addition_is_lost_between_threads(void **state)
{
	(void)state;
	pthread_t t[THREADS];
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, add_many, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(metric_get(metric_counter("xq_threads_total", "", "h")), THREADS * ROUNDS / 2);
	assert_int_equal(metric_get(metric_counter("xq_threads_total", "x=\"1\"", "h")), THREADS * ROUNDS / 2);
}

static int free_page(void **state)
{
	(void)state;
	buf_fini(&written);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_is_written_together_under_one_head),
		cmocka_unit_test(the_same_name_and_labels_are_the_same_metric),
		cmocka_unit_test(a_gauge_goes_up_and_down),
		cmocka_unit_test(help_is_escaped),
		cmocka_unit_test(no_addition_is_lost_between_threads),
	};
	return cmocka_run_group_tests(tests, NULL, free_page);
}
