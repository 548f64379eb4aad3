/* 退单争议审核: a department proves that a ticket is another's, a supervisor rules, and the citizen is spared the bounces. */
#include "gateway/store/docket.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"
#include "tests/unit/flow/loop.h"

static const char ZHANG[] = "+8613800138000";

#define RETURN(n, unit) \
	(struct step_request){ .number = (n), .step = STEP_RETURN, AS_UNIT(unit), .note = "不归我们管", .reason = "duty", \
		.basis = "市城市管理条例第十二条" }
#define DISPATCH(n, unit) (struct step_request){ .number = (n), .step = STEP_DISPATCH, AS_AGENT, .department = (unit) }
#define UPHOLD(n) (struct step_request){ .number = (n), .step = STEP_UPHOLD, AS_LEAD, .note = "成立" }

static const char *with_urban(void)
{
	now_ = at("2027-03-01 09:00"); /* Monday */
	const char *n = citizen_says(office.sms, ZHANG, "人民路路口的路灯坏了三天没人修");
	must_step(DISPATCH(n, "urban"));
	return n;
}

static void a_return_needs_a_coded_reason_and_its_legal_basis(void **state)
{
	(void)state;
	const char *n = with_urban();
	struct step_request q = RETURN(n, "urban");
	q.reason = NULL;
	refuses(q, E_RANGE, "reason: ''");
	q.reason = "tired";
	refuses(q, E_RANGE, "reason: 'tired'");
	q.reason = "duty";
	q.basis = " ";
	refuses(q, E_RANGE, "basis: ");
	must_step(RETURN(n, "urban"));
	struct docket_row d = docket(n, DOCKET_RETURN);
	assert_string_equal(d.department, "urban");
	assert_string_equal(d.reason, "duty");
	assert_string_equal(d.basis, "市城市管理条例第十二条");
	assert_string_equal(d.verdict, "");
	assert_true(has_event(n, "return urban ", "\"basis\":\"市城市管理条例第十二条\""));
}

static void a_return_comes_within_its_limit_of_business_hours(void **state)
{
	(void)state;
	const char *n = with_urban();
	now_ = at("2027-03-01 17:01"); /* 8 hours of business after 9:00 are over at 17:00 */
	refuses(RETURN(n, "urban"), E_CONFLICT, "ended at 2027-03-01 17:00");
	/* A supervisor may take it back whenever it is right, and needs no basis. */
	must_step((struct step_request){ .number = n, .step = STEP_RETURN, AS_LEAD, .note = "派错了", .reason = "duty" });
	assert_false(see(n)->t.flags & FLAG_DISPUTED);
	assert_string_equal(docket(n, DOCKET_RETURN).verdict, "recalled");
}

static void the_limit_stands_still_over_a_weekend(void **state)
{
	(void)state;
	now_ = at("2027-03-05 16:00"); /* Friday */
	const char *n = citizen_says(office.sms, ZHANG, "人民路路口的路灯坏了三天没人修");
	must_step(DISPATCH(n, "urban"));
	now_ = at("2027-03-08 14:00");
	must_step(RETURN(n, "urban"));
}

static void nobody_dispatches_while_a_return_is_disputed(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step(RETURN(n, "urban"));
	refuses(DISPATCH(n, "police"), E_CONFLICT, "dispatch is not possible");
	refuses((struct step_request){ .number = n, .step = STEP_UPHOLD, AS_AGENT, .note = "x" }, E_DENIED, "may not uphold");
	must_step(UPHOLD(n));
	assert_string_equal(docket(n, DOCKET_RETURN).verdict, "upheld");
	assert_string_equal(docket(n, DOCKET_RETURN).judge, "zhou");
	must_step(DISPATCH(n, "police"));
	assert_string_equal(see(n)->t.department, "police");
}

static void a_supervisor_designates_for_good_and_then_nobody_returns_it(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step(RETURN(n, "urban"));
	must_step((struct step_request){ .number = n, .step = STEP_DESIGNATE, AS_LEAD, .department = "housing", .note = "审定" });
	const struct seen *s = see(n);
	assert_string_equal(s->t.department, "housing");
	assert_int_equal(s->t.state, TICKET_DISPATCHED);
	assert_true(s->t.flags & FLAG_DESIGNATED);
	assert_string_equal(docket(n, DOCKET_RETURN).verdict, "designated");
	refuses(RETURN(n, "housing"), E_CONFLICT, "return is not possible");
}

