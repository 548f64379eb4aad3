/* How a ticket is classed, kept, and ends: priorities, immediate transfer, first contact, results, withdrawal,
 * confidentiality, care, other regions. */
#include "gateway/flow/say.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "tests/unit/flow/loop.h"

static const char ZHANG[] = "+8613800138000";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

static const char *opened(const char *text)
{
	now_ = at("2027-03-01 09:00"); /* Monday */
	return citizen_says(office.sms, ZHANG, text);
}

static const char *accepted_as(const char *category)
{
	static unsigned serial;
	now_ = at("2027-03-01 09:00");
	const char *n = citizen_says(office.sms, arena_printf(office.arena, "+861390000%04u", ++serial), LAMP);
	must_step((struct step_request){ .number = n, .step = STEP_ACCEPT, AS_AGENT, .category = category });
	return n;
}

/* --- classes --- */

static void the_category_gives_priority_and_deadline(void **state)
{
	(void)state;
	static const struct { const char *category; unsigned priority; const char *due; } WANT[] = {
		{ "manhole", PRIORITY_URGENT, "2027-03-01 11:00" }, { "water-outage", PRIORITY_LIVELIHOOD, "2027-03-02 09:00" },
		{ "e-service", PRIORITY_ENQUIRY, "2027-03-02 09:00" }, { "bus", PRIORITY_NORMAL, "2027-03-10 09:00" },
		{ "river", PRIORITY_COMPLEX, "2027-03-22 09:00" },
	};
	for (size_t i = 0; i < sizeof WANT / sizeof *WANT; i++) {
		const char *n = accepted_as(WANT[i].category);
		assert_int_equal(see(n)->t.priority, WANT[i].priority);
		assert_string_equal(people(see(n)->t.due_at), WANT[i].due);
	}
}

static void what_is_transferred_at_once_is_watched_until_it_is(void **state)
{
	(void)state;
	const char *n = accepted_as("food-safety");
	assert_true(see(n)->t.flags & FLAG_IMMEDIATE);
	time_goes_to("2027-03-01 09:29");
	assert_int_equal(events(n, "escalated ", ""), 0);
	time_goes_to("2027-03-01 12:00");
	assert_int_equal(events(n, "escalated system ", "\"why\":\"transfer\""), 1);
	assert_true(see(n)->t.flags & FLAG_ESCALATED);
}

static void what_was_dispatched_in_time_is_left_alone(void **state)
{
	(void)state;
	const char *n = accepted_as("food-safety");
	now_ = at("2027-03-01 09:20");
	must_step((struct step_request){ .number = n, .step = STEP_DISPATCH, AS_AGENT, .department = "market" });
	time_goes_to("2027-03-01 16:00");
	assert_int_equal(events(n, "escalated ", ""), 0);
	const char *other = accepted_as("street-light"); /* another category, another haste */
	assert_false(see(other)->t.flags & FLAG_IMMEDIATE);
}

static void the_first_contact_is_the_first_word_a_person_says(void **state)
{
	(void)state;
	const char *n = opened(LAMP);
	must_step((struct step_request){ .number = n, .step = STEP_DISPATCH, AS_AGENT, .department = "urban" });
	assert_int_equal(see(n)->t.contacted_at, 0); /* a notice of the system is none */
	now_ = at("2027-03-01 09:40");
	must_step((struct step_request){ .number = n, .step = STEP_CONTACT, AS_UNIT("urban"), .note = "已电话联系，约定下午到场" });
	assert_string_equal(people(see(n)->t.contacted_at), "2027-03-01 09:40");
	size_t before = see(n)->n;
	now_ = at("2027-03-01 11:00");
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_UNIT("urban"), .text = "下午三点到", .interim = true });
	assert_string_equal(people(see(n)->t.contacted_at), "2027-03-01 09:40");
	assert_int_equal(see(n)->n, before + 1);
	const struct seen *s = see(n);
	assert_string_equal(s->m[before - 1].text, "已电话联系，约定下午到场");
	assert_int_equal(s->m[before - 1].from, FROM_NOTE);
}

/* --- closing --- */

static void a_closing_needs_an_answer_and_tells_solved_from_explained(void **state)
{
	(void)state;
	const char *n = opened(LAMP);
	struct step_request close = { .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "explained" };
	refuses(close, E_CONFLICT, "close is not possible");
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "正在看", .interim = true });
	refuses(close, E_CONFLICT, "close is not possible"); /* an interim word is no answer */
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "该路灯属小区物业" });
	close.result = "fine";
	refuses(close, E_RANGE, "result: 'fine'");
	close.result = "explained";
	must_step(close);
	assert_string_equal(see(n)->t.result, "explained");
	assert_true(has_event(n, "close chen ", "\"result\":\"explained\""));
	must_step((struct step_request){ .number = n, .step = STEP_REOPEN, AS_LEAD });
	assert_string_equal(see(n)->t.result, ""); /* what comes of it now is open again */
}

