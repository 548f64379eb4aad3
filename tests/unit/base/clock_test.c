#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gateway/base/clock.h"
#include "gateway/base/err.h"

static void times_are_written_in_shanghai_time(void **state)
{
	(void)state;
	char out[CLOCK_TEXT];
	assert_string_equal(clock_rfc3339(0, out), "1970-01-01T08:00:00.000+08:00");
	assert_string_equal(clock_rfc3339(1795351689123, out), "2026-11-22T20:48:09.123+08:00");
	assert_string_equal(clock_people(1795351689123, out), "2026-11-22 20:48");
	assert_string_equal(clock_rfc3339(-28800001, out), "1969-12-31T23:59:59.999+08:00");
}

static void the_day_turns_at_midnight_in_shanghai(void **state)
{
	(void)state;
	int64_t at;
	assert_int_equal(clock_parse("2026-11-22T15:59:59.999Z", &at), 0);
	assert_int_equal(clock_day(at), 20261122);
	assert_int_equal(clock_day(at + 1), 20261123);
}

struct sample { const char *text; int64_t at; };

static void every_form_is_read(void **state)
{
	(void)state;
	static const struct sample good[] = {
		{ "2026-11-22T20:48:09.123+08:00", 1795351689123 },
		{ "2026-11-22T12:48:09.123Z", 1795351689123 },
		{ "2026-11-22t12:48:09.1239999z", 1795351689123 },
		{ "2026-11-22T07:18:09.1-05:30", 1795351689100 },
		{ "2026-11-22T20:48:09+08:00", 1795351689000 },
		{ "2026-11-22 20:48", 1795351680000 },
		{ "2026-11-22 20:48:09", 1795351689000 },
		{ "2026-11-22", 1795276800000 },
		{ "2024-02-29", 1709136000000 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2016-12-31T23:59:60Z", 1483228800000 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		int64_t at = -1;
		assert_int_equal(clock_parse(good[i].text, &at), 0);
		assert_int_equal(at, good[i].at);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "2026", "2026-11", "2026-11-31", "2025-02-29", "2026-13-01",
		"2026-00-01", "2026-11-00", "2026-11-22T", "2026-11-22 ", "2026-11-22T20:48", "2026-11-22T20:48:09",
		"2026-11-22 24:00", "2026-11-22 20:60", "2026-11-22T20:48:61Z", "2026-11-22T20:48:09.Z",
		"2026-11-22T20:48:09Zx", "2026-11-22T20:48:09+0800", "2026-11-22T20:48:09+24:00", "2026-11-22x",
		"-026-11-22", "2026-1-22", "26-11-22", " 2026-11-22", "2026-11-22 20:48 ", "2026/11/22",
		"2026-11-22T20:48Z" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t at = 5;
		assert_int_equal(clock_parse(bad[i], &at), E_MALFORMED);
		assert_int_equal(at, 5);
	}
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	char out[CLOCK_TEXT];
	for (int64_t at = -123456789; at < 4000000000000; at += 86399 * 1000LL * 97 + 1) {
		int64_t back;
		assert_int_equal(clock_parse(clock_rfc3339(at, out), &back), 0);
		assert_int_equal(back, at);
	}
}

static void a_year_has_four_digits(void **state)
{
	(void)state;
	char out[CLOCK_TEXT];
	int64_t at, back;
	assert_int_equal(clock_parse("0622-11-22 20:48", &at), 0);
	assert_string_equal(clock_people(at, out), "0622-11-22 20:48");
	assert_int_equal(clock_parse(clock_rfc3339(at, out), &back), 0);
	assert_int_equal(back, at);
}

static void monotonic_time_does_not_go_back(void **state)
{
	(void)state;
	int64_t a = clock_monotonic(), b = clock_monotonic();
	assert_true(b >= a);
	assert_true(clock_now() > 1700000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_in_shanghai_time),
		cmocka_unit_test(the_day_turns_at_midnight_in_shanghai),
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_year_has_four_digits),
		cmocka_unit_test(monotonic_time_does_not_go_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
