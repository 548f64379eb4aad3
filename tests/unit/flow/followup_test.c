/* 回访, 好差评: when the question is asked, how often, what follows from a bad answer, and what is kept of how it was asked. */
#include "gateway/store/docket.h"
#include "gateway/store/erase.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "tests/unit/flow/loop.h"

static const char ZHANG[] = "+8613800138000";
static const char BUS[] = "建议增加39路公交车早高峰的班次";

static const char *answered_by(const char *peer, const char *category, const char *agent)
{
	const char *n = citizen_says(office.sms, peer, BUS);
	must_step((struct step_request){ .number = n, .step = STEP_ACCEPT, .role = ROLE_AGENT, .actor = agent, .category = category });
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .actor = agent, .text = "修好了" });
	return n;
}

static void close_it(const char *n)
{
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, .role = ROLE_AGENT, .actor = "closer", .result = "solved" });
}

static const char *closed_at(const char *when, const char *category)
{
	now_ = at(when);
	const char *n = answered_by(ZHANG, category, "chen");
	close_it(n);
	return n;
}

/* --- when --- */

static int erase_run(struct tx *tx, void *arg, struct err *e)
{
	struct ticket_row t;
	struct erased out;
	tx_set_now(tx, now_);
	int rc = ticket_get_number(tx, arg, &t);
	return rc < 0 ? rc : erase_conversation(tx, t.conversation, "command", "asked for it", &out, e);
}

static void who_was_erased_is_asked_nothing(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) { /* erased before the question, and before it is reminded of */
		now_ = at(asked ? "2027-03-08 10:00" : "2027-03-01 10:00");
		char *n = arena_strdup(office.arena, answered_by(asked ? "+8613800138011" : "+8613800138012", "street-light", "chen"));
		close_it(n);
		if (asked)
			time_goes_to("2027-03-10 12:00");
		post_goes_out(office.sms);
		unsigned before = told_times(n, "survey");
		assert_int_equal(before, asked);
		assert_int_equal(store_now(office.store, true, erase_run, n, NULL), 0);
		time_goes_to(asked ? "2027-03-14 12:00" : "2027-03-05 12:00");
		assert_int_equal(told_times(n, "survey"), before);
		assert_int_equal(told_times(n, "survey-reminder"), 0);
		assert_true(!asked || see(n)->survey.state == SURVEY_EXPIRED);
	}
}

static void without_a_delay_the_closing_asks(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	assert_non_null(told(n, "closed"));
	assert_true(see(n)->survey.id != 0);
}

static void after_the_categorys_delay_the_clock_asks_once(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "street-light"); /* 24 hours */
	assert_null(told(n, "closed"));
	assert_non_null(told(n, "closed-later"));
	assert_int_equal(see(n)->survey.id, 0);
	time_goes_to("2027-03-02 09:50");
	assert_null(told(n, "survey"));
	office_crash(); /* a stop in between changes nothing */
	office_open();
	time_goes_to("2027-03-02 12:00");
	assert_int_equal(told_times(n, "survey"), 1);
	assert_int_equal(see(n)->survey.created_at, at("2027-03-02 10:00"));
	assert_int_equal(see(n)->survey.expires_at - see(n)->survey.created_at, 72 * 3600000);
}

static void nobody_is_asked_at_night(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 22:30", "street-light");
	time_goes_to("2027-03-03 07:50");
	assert_null(told(n, "survey")); /* 24 hours later is 22:30 */
	time_goes_to("2027-03-03 08:00");
	assert_int_equal(told_times(n, "survey"), 1);
}

static void a_clock_that_comes_late_wakes_nobody_either(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "street-light");
	now_ = at("2027-03-05 23:00"); /* the gateway was off, and comes back at night */
	while (clock_looks() > 0)
		;
	assert_null(told(n, "survey"));
	time_goes_to("2027-03-06 08:00");
	assert_int_equal(told_times(n, "survey"), 1);
}

