/* What its channel does not take now, where the citizen has no other: an answer waits for him, a mere notice does not. */
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "visitor-zhang", LAMP[] = "人民路路口的路灯坏了三天没人修";

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_only_answer_to_what_is_refused_waits_for_the_citizen),
		TEST(to_which_department_it_went_is_nothing_to_wait_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
