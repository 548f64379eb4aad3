/* What the reports count, each rule once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/report.h"
#include "gateway/model/ticket.h"

#define MIN 60000LL
#define HOUR (60 * MIN)
static const struct report_limits limits = { 3 * MIN, 24 * HOUR };
static const int64_t opened = 1795320000000, due = 1795320000000 + 24 * HOUR;

static struct report_case usual(void)
{
	return (struct report_case){ .state = TICKET_NEW, .opened_at = opened, .due_at = due, .counted = true };
}

static bool has(const struct report_case *k, int64_t now, enum report_column c)
{
	uint32_t marks;
	int64_t sum[REPORT_COLUMNS - REPORT_MARK_COUNT];
	assert_true(report_mark(k, &limits, now, &marks, sum));
	return marks & (uint32_t)1 << c;
}

static void a_first_answer_is_in_time_within_three_minutes_and_a_letters_within_a_day(void **state)
{
	(void)state;
	struct report_case k = usual();
	assert_false(has(&k, opened, REPORT_responded));
	k.state = TICKET_REPLIED;
	k.contacted_at = k.replied_at = opened + 3 * MIN;
	assert_true(has(&k, opened + HOUR, REPORT_responded) && has(&k, opened + HOUR, REPORT_prompt));
	k.contacted_at++;
	assert_true(has(&k, opened + HOUR, REPORT_responded));
	assert_false(has(&k, opened + HOUR, REPORT_prompt));
	k.letter = true;
	k.contacted_at = opened + 24 * HOUR;
	assert_true(has(&k, due, REPORT_prompt));
	k.contacted_at++;
	assert_false(has(&k, due, REPORT_prompt));
}

static void a_refusal_that_names_the_right_way_is_an_answer(void **state)
{
	(void)state;
	struct report_case k = usual();
	k.state = TICKET_REFUSED;
	k.closed_at = opened + MIN;
	assert_true(has(&k, opened + HOUR, REPORT_responded) && has(&k, opened + HOUR, REPORT_prompt) &&
		has(&k, opened + HOUR, REPORT_finished));
	assert_false(has(&k, due + HOUR, REPORT_overdue));
}

static void overdue_is_what_was_answered_late_or_waits_past_its_time(void **state)
{
	(void)state;
	struct report_case k = usual();
	assert_false(has(&k, due, REPORT_overdue));
	assert_true(has(&k, due + 1, REPORT_overdue));
	k.state = TICKET_CLOSED;
	k.replied_at = due;
	k.closed_at = due + 9 * HOUR; /* the answer counts, not the paper */
	assert_false(has(&k, due + 99 * HOUR, REPORT_overdue));
	k.replied_at = due + 1;
	assert_true(has(&k, due + 99 * HOUR, REPORT_overdue));
	k.due_at = 0;
	assert_false(has(&k, due + 99 * HOUR, REPORT_overdue) || has(&k, due, REPORT_timed));
}

static void mediation_and_law_enforcement_are_out_of_the_satisfaction_rate_but_not_of_the_solving_rate(void **state)
{
	(void)state;
	struct report_case k = usual();
	k.survey = true;
	k.survey_state = SURVEY_ANSWERED;
	k.rating = 1;
	k.solved = SOLVED_NO;
	assert_true(has(&k, due, REPORT_rated) && has(&k, due, REPORT_poor) && has(&k, due, REPORT_said) && has(&k, due, REPORT_answered));
	assert_false(has(&k, due, REPORT_satisfied) || has(&k, due, REPORT_solved) || has(&k, due, REPORT_uncounted));
	k.counted = false;
	assert_false(has(&k, due, REPORT_rated) || has(&k, due, REPORT_poor));
	assert_true(has(&k, due, REPORT_uncounted) && has(&k, due, REPORT_said) && has(&k, due, REPORT_answered));
}

static void three_of_five_is_satisfied_and_an_unanswered_question_is_neither(void **state)
{
	(void)state;
	struct report_case k = usual();
	k.survey = true;
	k.survey_state = SURVEY_ASKED;
	assert_true(has(&k, due, REPORT_asked));
	assert_false(has(&k, due, REPORT_answered) || has(&k, due, REPORT_rated) || has(&k, due, REPORT_said));
	k.survey_state = SURVEY_ANSWERED;
	for (k.rating = 1; k.rating <= 5; k.rating++)
		assert_int_equal(has(&k, due, REPORT_satisfied), k.rating >= 3);
	k.rating = 0; /* only "solved" was said */
	k.solved = SOLVED_YES;
	assert_true(has(&k, due, REPORT_solved));
	assert_false(has(&k, due, REPORT_rated));
}