/* --- withdrawal --- */

static void a_citizen_takes_a_matter_back_on_its_own_channel(void **state)
{
	(void)state;
	const char *n = opened(LAMP);
	must_step((struct step_request){ .number = n, .step = STEP_DISPATCH, AS_AGENT, .department = "urban" });
	assert_string_equal(citizen_says(office.sms, ZHANG, "我要撤回，邻居已经修好了"), n);
	const struct seen *s = see(n);
	assert_int_equal(s->t.state, TICKET_CLOSED);
	assert_true(s->t.flags & FLAG_WITHDRAWN);
	assert_string_equal(s->t.result, "withdrawn");
	assert_int_equal(s->survey.id, 0); /* nobody is asked about it */
	assert_string_equal(told(n, "withdrawn")->text,
		arena_printf(office.arena, "【示范市12345】已按您的意思撤回诉求，工单%s不再继续办理。以后有需要，请再发短信给我们。", n));
	assert_int_equal(events(n, "withdraw citizen ", "\"department\":\"urban\",\"from\":\"dispatched\""), 1);
	assert_int_equal(events(n, "withdraw citizen ", "\"role\":\"system\",\"to\":\"closed\""), 1);
	time_goes_to("2027-03-20 09:00");
	assert_int_equal(events(n, "reminder ", ""), 0);
}

static void another_channel_takes_nothing_back(void **state)
{
	(void)state;
	const char *n = opened(LAMP);
	citizen_says(office.chat, "visitor", arena_printf(office.arena, "撤回 %s", n));
	assert_int_equal(see(n)->t.state, TICKET_NEW);
}

static void of_several_it_is_asked_which(void **state)
{
	(void)state;
	now_ = at("2027-03-01 09:00");
	const char *a = citizen_says(office.mail, "a@city.example", LAMP), *b = citizen_says(office.mail, "a@city.example", "楼上漏水");
	citizen_says(office.mail, "a@city.example", "撤回");
	assert_non_null(told(b, "withdraw-which"));
	assert_int_equal(see(a)->t.state, TICKET_NEW);
	citizen_says(office.mail, "a@city.example", arena_printf(office.arena, "撤回 %s", a));
	assert_int_equal(see(a)->t.state, TICKET_CLOSED);
	assert_int_equal(see(b)->t.state, TICKET_NEW);
}

static void what_was_withdrawn_can_come_back(void **state)
{
	(void)state;
	const char *n = opened(LAMP);
	citizen_says(office.sms, ZHANG, "撤回");
	must_step((struct step_request){ .number = n, .step = STEP_REOPEN, AS_LEAD });
	assert_false(see(n)->t.flags & FLAG_WITHDRAWN);
	assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
	citizen_says(office.sms, ZHANG, "撤回");
	assert_true(see(n)->t.flags & FLAG_WITHDRAWN);
	assert_string_equal(citizen_says(office.sms, ZHANG, "还是没修好"), n);
	assert_false(see(n)->t.flags & FLAG_WITHDRAWN);
	assert_true(see(n)->t.flags & FLAG_REOPENED);
}

/* --- confidentiality --- */

static void who_asks_to_stay_unknown_is_marked_at_once(void **state)
{
	(void)state;
	const char *n = opened("某饭店夜间偷排污水，请为我保密");
	assert_true(see(n)->t.flags & FLAG_CONFIDENTIAL);
	must_step((struct step_request){ .number = n, .step = STEP_DISCLOSE, AS_LEAD, .note = "本人书面同意" });
	assert_false(see(n)->t.flags & FLAG_CONFIDENTIAL);
	must_step((struct step_request){ .number = n, .step = STEP_CONFIDE, AS_AGENT });
	assert_true(see(n)->t.flags & FLAG_CONFIDENTIAL);
	refuses((struct step_request){ .number = n, .step = STEP_DISCLOSE, AS_AGENT, .note = "x" }, E_DENIED, "may not disclose");
}

/* --- care --- */

