/* What its channel does not take now. Where the citizen has no other an answer waits for him, a mere notice does not; where he has, both
 * go there, and are still the one and the other. */
#include "gateway/flow/citizen.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "visitor-zhang", PHONE[] = "+8613800138000", LAMP[] = "人民路路口的路灯坏了三天没人修";

static const char *opened(void)
{
	struct took *t = write_in(office.chat, ZHANG, LAMP);
	UNTIL(got(office.chat, ZHANG, "") == 1);
	idle(office.chat);
	office.chat->mode = LINE_KEEP;
	return t->ticket;
}

/* The channel has closed its window since. */
static const struct seen_message *closed_to(const char *number, const char *event)
{
	size_t at = office.chat->count - 1;
	UNTIL(office.chat->count == at + 2);
	line_end(office.chat, at + 1, SENT_CLOSED, "45015 response out of time limit");
	idle(office.chat);
	return told(number, event);
}

static void the_only_answer_to_what_is_refused_waits_for_the_citizen(void **state)
{
	(void)state;
	const char *number = opened();
	struct stepped s = step_q((struct step_request){ .number = number, .step = STEP_REFUSE, .role = ROLE_ADMIN, .seen_seq = -1,
		.ground = "litigation" });
	assert_int_equal(s.rc, 0);
	const struct seen_message *m = closed_to(number, "refused.litigation");
	assert_int_equal(m->state, OUT_QUEUED);
	assert_non_null(strstr(m->error, "waits until the citizen writes again"));
	office.chat->mode = LINE_ACCEPT;
	write_in(office.chat, ZHANG, "怎么样了");
	office.chat->host->back(&office.chat->base, ZHANG);
	UNTIL(told(number, "refused.litigation")->state == OUT_ACCEPTED);
	assert_false(has_event(number, "undelivered", ""));
}

static void to_which_department_it_went_is_nothing_to_wait_for(void **state)
{
	(void)state;
	const char *number = opened();
	step(number, STEP_DISPATCH, "urban");
	assert_int_equal(closed_to(number, "dispatched")->state, OUT_FAILED);
	assert_false(has_event(number, "undelivered", ""));
}

struct two { const char *a, *b; };

static int join_run(struct tx *tx, void *arg, struct err *e)
{
	const struct two *two = arg;
	struct ticket_row a, b;
	assert_int_equal(ticket_get_number(tx, two->a, &a), 0);
	assert_int_equal(ticket_get_number(tx, two->b, &b), 0);
	return citizen_join(tx, &a, &b, "li", e);
}

/* By a citizen who has a telephone as well, to which nothing gets through. */
static const char *opened_by_one_with_a_telephone(void)
{
	const char *number = opened();
	struct two two = { number, write_in(office.sms, PHONE, "噪音的事我也发短信反映")->ticket };
	assert_int_equal(store_now(office.store, true, join_run, &two, NULL), 0);
	idle(office.sms);
	office.sms->mode = LINE_REFUSE;
	return number;
}

static void a_notice_that_goes_to_the_telephone_and_fails_there_is_no_answer_that_did_not_arrive(void **state)
{
	(void)state;
	const char *number = opened_by_one_with_a_telephone();
	step(number, STEP_DISPATCH, "urban");
	closed_to(number, "dispatched");
	UNTIL(got(office.sms, PHONE, "已转 市城市管理局 办理") == 1);
	idle(office.sms);
	assert_true(has_event(number, "elsewhere", "\"to\":\"sms\""));
	assert_false(has_event(number, "undelivered", ""));
	assert_int_equal(got(office.sms, PHONE, "有新的回复"), 0);
	assert_int_equal(got(office.sms, PHONE, "特以短信告知"), 1);
	assert_int_equal(told(number, "elsewhere-notice")->state, OUT_FAILED);
}

static void an_answer_that_fails_there_too_did_not_arrive(void **state)
{
	(void)state;
	const char *number = opened_by_one_with_a_telephone();
	step(number, STEP_ACCEPT, NULL);
	step(number, STEP_REPLY, "已劝离");
	closed_to(number, "reply");
	UNTIL(got(office.sms, PHONE, "有新的回复") == 1);
	idle(office.sms);
	assert_int_equal(told(number, "elsewhere")->state, OUT_FAILED);
	assert_true(has_event(number, "undelivered", ""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_only_answer_to_what_is_refused_waits_for_the_citizen),
		TEST(to_which_department_it_went_is_nothing_to_wait_for),
		TEST(a_notice_that_goes_to_the_telephone_and_fails_there_is_no_answer_that_did_not_arrive),
		TEST(an_answer_that_fails_there_too_did_not_arrive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