static void without_a_name_the_one_first_asked_leads(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step(RETURN(n, "urban"));
	must_step(UPHOLD(n));
	must_step(DISPATCH(n, "housing"));
	must_step(RETURN(n, "housing"));
	must_step((struct step_request){ .number = n, .step = STEP_DESIGNATE, AS_LEAD, .note = "职能交叉，首接负责" });
	assert_string_equal(see(n)->t.department, "urban");
}

static void the_third_return_presses_by_itself(void **state)
{
	(void)state;
	const char *n = with_urban();
	static const char *const units[] = { "urban", "housing", "police" };
	for (size_t i = 0; i < 3; i++) {
		assert_false(see(n)->t.flags & FLAG_SUPERVISED);
		must_step(RETURN(n, units[i]));
		if (i == 2)
			break;
		must_step(UPHOLD(n));
		must_step(DISPATCH(n, units[i + 1]));
	}
	assert_true(see(n)->t.flags & FLAG_SUPERVISED);
	assert_int_equal(see(n)->t.bounces, 3);
	assert_string_equal(docket(n, DOCKET_SUPERVISION).reason, "returns");
	assert_string_equal(docket(n, DOCKET_SUPERVISION).actor, "system");
	assert_int_equal(events(n, "order system ", "\"reason\":\"returns\""), 1);
}

static void the_citizen_hears_of_the_first_department_and_of_the_one_that_takes_it(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step(RETURN(n, "urban"));
	must_step(UPHOLD(n));
	must_step(DISPATCH(n, "housing"));
	must_step(RETURN(n, "housing"));
	must_step(UPHOLD(n));
	must_step(DISPATCH(n, "police"));
	assert_int_equal(told_times(n, "dispatched"), 1);
	must_step((struct step_request){ .number = n, .step = STEP_HANDLE, AS_UNIT("police") });
	assert_int_equal(told_times(n, "dispatched"), 2);
	assert_non_null(strstr(told(n, "dispatched")->text, "市公安局"));
}

static void the_first_department_that_takes_it_after_all_is_no_news(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step(RETURN(n, "urban"));
	must_step((struct step_request){ .number = n, .step = STEP_DESIGNATE, AS_LEAD, .note = "审定" });
	must_step((struct step_request){ .number = n, .step = STEP_HANDLE, AS_UNIT("urban") });
	assert_int_equal(told_times(n, "dispatched"), 1);
}

static void whose_category_alone_changes_is_told_nothing_until_it_comes_back(void **state)
{
	(void)state;
	const char *n = with_urban();
	struct step_request again = DISPATCH(n, "urban");
	again.category = "water-leak";
	must_step(again);
	assert_string_equal(see(n)->t.category, "water-leak");
	assert_int_equal(told_times(n, "dispatched"), 1);
	must_step(DISPATCH(n, "police"));
	assert_int_equal(told_times(n, "dispatched"), 2);
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "已处理" });
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	must_step((struct step_request){ .number = n, .step = STEP_REOPEN, AS_LEAD });
	must_step(DISPATCH(n, "police"));
	assert_int_equal(told_times(n, "dispatched"), 3);
}

static void who_asks_meanwhile_reads_that_it_is_being_passed_on(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step(RETURN(n, "urban"));
	citizen_says(office.sms, ZHANG, "查询");
	assert_non_null(strstr(told(n, "status")->text, "正在转派"));
	must_step(UPHOLD(n));
	must_step(DISPATCH(n, "housing"));
	citizen_says(office.sms, ZHANG, "查询");
	assert_null(strstr(told(n, "status")->text, "正在转派"));
}

