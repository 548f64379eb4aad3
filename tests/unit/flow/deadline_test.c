/* 时限: extensions, reminders, supervision orders and what comes of silence, on working time. A fortnight with Spring
 * Festival passes in each of them in a moment. */
#include "gateway/store/docket.h"
#include "tests/unit/flow/loop.h"

static const char ZHANG[] = "+8613800138000";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修";
/* Rest from Friday 5 to Thursday 11 February 2027, made up for on Sunday 31 January and Saturday 13 February: this test's
 * own days. */
static const char CALENDAR[] = "day,kind\n2027-01-31,work\n2027-02-05,rest\n2027-02-06,rest\n2027-02-07,rest\n2027-02-08,rest\n"
	"2027-02-09,rest\n2027-02-10,rest\n2027-02-11,rest\n2027-02-13,work\n";

static int spring(void **state)
{
	int rc = office_setup(state);
	office_crash();
	put_file("config/calendar.csv", CALENDAR);
	office_open();
	return rc;
}

/* Opened on Wednesday 3 February at 9:00, five working days: 4, 12, 13, 15 and 16 February. */
static const char *before_the_feast(void)
{
	now_ = at("2027-02-03 09:00");
	const char *n = citizen_says(office.sms, ZHANG, LAMP);
	must_step((struct step_request){ .number = n, .step = STEP_DISPATCH, AS_AGENT, .department = "urban" });
	assert_string_equal(people(see(n)->t.due_at), "2027-02-16 09:00");
	return n;
}

static unsigned reminders(const char *n, const char *stage)
{
	return events(n, "reminder system ", arena_printf(office.arena, "\"stage\":\"%s\"", stage));
}

static void reminders_come_at_half_eighty_and_all_of_the_time_and_the_day_after(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	time_goes_to("2027-02-12 13:10");
	assert_int_equal(reminders(n, "half"), 0);
	time_goes_to("2027-02-12 13:20"); /* 2.5 of 5 days: 3, 4 and the first half of 12 */
	assert_int_equal(reminders(n, "half"), 1);
	time_goes_to("2027-02-14 23:00");
	assert_int_equal(reminders(n, "near"), 1);
	time_goes_to("2027-02-16 08:50");
	assert_int_equal(reminders(n, "due"), 0);
	time_goes_to("2027-02-16 09:00");
	assert_int_equal(reminders(n, "due"), 1);
	assert_false(see(n)->t.flags & FLAG_SUPERVISED);
	time_goes_to("2027-02-17 09:00");
	assert_int_equal(reminders(n, "after"), 1);
	assert_true(see(n)->t.flags & FLAG_SUPERVISED);
	assert_string_equal(docket(n, DOCKET_SUPERVISION).reason, "overdue");
	assert_int_equal(told_times(n, "received") + told_times(n, "dispatched"), see(n)->n - 1); /* the citizen hears nothing of it */
}

static void silence_goes_higher(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	time_goes_to("2027-02-24 08:50");
	assert_int_equal(reminders(n, "escalate"), 0);
	time_goes_to("2027-03-20 09:00");
	assert_int_equal(reminders(n, "escalate"), 1);
	assert_true(see(n)->t.flags & FLAG_ESCALATED);
	static const char *const all[] = { "half", "near", "due", "after", "escalate" };
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(reminders(n, all[i]), 1); /* each once, however long it lasts */
}

static void a_restart_neither_repeats_nor_misses_a_reminder(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	time_goes_to("2027-02-12 18:00");
	assert_int_equal(reminders(n, "half"), 1);
	office_crash();
	office_open();
	time_goes_to("2027-02-12 19:00");
	assert_int_equal(reminders(n, "half"), 1);
	office_crash();
	now_ = at("2027-03-20 09:00"); /* off for five weeks */
	office_open();
	while (clock_looks() > 0)
		;
	static const char *const all[] = { "half", "near", "due", "after", "escalate" };
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(reminders(n, all[i]), 1);
}

static void an_answered_ticket_is_pressed_by_nobody(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_UNIT("urban"), .text = "修好了" });
	time_goes_to("2027-03-20 09:00");
	assert_int_equal(events(n, "reminder ", ""), 0);
	assert_false(see(n)->t.flags & FLAG_SUPERVISED);
}

