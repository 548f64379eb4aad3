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
static const struct calendar CALENDAR = { DAYS, sizeof DAYS / sizeof *DAYS, 9 * 60, 17 * 60 + 30, false };
static const struct calendar PLAIN = { NULL, 0, 8 * 60 + 30, 17 * 60, false };

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

static const char *people(int64_t t)
{
	static char text[4][CLOCK_TEXT];
	static unsigned next;
	return clock_people(t, text[next++ % 4]);
}

static void business_hours_are_counted_over_nights_weekends_and_spring_festival(void **state)
{
	(void)state;
	const int64_t hour = 3600000;
	assert_int_equal(calendar_worked(&PLAIN, at("2026-11-23 08:30"), at("2026-11-23 17:00")), 17 * hour / 2);
	assert_int_equal(calendar_worked(&PLAIN, at("2026-11-23 16:00"), at("2026-11-24 09:30")), 2 * hour);
	assert_int_equal(calendar_worked(&PLAIN, at("2026-11-27 16:00"), at("2026-11-30 09:30")), 2 * hour); /* a weekend */
	assert_int_equal(calendar_worked(&PLAIN, at("2026-11-28 10:00"), at("2026-11-29 10:00")), 0);
	assert_int_equal(calendar_worked(&PLAIN, at("2026-11-24 10:00"), at("2026-11-23 10:00")), 0);
	assert_int_equal(calendar_worked(&CALENDAR, at("2027-02-04 16:30"), at("2027-02-12 10:00")), 2 * hour);
	assert_int_equal(calendar_worked(&CALENDAR, at("2027-02-12 16:30"), at("2027-02-13 10:00")), 2 * hour); /* made up */
}

static void hours_of_work_end_where_the_counting_ends(void **state)
{
	(void)state;
	const int64_t hour = 3600000;
	assert_string_equal(people(calendar_add_worked(&PLAIN, at("2026-11-23 16:00"), 2 * hour)), "2026-11-24 09:30");
	assert_string_equal(people(calendar_add_worked(&CALENDAR, at("2027-02-04 16:30"), 2 * hour)), "2027-02-12 10:00");
	assert_string_equal(people(calendar_add_worked(&CALENDAR, at("2027-02-07 03:00"), 0)), "2027-02-12 09:00");
	for (int64_t t = at("2027-02-01 00:00"), end = at("2027-02-15 00:00"); t < end; t += 7 * hour) {
		int64_t to = calendar_add_worked(&CALENDAR, t, 11 * hour);
		assert_int_equal(calendar_worked(&CALENDAR, t, to), 11 * hour);
	}
}

static void half_the_time_is_half_of_the_business_hours(void **state)
{
	(void)state;
	assert_string_equal(people(calendar_part(&PLAIN, at("2026-11-23 08:30"), at("2026-11-25 08:30"), 50)), "2026-11-23 17:00");
	assert_string_equal(people(calendar_part(&CALENDAR, at("2027-02-04 09:00"), at("2027-02-12 17:30"), 80)),
		"2027-02-12 14:06");
	assert_string_equal(people(calendar_part(NULL, at("2027-02-05 00:00"), at("2027-02-06 00:00"), 50)), "2027-02-05 12:00");
	assert_string_equal(people(calendar_part(&PLAIN, at("2026-11-28 10:00"), at("2026-11-28 20:00"), 50)), "2026-11-28 15:00");
	assert_string_equal(people(calendar_part(&PLAIN, at("2026-11-23 08:30"), at("2026-11-25 11:11"), 100)), "2026-11-25 11:11");
}

static void who_works_day_and_night_knows_no_holiday(void **state)
{
	(void)state;
	struct calendar c = CALENDAR;
	c.always = true;
	assert_true(calendar_working(&c, 20270207));
	assert_string_equal(people(calendar_add_days(&c, at("2027-02-05 23:00"), 2)), "2027-02-07 23:00");
	assert_int_equal(calendar_worked(&c, at("2027-02-05 00:00"), at("2027-02-07 00:00")), 48 * 3600000LL);
}

static void nobody_is_woken(void **state)
{
	(void)state;
	enum { FROM = 21 * 60, TO = 8 * 60 };
	assert_string_equal(people(calendar_awake(at("2026-11-23 20:59"), FROM, TO)), "2026-11-23 20:59");
	assert_string_equal(people(calendar_awake(at("2026-11-23 21:00"), FROM, TO)), "2026-11-24 08:00");
	assert_string_equal(people(calendar_awake(at("2026-11-24 07:59"), FROM, TO)), "2026-11-24 08:00");
	assert_string_equal(people(calendar_awake(at("2026-11-24 08:00"), FROM, TO)), "2026-11-24 08:00");
	assert_string_equal(people(calendar_awake(at("2026-11-24 13:00"), 12 * 60, 14 * 60)), "2026-11-24 14:00");
	assert_string_equal(people(calendar_awake(at("2026-11-24 03:00"), 0, 0)), "2026-11-24 03:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(monday_to_friday_are_worked_unless_the_table_says_otherwise),
		cmocka_unit_test(holidays_rest_and_make_up_days_work),
		cmocka_unit_test(a_deadline_jumps_over_the_weekend),
		cmocka_unit_test(a_deadline_jumps_over_spring_festival_and_uses_make_up_days),
		cmocka_unit_test(what_comes_in_on_a_free_day_counts_from_the_next_opening),
		cmocka_unit_test(business_hours_are_counted_over_nights_weekends_and_spring_festival),
		cmocka_unit_test(hours_of_work_end_where_the_counting_ends),
		cmocka_unit_test(half_the_time_is_half_of_the_business_hours),
		cmocka_unit_test(who_works_day_and_night_knows_no_holiday),
		cmocka_unit_test(nobody_is_woken),
		cmocka_unit_test(urgent_hours_run_through_nights_and_holidays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
