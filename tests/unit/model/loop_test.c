/* The loop's settings, and when the reminders of a deadline fall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/clock.h"
#include "gateway/base/err.h"
#include "gateway/model/loop.h"

/* Spring Festival 2027 as this test has it: rest from Friday 5 to Thursday 11 February, Saturday 13 made up. */
static struct calendar_day DAYS[] = {
	{ 20270205, false }, { 20270206, false }, { 20270207, false }, { 20270208, false }, { 20270209, false },
	{ 20270210, false }, { 20270211, false }, { 20270213, true },
};
static const struct calendar CALENDAR = { DAYS, sizeof DAYS / sizeof *DAYS, 9 * 60, 17 * 60, false };

static int64_t at(const char *when)
{
	int64_t t = 0;
	assert_int_equal(clock_parse(when, &t), 0);
	return t;
}

static void falls(enum remind r, bool hours, const char *from, const char *due, const char *want)
{
	struct loop_rules rules;
	char got[CLOCK_TEXT];
	loop_rules_defaults(&rules);
	assert_string_equal(clock_people(remind_at(r, &rules, &CALENDAR, hours, at(from), at(due)), got), want);
}

static void reminders_fall_on_working_time_and_jump_over_spring_festival(void **state)
{
	(void)state;
	static const char FROM[] = "2027-02-03 09:00", DUE[] = "2027-02-15 09:00"; /* four working days: 3, 4, 12 and 13 */
	falls(REMIND_HALF, false, FROM, DUE, "2027-02-04 17:00");
	falls(REMIND_NEAR, false, FROM, DUE, "2027-02-13 10:36");
	falls(REMIND_DUE, false, FROM, DUE, DUE);
	falls(REMIND_AFTER, false, FROM, DUE, "2027-02-16 09:00");
	falls(REMIND_ESCALATE, false, FROM, DUE, "2027-02-23 09:00");
}

static void urgent_reminders_run_through_the_holiday_but_nobody_is_pressed_on_it(void **state)
{
	(void)state;
	static const char FROM[] = "2027-02-06 10:00", DUE[] = "2027-02-07 10:00";
	falls(REMIND_HALF, true, FROM, DUE, "2027-02-06 22:00");
	falls(REMIND_DUE, true, FROM, DUE, DUE);
	falls(REMIND_AFTER, true, FROM, DUE, "2027-02-13 09:00");
}

static void the_next_reminder_is_the_first_that_is_still_to_come(void **state)
{
	(void)state;
	struct loop_rules rules;
	loop_rules_defaults(&rules);
	int64_t from = at("2027-02-03 09:00"), due = at("2027-02-15 09:00");
	static const struct { const char *now; enum remind next; } WANT[] = {
		{ "2027-02-03 09:00", REMIND_HALF }, { "2027-02-04 17:00", REMIND_NEAR }, { "2027-02-13 10:36", REMIND_DUE },
		{ "2027-02-15 09:00", REMIND_AFTER }, { "2027-02-22 09:00", REMIND_ESCALATE }, { "2027-03-01 09:00", REMINDS },
	};
	for (size_t i = 0; i < sizeof WANT / sizeof *WANT; i++)
		assert_int_equal(remind_next(&rules, &CALENDAR, false, from, due, at(WANT[i].now)), WANT[i].next);
}

static void settings_have_bounds_and_a_standard(void **state)
{
	(void)state;
	struct loop_rules r;
	loop_rules_defaults(&r);
	const struct loop_key *k;
	for (size_t i = 0; (k = loop_key(i)) != NULL; i++) {
		assert_true(k->min <= k->standard && k->standard <= k->max);
		assert_true(*k->words != '\0');
	}
	assert_int_equal(r.returns_press, 3);
	assert_int_equal(loop_rules_set(&r, "returns_press", "4"), 0);
	assert_int_equal(r.returns_press, 4);
	assert_int_equal(loop_rules_set(&r, "returns_press", "0"), E_RANGE);
	assert_int_equal(loop_rules_set(&r, "returns_press", "four"), E_RANGE);
	assert_int_equal(loop_rules_set(&r, "returns_press", ""), E_RANGE);
	assert_int_equal(loop_rules_set(&r, "returns", "4"), E_NOTFOUND);
	assert_int_equal(loop_rules_set(&r, "quiet_from", "22:30"), 0);
	assert_int_equal(r.quiet_from, 22 * 60 + 30);
	assert_int_equal(loop_rules_set(&r, "quiet_from", "2230"), E_RANGE);
	assert_int_equal(loop_rules_set(&r, "quiet_from", "25:00"), E_RANGE);
	assert_int_equal(loop_rules_set(&r, "quiet_from", "22:60"), E_RANGE);
	assert_int_equal(loop_rules_set(&r, "quiet_from", "22:30x"), E_RANGE);
	assert_int_equal(r.quiet_from, 22 * 60 + 30);
	assert_int_equal(r.returns_press, 4);
}

static void reminders_have_names(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PRIORITIES; p++)
		assert_int_equal(priority_find(priority_name(p)), (int)p);
	assert_int_equal(priority_find("soon"), -1);
	assert_string_equal(priority_name(PRIORITIES), "normal");
	assert_string_equal(remind_name(REMIND_HALF), "half");
	assert_string_equal(remind_name(REMIND_ESCALATE), "escalate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reminders_fall_on_working_time_and_jump_over_spring_festival),
		cmocka_unit_test(urgent_reminders_run_through_the_holiday_but_nobody_is_pressed_on_it),
		cmocka_unit_test(the_next_reminder_is_the_first_that_is_still_to_come),
		cmocka_unit_test(settings_have_bounds_and_a_standard),
		cmocka_unit_test(reminders_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