static void a_closed_ticket_leaves_the_clock_nothing_to_do(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	must_step((struct step_request){ .number = n, .step = STEP_SUPERVISE, AS_LEAD, .note = "请今天答复" });
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_UNIT("urban"), .text = "修好了" });
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	assert_string_equal(docket(n, DOCKET_SUPERVISION).verdict, "ended");
	time_goes_to("2027-03-20 09:00");
	assert_int_equal(events(n, "reminder ", ""), 0);
	assert_int_equal(events(n, "escalated ", ""), 0);
}

static void what_is_handled_again_has_a_deadline_of_its_own(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_UNIT("urban"), .text = "修好了" });
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	now_ = at("2027-02-22 10:00");
	must_step((struct step_request){ .number = n, .step = STEP_REOPEN, AS_LEAD });
	assert_string_equal(people(see(n)->t.due_at), "2027-03-01 10:00");
	time_goes_to("2027-03-01 10:00");
	assert_int_equal(reminders(n, "half") + reminders(n, "near") + reminders(n, "due"), 3);
}

/* Half and four fifths of no time at all are no reminders. */
static void a_second_alarm_on_an_overdue_ticket_reminds_once(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	assert_string_equal(citizen_says(office.sms, ZHANG, "路灯着火了快来人"), n);
	time_goes_to("2027-02-03 11:30"); /* two hours */
	assert_int_equal(events(n, "reminder ", ""), 3);
	assert_string_equal(citizen_says(office.sms, ZHANG, "还在着火快来人"), n);
	time_goes_to("2027-02-03 12:00");
	assert_int_equal(reminders(n, "due"), 2);
	assert_int_equal(events(n, "reminder ", ""), 4);
	time_goes_to("2027-02-06 12:00");
	assert_int_equal(reminders(n, "after"), 1);
}

static void departments_have_business_hours_of_their_own(void **state)
{
	(void)state;
	office_crash();
	put_file("config/departments.csv", "code,name,name_en,phone,hours\nurban,城管局,Urban,,08:00-12:00\npower,供电公司,Power,,24h\n"
		"gas,燃气公司,Gas,,\n");
	put_file("config/categories.csv", "code,name,nature,department,hours,days\ndefault,未分类,求助,,,2\n");
	put_file("config/hotlines.csv", "number,name,department,mode\n");
	office_open();
	now_ = at("2027-02-06 10:00"); /* Saturday, in the feast */
	const char *n = citizen_says(office.sms, ZHANG, LAMP);
	assert_string_equal(people(see(n)->t.due_at), "2027-02-15 09:00");
	must_step((struct step_request){ .number = n, .step = STEP_DISPATCH, AS_AGENT, .department = "urban" });
	assert_string_equal(people(see(n)->t.due_at), "2027-02-15 08:00");
	must_step((struct step_request){ .number = n, .step = STEP_DISPATCH, AS_AGENT, .department = "power" });
	assert_string_equal(people(see(n)->t.due_at), "2027-02-08 10:00"); /* they work day and night */
}

/* --- extensions --- */

#define EXTEND(n) (struct step_request){ .number = (n), .step = STEP_EXTEND, AS_UNIT("urban"), .note = "等配件到货", .days = 3 }

static void an_extension_is_asked_before_the_deadline(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	struct step_request q = EXTEND(n);
	q.days = 0;
	refuses(q, E_RANGE, "days: from 1 to 10");
	q.days = 11;
	refuses(q, E_RANGE, "days: from 1 to 10");
	now_ = at("2027-02-16 09:00");
	refuses(EXTEND(n), E_CONFLICT, "the deadline passed at 2027-02-16 09:00");
	now_ = at("2027-02-16 08:59");
	must_step(EXTEND(n));
	assert_true(see(n)->t.flags & FLAG_EXTENDING);
	assert_string_equal(people(see(n)->t.due_at), "2027-02-16 09:00"); /* asked is not granted */
}

