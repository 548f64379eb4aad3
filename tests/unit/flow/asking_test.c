/* A question that its channel cannot bring goes to another address of the citizen: by day, not too often, and once. */
#include "gateway/flow/citizen.h"
#include "gateway/store/conversation.h"
#include "gateway/store/outbox.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "tests/unit/flow/loop.h"

static const char ZHANG[] = "+8613800138000", MAIL[] = "zhang@example.org";
struct two { const char *a, *b; };

static int join_run(struct tx *tx, void *arg, struct err *e)
{
	const struct two *two = arg;
	struct ticket_row a, b;
	assert_int_equal(ticket_get_number(tx, two->a, &a), 0);
	assert_int_equal(ticket_get_number(tx, two->b, &b), 0);
	return citizen_join(tx, &a, &b, "li", e);
}

/* A mail's ticket that is closed now, by a citizen who has also texted. */
static const char *closed(const char *when)
{
	struct err e = { 0 };
	now_ = at(when) - 3600000;
	const char *phone = keep(citizen_says(office.sms, ZHANG, "建议增加39路公交车早高峰的班次"));
	const char *n = keep(citizen_says(office.mail, MAIL, "小区门口的树枝挡住了路灯，请来修剪"));
	if (store_now(office.store, true, join_run, &(struct two){ n, phone }, &e) < 0)
		fail_msg("%s", e.words);
	now_ = at(when);
	must_step((struct step_request){ .number = n, .step = STEP_ACCEPT, AS_AGENT, .category = "bus" });
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "已修剪" });
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	assert_true(see(n)->survey.id != 0);
	return n;
}

struct fate { uint64_t message; enum out_state to; };

static int fate_run(struct tx *tx, void *arg, struct err *e)
{
	const struct fate *f = arg;
	(void)e;
	tx_set_now(tx, now_);
	struct outbox_row o;
	int rc = outbox_get(tx, f->message, &o);
	if (rc == 0 && o.state != OUT_ACCEPTED)
		rc = E_CONFLICT;
	return rc < 0 ? rc : outbox_set(tx, f->message, f->to, 0, "550 no such user");
}

static void bounces(const char *n)
{
	post_goes_out(office.mail);
	assert_int_equal(store_now(office.store, true, fate_run, &(struct fate){ see(n)->survey.message, OUT_FAILED }, NULL), 0);
}

/* How often the ticket's question went to the telephone. */
static unsigned asked_there(const char *n)
{
	return told_times(n, "elsewhere-survey");
}

static void a_bounced_question_goes_to_the_telephone_once(void **state)
{
	(void)state;
	const char *n = closed("2027-03-01 10:00");
	bounces(n);
	time_goes_to("2027-03-01 12:00");
	assert_int_equal(asked_there(n), 1);
	assert_non_null(strstr(told(n, "elsewhere-survey")->text, "/rate/"));
	assert_int_equal(events(n, "elsewhere", "\"to\":\"sms\""), 1);
	time_goes_to("2027-03-04 12:00");
	assert_int_equal(asked_there(n), 1);
}

static void a_mail_that_bounces_a_day_later_is_noticed_too(void **state)
{
	(void)state;
	const char *n = closed("2027-03-01 10:00");
	post_goes_out(office.mail);
	time_goes_to("2027-03-01 20:00");
	assert_int_equal(asked_there(n), 0);
	bounces(n);
	time_goes_to("2027-03-02 12:00");
	assert_int_equal(asked_there(n), 1);
}

static void what_reached_the_citizen_goes_nowhere_else(void **state)
{
	(void)state;
	const char *n = closed("2027-03-01 10:00");
	post_goes_out(office.mail);
	time_goes_to("2027-03-04 12:00");
	assert_int_equal(asked_there(n), 0);
}

static void never_at_night(void **state)
{
	(void)state;
	const char *n = closed("2027-03-01 21:30");
	bounces(n);
	time_goes_to("2027-03-02 07:50");
	assert_int_equal(asked_there(n), 0);
	time_goes_to("2027-03-02 08:10");
	assert_int_equal(asked_there(n), 1);
}

static int flood_run(struct tx *tx, void *arg, struct err *e)
{
	struct conversation_row c;
	(void)arg;
	(void)e;
	tx_set_now(tx, now_);
	int rc = conversation_find(tx, "sms", ZHANG, &c);
	for (int i = 0; rc == 0 && i < 5; i++) {
		struct survey_row s = { .ticket = 1, .conversation = c.id, .token = arena_printf(tx_arena(tx), "t%d", i), .channel = "sms",
			.agent = "", .department = "", .category = "", .text_version = "", .raw = "", .comment = "", .created_at = now_,
			.expires_at = now_ + 1 };
		rc = survey_insert(tx, &s);
	}
	return rc;
}

static void never_more_often_than_the_rules_allow(void **state)
{
	(void)state;
	const char *n = closed("2027-03-01 10:00");
	assert_int_equal(store_now(office.store, true, flood_run, NULL, NULL), 0);
	bounces(n);
	time_goes_to("2027-03-01 14:00");
	assert_int_equal(asked_there(n), 0);
}

static void who_is_known_on_one_channel_only_is_not_looked_after(void **state)
{
	(void)state;
	now_ = at("2027-03-01 10:00");
	const char *n = keep(citizen_says(office.mail, MAIL, "小区门口的树枝挡住了路灯，请来修剪"));
	must_step((struct step_request){ .number = n, .step = STEP_ACCEPT, AS_AGENT, .category = "bus" });
	must_step((struct step_request){ .number = n, .step = STEP_REPLY, AS_AGENT, .text = "已修剪" });
	must_step((struct step_request){ .number = n, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	bounces(n);
	time_goes_to("2027-03-04 12:00");
	assert_int_equal(asked_there(n), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bounced_question_goes_to_the_telephone_once),
		TEST(a_mail_that_bounces_a_day_later_is_noticed_too),
		TEST(what_reached_the_citizen_goes_nowhere_else),
		TEST(never_at_night),
		TEST(never_more_often_than_the_rules_allow),
		TEST(who_is_known_on_one_channel_only_is_not_looked_after),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