static void a_city_may_spare_the_night_at_closing_too(void **state)
{
	(void)state;
	office_crash();
	put_file("config/rules.csv", "key,value\nask_at_once,0\nquiet_from,20:00\nquiet_to,09:00\n");
	office_open();
	const char *day = closed_at("2027-03-01 15:00", "bus"), *night = NULL;
	assert_non_null(told(day, "closed"));
	now_ = at("2027-03-01 20:30");
	night = answered_by("+8613900000001", "bus", "chen");
	close_it(night);
	assert_non_null(told(night, "closed-later"));
	time_goes_to("2027-03-02 09:00");
	assert_int_equal(told_times(night, "survey"), 1);
}

static void a_ticket_back_at_work_is_not_asked_about(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "street-light");
	now_ = at("2027-03-01 11:00");
	must_step((struct step_request){ .number = n, .step = STEP_REOPEN, AS_LEAD });
	time_goes_to("2027-03-04 10:00");
	assert_null(told(n, "survey"));
}

/* None of them was asked yet when the last was closed. */
static void what_is_asked_later_is_within_the_limit_as_well(void **state)
{
	(void)state;
	enum { CLOSED = 7, ASKS_MAX = 5 };
	const char *n[CLOSED];
	unsigned asked = 0, unasked = 0;
	now_ = at("2027-03-01 10:00");
	for (unsigned i = 0; i < CLOSED; i++, now_ += 60000) {
		n[i] = answered_by(ZHANG, "street-light", "chen"); /* 24 hours */
		close_it(n[i]);
		assert_non_null(told(n[i], "closed-later"));
	}
	time_goes_to("2027-03-02 12:00");
	for (unsigned i = 0; i < CLOSED; i++) {
		asked += told_times(n[i], "survey");
		unasked += events(n[i], "unasked", "often");
	}
	assert_int_equal(asked, ASKS_MAX);
	assert_int_equal(unasked, CLOSED - ASKS_MAX);
	assert_int_equal(events(n[0], "unasked", ""), 0);
	time_goes_to("2027-03-03 12:00"); /* nor when there is room again */
	assert_int_equal(told_times(n[CLOSED - 1], "survey"), 0);
}

/* --- how often --- */

static void one_reminder_and_then_silence(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	time_goes_to("2027-03-03 09:50");
	assert_null(told(n, "survey-reminder"));
	time_goes_to("2027-03-10 10:00");
	assert_int_equal(told_times(n, "survey-reminder"), 1);
}

static void who_has_answered_is_not_reminded(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	now_ = at("2027-03-01 12:00");
	citizen_says(office.sms, ZHANG, "1");
	assert_int_equal(see(n)->survey.rating, 5);
	time_goes_to("2027-03-10 10:00");
	assert_null(told(n, "survey-reminder"));
}

static void an_answer_after_the_reminder_still_counts(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	time_goes_to("2027-03-03 10:10");
	assert_int_equal(told_times(n, "survey-reminder"), 1);
	citizen_says(office.sms, ZHANG, "2");
	assert_int_equal(see(n)->survey.rating, 4);
}

static void a_citizen_is_not_asked_more_often_than_the_rules_allow(void **state)
{
	(void)state;
	now_ = at("2027-03-01 09:00");
	const char *n = NULL;
	for (int i = 0; i < 6; i++) {
		n = answered_by(ZHANG, "bus", "chen");
		close_it(n);
		now_ += 600000;
	}
	assert_non_null(told(n, "closed-unasked"));
	assert_int_equal(see(n)->survey.id, 0);
	assert_int_equal(events(n, "unasked system ", "\"why\":\"often\""), 1);
	now_ = at("2027-03-02 12:00");
	n = answered_by(ZHANG, "bus", "chen");
	close_it(n);
	assert_true(see(n)->survey.id != 0);
}

static void every_closing_is_asked_about_and_not_once_for_ever(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	now_ = at("2027-03-01 11:00");
	citizen_says(office.sms, ZHANG, "不满意，还是没修");
	uint64_t first = see(n)->survey.id;
	assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .actor = "wang", .text = "今天换了新灯" });
	close_it(n);
	assert_true(see(n)->survey.id != first);
	assert_int_equal(see(n)->survey.round, 1);
}

/* --- what follows --- */

static void who_is_dissatisfied_without_a_word_is_asked_why(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	citizen_says(office.sms, ZHANG, "4");
	assert_non_null(told(n, "ask-why"));
	assert_null(told(n, "thanks-bad"));
	assert_string_equal(citizen_says(office.sms, ZHANG, "师傅来看了一眼就走了"), n); /* the answer is on the ticket */
	assert_int_equal(see(n)->t.rounds, 1);
}