static void a_supervisor_grants_it_and_the_citizen_reads_the_new_date_and_why(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	must_step(EXTEND(n));
	refuses((struct step_request){ .number = n, .step = STEP_GRANT, AS_AGENT, .text = "x" }, E_DENIED, "may not grant");
	refuses((struct step_request){ .number = n, .step = STEP_GRANT, AS_LEAD }, E_RANGE, "text: ");
	must_step((struct step_request){ .number = n, .step = STEP_GRANT, AS_LEAD, .text = "灯具配件要从外地调来" });
	const struct seen *s = see(n);
	assert_string_equal(people(s->t.due_at), "2027-02-19 09:00");
	assert_true(s->t.flags & FLAG_EXTENDED);
	assert_false(s->t.flags & FLAG_EXTENDING);
	assert_string_equal(told(n, "extended")->text, arena_printf(office.arena,
		"【示范市12345】工单%s需要延长办理时间，办理期限延至2027-02-19 09:00。原因：灯具配件要从外地调来", n));
	assert_string_equal(docket(n, DOCKET_EXTENSION).verdict, "granted");
	refuses(EXTEND(n), E_CONFLICT, "no further extension");
	time_goes_to("2027-02-19 08:50");
	assert_int_equal(reminders(n, "due"), 0); /* the reminders move with it */
	time_goes_to("2027-02-19 09:00");
	assert_int_equal(reminders(n, "due"), 1);
}

static void a_supervisor_denies_it_and_the_deadline_stands(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	must_step(EXTEND(n));
	size_t before = see(n)->n;
	must_step((struct step_request){ .number = n, .step = STEP_DENY, AS_LEAD, .note = "配件本地有货" });
	assert_string_equal(people(see(n)->t.due_at), "2027-02-16 09:00");
	assert_string_equal(docket(n, DOCKET_EXTENSION).verdict, "denied");
	assert_int_equal(see(n)->n, before);
}

static void who_returns_a_ticket_takes_the_extension_with_it(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	must_step(EXTEND(n));
	must_step((struct step_request){ .number = n, .step = STEP_RETURN, AS_UNIT("urban"), .note = "x", .reason = "duty",
		.basis = "条例" });
	assert_false(see(n)->t.flags & FLAG_EXTENDING);
	assert_string_equal(docket(n, DOCKET_EXTENSION).verdict, "void");
}

/* --- supervision orders --- */

static void an_order_names_the_day_it_is_answered_by(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	now_ = at("2027-02-04 10:00");
	must_step((struct step_request){ .number = n, .step = STEP_SUPERVISE, AS_LEAD, .note = "请说明为何未到现场" });
	struct docket_row d = docket(n, DOCKET_SUPERVISION);
	assert_string_equal(people(d.due_at), "2027-02-13 10:00"); /* two working days, over the feast */
	assert_string_equal(d.department, "urban");
	must_step((struct step_request){ .number = n, .step = STEP_ANSWER, AS_UNIT("urban"), .note = "已约定明日上门" });
	d = docket(n, DOCKET_SUPERVISION);
	assert_string_equal(d.verdict, "answered");
	assert_string_equal(d.words, "已约定明日上门");
	refuses((struct step_request){ .number = n, .step = STEP_ANSWER, AS_UNIT("urban"), .note = "再说一次" }, E_CONFLICT,
		"no supervision order waits");
	time_goes_to("2027-02-13 11:00");
	assert_int_equal(events(n, "escalated ", ""), 0);
}

static void an_order_that_nobody_answers_goes_higher(void **state)
{
	(void)state;
	const char *n = before_the_feast();
	must_step((struct step_request){ .number = n, .step = STEP_SUPERVISE, AS_LEAD, .note = "请说明" });
	time_goes_to("2027-02-12 09:00");
	assert_int_equal(events(n, "escalated system ", "\"why\":\"order\""), 1);
	assert_true(see(n)->t.flags & FLAG_ESCALATED);
	assert_true(ticket_legal(&see(n)->t, ROLE_DEPARTMENT, "urban") & 1u << STEP_ANSWER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spring, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reminders_come_at_half_eighty_and_all_of_the_time_and_the_day_after),
		TEST(silence_goes_higher),
		TEST(a_restart_neither_repeats_nor_misses_a_reminder),
		TEST(an_answered_ticket_is_pressed_by_nobody),
		TEST(a_closed_ticket_leaves_the_clock_nothing_to_do),
		TEST(what_is_handled_again_has_a_deadline_of_its_own), TEST(a_second_alarm_on_an_overdue_ticket_reminds_once),
		TEST(departments_have_business_hours_of_their_own),
		TEST(an_extension_is_asked_before_the_deadline),
		TEST(a_supervisor_grants_it_and_the_citizen_reads_the_new_date_and_why),
		TEST(a_supervisor_denies_it_and_the_deadline_stands),
		TEST(who_returns_a_ticket_takes_the_extension_with_it),
		TEST(an_order_names_the_day_it_is_answered_by),
		TEST(an_order_that_nobody_answers_goes_higher),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
