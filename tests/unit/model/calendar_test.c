/* Deadlines around Spring Festival 2027: rest from Friday 5 to Thursday 11 February, made up for on the two Saturdays
 * (or Sundays) around it. The days are this test's own; the real ones are data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/clock.h"
#include "gateway/model/calendar.h"

static struct calendar_day DAYS[] = {
	{ 20270131, true }, /* Sunday, made up */
	{ 20270205, false }, { 20270206, false }, { 20270207, false }, { 20270208, false }, { 20270209, false },
	{ 20270210, false }, { 20270211, false },
	{ 20270213, true }, /* Saturday, made up */
};
static const struct calendar CALENDAR = { DAYS, sizeof DAYS / sizeof *DAYS, 9 * 60, 17 * 60 + 30 };
static const struct calendar PLAIN = { NULL, 0, 8 * 60 + 30, 17 * 60 };

static int64_t at(const char *when)
{
	int64_t t = 0;
	assert_int_equal(clock_parse(when, &t), 0);
	return t;
}

static void assert_due(const struct calendar *c, const char *from, unsigned days, const char *want)
{
	char got[CLOCK_TEXT];
	assert_string_equal(clock_people(calendar_add_days(c, at(from), days), got), want);
}

static void monday_to_friday_are_worked_unless_the_table_says_otherwise(void **state)
{
	(void)state;
	assert_true(calendar_working(&PLAIN, 20261123));
	assert_true(calendar_working(&PLAIN, 20261127));
	assert_false(calendar_working(&PLAIN, 20261122));
	assert_false(calendar_working(&PLAIN, 20261128));
	assert_true(calendar_working(&PLAIN, 20280229)); /* Tuesday */
	assert_false(calendar_working(&PLAIN, 20280101)); /* Saturday */
	assert_true(calendar_working(&PLAIN, 20261231)); /* Thursday */
}

static void holidays_rest_and_make_up_days_work(void **state)
{
	(void)state;
	assert_true(calendar_working(&CALENDAR, 20270131));
	assert_true(calendar_working(&CALENDAR, 20270204));
	assert_false(calendar_working(&CALENDAR, 20270205));
	assert_false(calendar_working(&CALENDAR, 20270209));
	assert_false(calendar_working(&CALENDAR, 20270211));
	assert_true(calendar_working(&CALENDAR, 20270212));
	assert_true(calendar_working(&CALENDAR, 20270213));
	assert_false(calendar_working(&CALENDAR, 20270214));
}

static void a_deadline_jumps_over_the_weekend(void **state)
{
	(void)state;
	assert_due(&PLAIN, "2026-11-23 10:15", 1, "2026-11-24 10:15");
	assert_due(&PLAIN, "2026-11-27 10:15", 1, "2026-11-30 10:15");
	assert_due(&PLAIN, "2026-11-23 22:00", 5, "2026-11-30 22:00");
	assert_due(&PLAIN, "2026-11-23 10:15", 0, "2026-11-23 10:15");
}

static void a_deadline_jumps_over_spring_festival_and_uses_make_up_days(void **state)
{
	(void)state;
	assert_due(&CALENDAR, "2027-02-04 16:00", 1, "2027-02-12 16:00");
	assert_due(&CALENDAR, "2027-02-04 16:00", 2, "2027-02-13 16:00");
	assert_due(&CALENDAR, "2027-02-04 16:00", 3, "2027-02-15 16:00");
	assert_due(&CALENDAR, "2027-01-29 09:00", 1, "2027-01-31 09:00");
	assert_due(&CALENDAR, "2027-01-29 09:00", 2, "2027-02-01 09:00");
}

static void what_comes_in_on_a_free_day_counts_from_the_next_opening(void **state)
{
	(void)state;
	assert_due(&CALENDAR, "2027-02-07 03:20", 0, "2027-02-12 09:00");
	assert_due(&CALENDAR, "2027-02-07 03:20", 1, "2027-02-13 09:00");
	assert_due(&PLAIN, "2026-11-28 23:59", 2, "2026-12-02 08:30");
	assert_due(&PLAIN, "2026-11-22 00:00", 0, "2026-11-23 08:30");
}

static void urgent_hours_run_through_nights_and_holidays(void **state)
{
	(void)state;
	char got[CLOCK_TEXT];
	assert_string_equal(clock_people(calendar_add_hours(at("2027-02-04 23:00"), 2), got), "2027-02-05 01:00");
	assert_string_equal(clock_people(calendar_add_hours(at("2027-02-05 12:00"), 24), got), "2027-02-06 12:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(monday_to_friday_are_worked_unless_the_table_says_otherwise),
		cmocka_unit_test(holidays_rest_and_make_up_days_work),
		cmocka_unit_test(a_deadline_jumps_over_the_weekend),
		cmocka_unit_test(a_deadline_jumps_over_spring_festival_and_uses_make_up_days),
		cmocka_unit_test(what_comes_in_on_a_free_day_counts_from_the_next_opening),
		cmocka_unit_test(urgent_hours_run_through_nights_and_holidays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