static void who_said_why_is_not_asked_again(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	citizen_says(office.sms, ZHANG, "5 没人来修");
	assert_null(told(n, "ask-why"));
	assert_non_null(told(n, "thanks-bad"));
}

static void what_is_transferred_at_once_is_so_when_the_citizen_brings_it_back(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "night-noise");
	now_ = at("2027-03-02 10:00");
	citizen_says(office.sms, ZHANG, "没有解决，昨夜又在施工");
	assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
	assert_int_equal(events(n, "reopened citizen ", "\"role\":\"system\",\"round\":1,\"to\":\"accepted\""), 1);
	time_goes_to("2027-03-02 11:00");
	assert_int_equal(events(n, "escalated system ", "\"why\":\"transfer\""), 1);
}

static void the_second_handling_has_another_handler_a_deadline_and_supervision(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus"); /* 7 working days */
	now_ = at("2027-03-02 10:00");
	citizen_says(office.sms, ZHANG, "5 没人来修");
	const struct seen *s = see(n);
	assert_int_equal(s->t.state, TICKET_ACCEPTED);
	assert_string_equal(s->t.assignee, "");
	assert_string_equal(s->t.former, "chen");
	assert_string_equal(people(s->t.due_at), "2027-03-11 10:00");
	assert_true(s->t.flags & FLAG_SUPERVISED);
	assert_string_equal(docket(n, DOCKET_SUPERVISION).reason, "rating");
	refuses((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .actor = "chen", .text = "修好了" },
		E_CONFLICT, "chen answered the first time");
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .actor = "wang", .text = "换了新灯" });
	assert_string_equal(see(n)->t.assignee, "wang");
}

static void after_two_rounds_by_machine_a_person_decides(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	static const char *const agents[] = { "wang", "zhao" };
	for (unsigned round = 0; round < 2; round++) {
		citizen_says(office.sms, ZHANG, "5 还是没修");
		assert_int_equal(see(n)->t.rounds, round + 1);
		must_step((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .actor = agents[round],
			.text = "又去看了" });
		close_it(n);
	}
	citizen_says(office.sms, ZHANG, "5 还是没修");
	assert_int_equal(see(n)->t.state, TICKET_CLOSED);
	assert_true(see(n)->t.flags & FLAG_SUPERVISED);
	assert_true(see(n)->t.flags & FLAG_CALLBACK);
}

static void every_bad_rating_is_called_back(void **state)
{
	(void)state;
	static const char *const bad[] = { "4", "5", "6", "没解决" };
	now_ = at("2027-03-01 10:00");
	for (size_t i = 0; i < 4; i++) {
		const char *peer = arena_printf(office.arena, "+861390000000%zu", i), *n = answered_by(peer, "bus", "chen");
		close_it(n);
		citizen_says(office.sms, peer, bad[i]);
		assert_true(see(n)->t.flags & FLAG_CALLBACK);
		struct docket_row d = docket(n, DOCKET_CALLBACK);
		assert_string_equal(d.verdict, "");
		assert_string_equal(d.actor, "citizen");
		assert_string_equal(people(d.due_at), "2027-03-02 10:00");
		must_step((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .actor = "wang", .text = "换了新灯" });
		close_it(n);
		assert_string_equal(docket(n, DOCKET_CALLBACK).verdict, ""); /* a second closing does not settle it */
		must_step((struct step_request){ .number = n, .step = STEP_CALLBACK, AS_AGENT, .note = "已电话核实，今晚修复" });
		assert_false(see(n)->t.flags & FLAG_CALLBACK);
		assert_string_equal(docket(n, DOCKET_CALLBACK).verdict, "called");
	}
}

static void a_good_rating_calls_nobody(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	citizen_says(office.sms, ZHANG, "3");
	assert_false(see(n)->t.flags & FLAG_CALLBACK);
}

/* --- what is kept --- */