static void the_time_lost_in_returns_is_counted(void **state)
{
	(void)state;
	const char *n = with_urban();
	now_ = at("2027-03-01 11:00");
	must_step(RETURN(n, "urban"));
	now_ = at("2027-03-01 15:00");
	must_step(UPHOLD(n));
	must_step(DISPATCH(n, "housing"));
	assert_int_equal(see(n)->t.lost_ms, 6 * 3600000);
	now_ = at("2027-03-02 09:00");
	must_step(RETURN(n, "housing"));
	now_ = at("2027-03-02 10:00");
	must_step((struct step_request){ .number = n, .step = STEP_DESIGNATE, AS_LEAD, .department = "police", .note = "审定" });
	assert_int_equal(see(n)->t.lost_ms, (6 + 19) * 3600000);
	assert_string_equal(people(see(n)->t.due_at), "2027-03-08 09:00"); /* the citizen's deadline never moved */
}

/* --- co-handlers --- */

static void a_helping_department_sees_it_and_gives_its_opinion_to_the_lead(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step((struct step_request){ .number = n, .step = STEP_ASSIST, AS_UNIT("urban"), .department = "power" });
	assert_true(ticket_helped_by(&see(n)->t, "power"));
	assert_false(ticket_helped_by(&see(n)->t, "pow"));
	must_step((struct step_request){ .number = n, .step = STEP_OPINION, AS_UNIT("power"), .note = "电源正常，是灯具坏了" });
	const struct seen *s = see(n);
	assert_string_equal(s->m[s->n - 1].text, "电源正常，是灯具坏了");
	assert_int_equal(s->m[s->n - 1].from, FROM_NOTE);
	assert_true(has_event(n, "opinion power ", "\"department\":\"power\""));
}

static void the_citizen_gets_one_answer_the_leads(void **state)
{
	(void)state;
	const char *n = with_urban();
	must_step((struct step_request){ .number = n, .step = STEP_ASSIST, AS_AGENT, .department = "power" });
	refuses((struct step_request){ .number = n, .step = STEP_REPLY, AS_UNIT("power"), .text = "我们修好了" }, E_DENIED,
		"your department helps");
	refuses((struct step_request){ .number = n, .step = STEP_OPINION, AS_UNIT("urban"), .note = "x" }, E_DENIED,
		"your department leads");
	assert_int_equal(ticket_legal(&see(n)->t, ROLE_DEPARTMENT, "power"), 1u << STEP_OPINION | 1u << STEP_NOTE);
	assert_false(ticket_legal(&see(n)->t, ROLE_DEPARTMENT, "urban") & 1u << STEP_OPINION);
	must_step((struct step_request){ .number = n, .step = STEP_OPINION, AS_UNIT("power"), .note = "换了灯具" });
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_UNIT("urban"), .text = "路灯已恢复" });
	assert_int_equal(told_times(n, "reply"), 1);
	assert_null(strstr(told(n, "reply")->text, "换了灯具"));
}

static void a_department_helps_once_and_never_itself(void **state)
{
	(void)state;
	const char *n = with_urban();
	refuses((struct step_request){ .number = n, .step = STEP_ASSIST, AS_AGENT, .department = "urban" }, E_CONFLICT, "already");
	must_step((struct step_request){ .number = n, .step = STEP_ASSIST, AS_AGENT, .department = "power" });
	refuses((struct step_request){ .number = n, .step = STEP_ASSIST, AS_AGENT, .department = "power" }, E_CONFLICT, "already");
	refuses((struct step_request){ .number = n, .step = STEP_OPINION, AS_UNIT("gas"), .note = "x" }, E_DENIED,
		"not with your department");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_return_needs_a_coded_reason_and_its_legal_basis),
		TEST(a_return_comes_within_its_limit_of_business_hours),
		TEST(the_limit_stands_still_over_a_weekend),
		TEST(nobody_dispatches_while_a_return_is_disputed),
		TEST(a_supervisor_designates_for_good_and_then_nobody_returns_it),
		TEST(without_a_name_the_one_first_asked_leads),
		TEST(the_third_return_presses_by_itself),
		TEST(the_citizen_hears_of_the_first_department_and_of_the_one_that_takes_it),
		TEST(the_first_department_that_takes_it_after_all_is_no_news),
		TEST(whose_category_alone_changes_is_told_nothing_until_it_comes_back),
		TEST(who_asks_meanwhile_reads_that_it_is_being_passed_on),
		TEST(the_time_lost_in_returns_is_counted),
		TEST(a_helping_department_sees_it_and_gives_its_opinion_to_the_lead),
		TEST(the_citizen_gets_one_answer_the_leads),
		TEST(a_department_helps_once_and_never_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