static void words_of_self_harm_bring_a_person_and_no_stars(void **state)
{
	(void)state;
	const char *n = opened("我不想活了，没人管我");
	assert_true(see(n)->t.flags & FLAG_CARE);
	assert_true(see(n)->t.flags & FLAG_EMERGENCY);
	time_goes_to("2027-03-01 09:30");
	assert_true(events(n, "escalated system ", "\"why\":\"care\"") >= 2); /* again and again, until somebody speaks */
	must_step((struct step_request){ .number = n, .step = STEP_CONTACT, AS_AGENT, .note = "已通话，家人在身边" });
	unsigned calls = events(n, "escalated ", "");
	time_goes_to("2027-03-01 10:30");
	assert_int_equal(events(n, "escalated ", "\"why\":\"care\""), calls);
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "街道的同志下午来看您" });
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	assert_int_equal(see(n)->survey.id, 0);
	assert_non_null(told(n, "closed-unasked"));
	assert_null(told(n, "closed"));
}

static void who_wrote_of_self_harm_is_not_left_alone_for_a_word(void **state)
{
	(void)state;
	const char *n = opened("我不想活了，没人管我");
	now_ = at("2027-03-01 09:02");
	assert_string_equal(citizen_says(office.sms, ZHANG, "撤回"), n);
	assert_int_equal(see(n)->t.state, TICKET_NEW);
	assert_null(told(n, "withdrawn"));
	assert_null(told(n, "person"));
	assert_non_null(strstr(told(n, "withdraw-danger")->text, "没有撤回"));
	time_goes_to("2027-03-01 09:40");
	assert_true(events(n, "escalated system ", "\"why\":\"care\"") >= 2);
	must_step((struct step_request){ .number = n, .step = STEP_CONTACT, AS_AGENT, .note = "已通话，家人在身边" });
	citizen_says(office.sms, ZHANG, "撤回，已经解决了");
	assert_int_equal(see(n)->t.state, TICKET_CLOSED);
	assert_non_null(told(n, "withdrawn"));
}

static void a_word_does_not_end_a_gas_leak(void **state)
{
	(void)state;
	const char *n = opened("家里燃气泄漏，味道很大");
	assert_string_equal(citizen_says(office.sms, ZHANG, "撤回"), n);
	assert_int_equal(see(n)->t.state, TICKET_NEW);
	assert_string_equal(told(n, "withdraw-danger")->text,
		arena_printf(office.arena, "【示范市12345】工单%s没有撤回：这件事可能关系到人身安全，要由工作人员确认没有危险后才能结束。请回复告诉我们现在的情况。", n));
}

static void an_answer_in_writing_ends_the_watch_too(void **state)
{
	(void)state;
	const char *n = opened(LAMP);
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "请问是哪一盏？", .interim = true });
	now_ = at("2027-03-01 09:10");
	assert_string_equal(citizen_says(office.sms, ZHANG, "我不想活了，没人管我"), n);
	time_goes_to("2027-03-01 09:40");
	unsigned calls = events(n, "escalated ", "\"why\":\"care\"");
	assert_true(calls >= 2); /* what was spoken about before was another matter */
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "我在，我们电话里说", .interim = true });
	post_goes_out(office.sms);
	time_goes_to("2027-03-01 10:40");
	assert_int_equal(events(n, "escalated ", "\"why\":\"care\""), calls);
}

static int comes_back(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	tx_set_now(tx, now_);
	return outbox_set(tx, *(const uint64_t *)arg, OUT_FAILED, 0, "absent subscriber");
}

static unsigned calls_for(const char *number)
{
	return events(number, "escalated ", "\"why\":\"care\"");
}

static void an_answer_that_comes_back_wakes_the_watch(void **state)
{
	(void)state;
	const char *n = opened("我不想活了，没人管我");
	struct step_result r = must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "我在", .interim = true });
	time_goes_to("2027-03-01 09:20");
	unsigned calls = calls_for(n);
	assert_true(calls > 0); /* in the queue it has reached nobody */
	post_goes_out(office.sms);
	time_goes_to("2027-03-01 10:20");
	assert_int_equal(calls_for(n), calls);
	assert_int_equal(store_now(office.store, true, comes_back, &r.message, NULL), 0);
	time_goes_to("2027-03-01 10:40");
	assert_true(calls_for(n) > calls);
	must_step((struct step_request){ .number = n, .step = STEP_CONTACT, AS_AGENT, .note = "已通话" });
	calls = calls_for(n);
	time_goes_to("2027-03-01 12:00");
	assert_int_equal(calls_for(n), calls);
}