static void the_question_keeps_who_handled_it_and_in_which_words_it_was_asked(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "bus");
	const struct survey_row *s = &see(n)->survey;
	char version[RENDER_VERSION];
	render_version(catalog_templates(flow_catalog(office.flow)), "zh-CN", "closed", "sms", version);
	assert_string_equal(s->agent, "chen"); /* who handled it, not who closed it */
	assert_string_equal(s->category, "bus");
	assert_string_equal(s->channel, "sms");
	assert_string_equal(s->text_version, version);
	assert_int_equal(strlen(version), 12);
	assert_true(s->counted);
	put_file("templates/zh-CN/closed.sms.txt", "{number}办结，请评价");
	flow_reload(office.flow, catalog_now());
	char later[RENDER_VERSION];
	render_version(catalog_templates(flow_catalog(office.flow)), "zh-CN", "closed", "sms", later);
	assert_string_not_equal(version, later);
}

static void mediation_and_law_enforcement_are_asked_but_not_counted(void **state)
{
	(void)state;
	const char *n = closed_at("2027-03-01 10:00", "consumer");
	assert_true(see(n)->survey.id != 0);
	assert_false(see(n)->survey.counted);
}

/* --- repeats --- */

static void a_repeat_is_declined_by_a_person_with_the_first_tickets_number(void **state)
{
	(void)state;
	const char *first = closed_at("2027-03-01 10:00", "bus");
	now_ = at("2027-03-20 10:00");
	const char *again = citizen_says(office.sms, ZHANG, "再次建议：增加39路公交车早高峰的班次");
	assert_string_not_equal(again, first);
	struct step_request q = { .number = again, .step = STEP_DECLINE, AS_LEAD, .note = "同一事实，无新情况", .other = first };
	refuses((struct step_request){ .number = again, .step = STEP_DECLINE, AS_AGENT, .note = "x", .other = first }, E_DENIED,
		"may not decline");
	refuses((struct step_request){ .number = again, .step = STEP_DECLINE, AS_LEAD, .note = "x", .other = again }, E_CONFLICT,
		"same citizen");
	must_step(q);
	assert_int_equal(see(again)->t.state, TICKET_REFUSED);
	assert_non_null(strstr(told(again, "refused.repeat")->text, first));
	must_step((struct step_request){ .number = again, .step = STEP_REOPEN, AS_LEAD }); /* the way back */
	assert_int_equal(see(again)->t.state, TICKET_ACCEPTED);
}

static void anothers_ticket_is_no_repeat(void **state)
{
	(void)state;
	const char *first = closed_at("2027-03-01 10:00", "bus");
	const char *other = citizen_says(office.sms, "+8613900000009", BUS);
	refuses((struct step_request){ .number = other, .step = STEP_DECLINE, AS_LEAD, .note = "x", .other = first }, E_CONFLICT,
		"same citizen");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_was_erased_is_asked_nothing),
		TEST(without_a_delay_the_closing_asks),
		TEST(after_the_categorys_delay_the_clock_asks_once),
		TEST(nobody_is_asked_at_night),
		TEST(what_is_asked_later_is_within_the_limit_as_well),
		TEST(a_clock_that_comes_late_wakes_nobody_either),
		TEST(a_city_may_spare_the_night_at_closing_too),
		TEST(a_ticket_back_at_work_is_not_asked_about),
		TEST(one_reminder_and_then_silence),
		TEST(who_has_answered_is_not_reminded),
		TEST(an_answer_after_the_reminder_still_counts),
		TEST(a_citizen_is_not_asked_more_often_than_the_rules_allow),
		TEST(every_closing_is_asked_about_and_not_once_for_ever),
		TEST(who_is_dissatisfied_without_a_word_is_asked_why),
		TEST(who_said_why_is_not_asked_again),
		TEST(what_is_transferred_at_once_is_so_when_the_citizen_brings_it_back),
		TEST(the_second_handling_has_another_handler_a_deadline_and_supervision),
		TEST(after_two_rounds_by_machine_a_person_decides),
		TEST(every_bad_rating_is_called_back),
		TEST(a_good_rating_calls_nobody),
		TEST(the_question_keeps_who_handled_it_and_in_which_words_it_was_asked),
		TEST(mediation_and_law_enforcement_are_asked_but_not_counted),
		TEST(a_repeat_is_declined_by_a_person_with_the_first_tickets_number),
		TEST(anothers_ticket_is_no_repeat),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