static void suspects_and_merged_tickets_are_not_counted(void **state)
{
	(void)state;
	struct report_case k = usual();
	uint32_t marks;
	int64_t sum[REPORT_COLUMNS - REPORT_MARK_COUNT];
	k.flags = FLAG_HELD;
	assert_false(report_mark(&k, &limits, due, &marks, sum));
	k.flags = FLAG_EMERGENCY;
	assert_true(report_mark(&k, &limits, due, &marks, sum));
	k.merged = true;
	assert_false(report_mark(&k, &limits, due, &marks, sum));
}

static void returns_are_counted_with_the_time_they_cost(void **state)
{
	(void)state;
	struct report_case k = usual();
	uint32_t marks;
	int64_t sum[REPORT_COLUMNS - REPORT_MARK_COUNT];
	k.bounces = 2;
	k.lost_ms = 5 * HOUR;
	assert_true(report_mark(&k, &limits, opened, &marks, sum));
	assert_true(marks & 1u << REPORT_returned);
	assert_int_equal(sum[REPORT_bounces - REPORT_MARK_COUNT], 2);
	assert_int_equal(sum[REPORT_lost_ms - REPORT_MARK_COUNT], 5 * HOUR);
}

static void the_worst_comes_first_and_who_has_no_rate_last(void **state)
{
	(void)state;
	int64_t low[REPORT_COLUMNS] = { 0 }, high[REPORT_COLUMNS] = { 0 }, none[REPORT_COLUMNS] = { 0 }, many[REPORT_COLUMNS] = { 0 };
	low[REPORT_rated] = high[REPORT_rated] = 10;
	low[REPORT_satisfied] = 4;
	high[REPORT_satisfied] = 9;
	many[REPORT_rated] = 100;
	many[REPORT_satisfied] = 40;
	const struct report_rate *r = report_rate((unsigned)report_rate_find("satisfied"));
	assert_true(report_worse(r, low, high) < 0 && report_worse(r, high, low) > 0);
	assert_true(report_worse(r, none, low) > 0 && report_worse(r, high, none) < 0);
	assert_true(report_worse(r, many, low) < 0);
	low[REPORT_timed] = high[REPORT_timed] = 10;
	low[REPORT_overdue] = 1;
	high[REPORT_overdue] = 5; /* of what is late less is better */
	r = report_rate((unsigned)report_rate_find("overdue"));
	assert_true(report_worse(r, high, low) < 0);
}

static void days_begin_at_local_midnight_and_weeks_on_monday(void **state)
{
	(void)state;
	char text[REPORT_DAY_TEXT];
	int64_t day = report_day(1795320000000); /* a Sunday, 2026-11-22 12:00 in Shanghai */
	assert_string_equal(report_day_text(day, false, text), "2026-11-22");
	assert_string_equal(report_day_text(report_monday(day), false, text), "2026-11-16");
	assert_string_equal(report_day_text(report_monday(day + 1), false, text), "2026-11-23");
	assert_string_equal(report_day_text(day, true, text), "2026-11");
	assert_int_equal(report_day(report_day_begin(day)), day);
	assert_int_equal(report_day(report_day_begin(day) - 1), day - 1);
}

static void every_rate_is_of_columns_that_have_a_name(void **state)
{
	(void)state;
	const struct report_rate *r;
	for (unsigned i = 0; (r = report_rate(i)) != NULL; i++) {
		assert_int_equal(report_rate_find(r->name), (int)i);
		assert_int_equal(report_mark_find(report_column_name(r->of)), (int)r->of);
	}
	assert_int_equal(report_mark_find("lost_ms"), -1); /* a sum has no tickets of its own behind it */
	assert_null(report_column_name(REPORT_COLUMNS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_answer_is_in_time_within_three_minutes_and_a_letters_within_a_day),
		cmocka_unit_test(a_refusal_that_names_the_right_way_is_an_answer),
		cmocka_unit_test(overdue_is_what_was_answered_late_or_waits_past_its_time),
		cmocka_unit_test(mediation_and_law_enforcement_are_out_of_the_satisfaction_rate_but_not_of_the_solving_rate),
		cmocka_unit_test(three_of_five_is_satisfied_and_an_unanswered_question_is_neither),
		cmocka_unit_test(suspects_and_merged_tickets_are_not_counted),
		cmocka_unit_test(returns_are_counted_with_the_time_they_cost),
		cmocka_unit_test(the_worst_comes_first_and_who_has_no_rate_last),
		cmocka_unit_test(days_begin_at_local_midnight_and_weeks_on_monday),
		cmocka_unit_test(every_rate_is_of_columns_that_have_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
