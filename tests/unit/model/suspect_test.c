/* A mail that only its subject makes a machine's: a person may have written it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/ticket.h"

static const int64_t NOW = 1790000000000;
static struct rules rules;

static struct view view(void)
{
	return (struct view){ .now = NOW, .threads = true, .recent = 1 };
}

static struct plan decide(const struct view *v, const char *subject, const char *text)
{
	struct msg_in m = { .kind = MSG_TEXT, .subject = subject, .text = text, .automatic = MSG_SUSPECT, .automatic_why = "its subject" };
	struct plan p;
	ticket_decide(&rules, v, &m, &p);
	assert_int_equal(p.say, SAY_NOTHING); /* or two machines would answer each other */
	return p;
}

static void it_is_held_for_a_person(void **state)
{
	(void)state;
	struct view v = view();
	struct plan p = decide(&v, "未送达的快递显示已签收", "请查一查");
	assert_int_equal(p.outcome, OUTCOME_HOLD);
	assert_int_equal(p.reason, REASON_AUTOMATIC);
	assert_int_equal(decide(&v, "自动回复", "").outcome, OUTCOME_HOLD);
	assert_int_equal(decide(&v, "自动回复", "查询").outcome, OUTCOME_HOLD);
}

static void a_machine_that_goes_on_fills_one_held_ticket(void **state)
{
	(void)state;
	struct view v = view();
	v.ticket[0] = (struct view_ticket){ .id = 11, .state = TICKET_NEW, .flags = FLAG_HELD };
	v.tickets = 1;
	struct plan p = decide(&v, "自动回复:x", "我在休假");
	assert_int_equal(p.outcome, OUTCOME_APPEND);
	assert_int_equal(p.ticket, 11);
	v.ticket[0].flags = 0; /* a genuine one is not buried under it */
	assert_int_equal(decide(&v, "自动回复:x", "我在休假").outcome, OUTCOME_HOLD);
}

static void what_answers_a_mail_of_ours_is_kept_there(void **state)
{
	(void)state;
	static const enum ticket_state states[] = { TICKET_NEW, TICKET_CLOSED };
	for (size_t i = 0; i < 2; i++) {
		struct view v = view();
		v.thread = (struct view_ticket){ .id = 12, .state = states[i], .closed_at = NOW - 1, .own = true };
		struct plan p = decide(&v, "自动回复:x", "我在休假");
		assert_int_equal(p.outcome, OUTCOME_APPEND);
		assert_int_equal(p.ticket, 12);
	}
}

static void a_cry_for_help_is_heard(void **state)
{
	(void)state;
	struct view v = view();
	struct plan p = decide(&v, "自动回复没有解决我的问题", "家里着火了");
	assert_int_equal(p.outcome, OUTCOME_EMERGENCY);
	assert_non_null(p.emergency);
	assert_int_equal(decide(&v, "退信，家里着火了", "见主题").outcome, OUTCOME_EMERGENCY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_held_for_a_person),
		cmocka_unit_test(a_machine_that_goes_on_fills_one_held_ticket),
		cmocka_unit_test(what_answers_a_mail_of_ours_is_kept_there),
		cmocka_unit_test(a_cry_for_help_is_heard),
	};
	rules_defaults(&rules);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