static void an_answer_that_stays_out_ends_the_watch(void **state)
{
	(void)state;
	const char *n = opened("我不想活了，没人管我");
	struct step_result r = must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "我在", .interim = true });
	post_goes_out(office.sms);
	time_goes_to("2027-03-03 10:00"); /* as long as a mail may take to come back */
	assert_int_equal(store_now(office.store, true, comes_back, &r.message, NULL), 0);
	time_goes_to("2027-03-03 12:00");
	assert_int_equal(calls_for(n), 0);
}

#define AS_CORE .role = ROLE_AGENT, .actor = "api:core", .program = true

static void a_programs_answer_does_not_end_the_watch(void **state)
{
	(void)state;
	const char *n = opened("我不想活了，没人管我");
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_CORE, .text = "已收到", .interim = true });
	post_goes_out(office.sms);
	time_goes_to("2027-03-01 10:00");
	assert_true(calls_for(n) >= 5);
}

struct move { uint64_t ticket, message, instead; };

static int goes_elsewhere(struct tx *tx, void *arg, struct err *e)
{
	const struct move *m = arg;
	(void)e;
	tx_set_now(tx, now_);
	int rc = outbox_set(tx, m->message, OUT_FAILED, 0, "sent by sms instead");
	return rc < 0 ? rc : tell_event(tx, m->ticket, "elsewhere", "system", json_pack("{s:s, s:s}", "message", tell_id(tx, m->message), "instead",
		tell_id(tx, m->instead)));
}

static void an_answer_that_went_by_another_channel_is_one_too(void **state)
{
	(void)state;
	const char *n = opened("我不想活了，没人管我");
	struct step_result r = must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "我在", .interim = true });
	/* Stands for the same words on the other channel: by itself it ends nothing. */
	struct step_result other = must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_CORE, .text = "我在", .interim = true });
	post_goes_out(office.sms);
	struct move m = { r.ticket.id, r.message, other.message };
	assert_int_equal(store_now(office.store, true, goes_elsewhere, &m, NULL), 0);
	time_goes_to("2027-03-01 10:00");
	assert_int_equal(calls_for(n), 0);
	assert_int_equal(store_now(office.store, true, comes_back, &m.instead, NULL), 0);
	time_goes_to("2027-03-01 10:30");
	assert_true(calls_for(n) > 0);
}

/* --- other regions --- */

static void another_regions_matter_goes_there_under_a_code(void **state)
{
	(void)state;
	const char *n = opened("上海浦东机场出租车拒载");
	refuses((struct step_request){ .number = n, .step = STEP_TRANSFER, AS_AGENT, .note = "x", .region = "990000" }, E_RANGE,
		"region: '990000'");
	must_step((struct step_request){ .number = n, .step = STEP_TRANSFER, AS_AGENT, .note = "属上海管辖", .region = "310000" });
	const struct seen *s = see(n);
	assert_int_equal(s->t.state, TICKET_CLOSED);
	assert_string_equal(s->t.region, "310000");
	assert_string_equal(s->t.transfer, arena_printf(office.arena, "KQ310000-%s", n));
	assert_string_equal(told(n, "transferred")->text, arena_printf(office.arena,
		"【示范市12345】您的工单%s属于上海市管辖，已转上海市12345，转办编码KQ310000-%s。可拨打021-12345凭编码查询。", n, n));
	assert_int_equal(s->survey.id, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_category_gives_priority_and_deadline),
		TEST(what_is_transferred_at_once_is_watched_until_it_is),
		TEST(what_was_dispatched_in_time_is_left_alone),
		TEST(the_first_contact_is_the_first_word_a_person_says),
		TEST(a_closing_needs_an_answer_and_tells_solved_from_explained),
		TEST(a_citizen_takes_a_matter_back_on_its_own_channel),
		TEST(another_channel_takes_nothing_back),
		TEST(of_several_it_is_asked_which),
		TEST(what_was_withdrawn_can_come_back),
		TEST(who_asks_to_stay_unknown_is_marked_at_once),
		TEST(words_of_self_harm_bring_a_person_and_no_stars),
		TEST(who_wrote_of_self_harm_is_not_left_alone_for_a_word),
		TEST(a_word_does_not_end_a_gas_leak),
		TEST(an_answer_in_writing_ends_the_watch_too),
		TEST(an_answer_that_comes_back_wakes_the_watch),
		TEST(an_answer_that_stays_out_ends_the_watch),
		TEST(a_programs_answer_does_not_end_the_watch),
		TEST(an_answer_that_went_by_another_channel_is_one_too),
		TEST(another_regions_matter_goes_there_under_a_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
