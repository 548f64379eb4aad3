#include "gateway/base/sm.h"
#include "gateway/store/conversation.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "tests/unit/store/fixture.h"

static struct survey_row a_survey(struct fixture *f, const struct ticket_row *t, const char *token)
{
	struct survey_row s = { .ticket = t->id, .conversation = t->conversation, .token = token, .channel = "sms", .agent = "li",
		.department = "roads", .scale = SURVEY_ONE_BEST, .round = 1, .created_at = tx_now(f->tx),
		.expires_at = tx_now(f->tx) + 1000 };
	ok(survey_insert(f->tx, &s));
	return s;
}

static struct ticket_row some_ticket(struct fixture *f)
{
	struct conversation_row c = a_citizen(f, "+8613800000001");
	return a_ticket(f, &c, "甲");
}

static void a_survey_comes_back_as_it_was_stored(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = some_ticket(f);
	struct survey_row s = a_survey(f, &t, "tok"), g;
	ok(survey_update(f->tx, &s, SURVEY_QUEUED)); /* no move: its fields only */
	s.asked_at = noon + 1;
	s.message = 77;
	ok(survey_update(f->tx, &s, SURVEY_ASKED));
	s.answered_at = noon + 2;
	s.raw = "5";
	s.comment = "还可以";
	s.rating = 1;
	s.solved = SOLVED_NO;
	ok(survey_update(f->tx, &s, SURVEY_ANSWERED));
	commit(f);
	ok(survey_find_token(f->tx, "tok", &g));
	assert_int_equal(g.id, s.id);
	assert_int_equal(g.state, SURVEY_ANSWERED);
	assert_int_equal(g.message, 77);
	assert_int_equal(g.asked_at, noon + 1);
	assert_int_equal(g.answered_at, noon + 2);
	assert_string_equal(g.raw, "5");
	assert_string_equal(g.comment, "还可以");
	assert_int_equal(g.rating, 1);
	assert_int_equal(g.solved, SOLVED_NO);
	assert_int_equal(g.scale, SURVEY_ONE_BEST);
	assert_string_equal(g.agent, "li");
	ok(survey_get(f->tx, s.id, &g));
	assert_int_equal(survey_get(f->tx, 3, &g), E_NOTFOUND);
	assert_int_equal(survey_find_token(f->tx, "tokk", &g), E_NOTFOUND);
}

static void the_newest_survey_of_a_ticket_is_its_survey(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = some_ticket(f);
	struct survey_row g;
	assert_int_equal(survey_of_ticket(f->tx, t.id, &g), E_NOTFOUND);
	a_survey(f, &t, "one");
	a_survey(f, &t, "two");
	ok(survey_of_ticket(f->tx, t.id, &g));
	assert_string_equal(g.token, "two");
}

static void every_move_is_legal_or_refused_as_the_table_says(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = some_ticket(f);
	for (unsigned from = 0; from < SURVEY_STATES; from++)
		for (unsigned to = 0; to < SURVEY_STATES; to++) {
			struct survey_row s = { .ticket = t.id, .token = arena_printf(f->arena, "%u-%u", from, to), .state = from };
			ok(survey_insert(f->tx, &s));
			bool legal = from == to || sm_legal(&survey_machine, from, to);
			assert_int_equal(survey_update(f->tx, &s, (enum survey_state)to), legal ? 0 : E_CONFLICT);
			assert_int_equal(s.state, legal ? to : from);
		}
}

static void of_two_answers_the_second_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = some_ticket(f);
	struct survey_row s = a_survey(f, &t, "tok"), old = s;
	ok(survey_update(f->tx, &s, SURVEY_ANSWERED));
	old.rating = 1;
	assert_int_equal(survey_update(f->tx, &old, SURVEY_ANSWERED), E_CONFLICT);
}

static void a_token_is_given_once(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = some_ticket(f);
	struct survey_row s = a_survey(f, &t, "tok");
	assert_int_equal(survey_insert(f->tx, &s), E_EXISTS);
	abandon(f);
}

static void a_survey_expires_when_its_window_is_over(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = some_ticket(f);
	struct survey_row s = a_survey(f, &t, "one"), answered = a_survey(f, &t, "two"), g;
	size_t n;
	ok(survey_update(f->tx, &answered, SURVEY_ANSWERED));
	ok(survey_expire(f->tx, 10, &n));
	assert_int_equal(n, 0);
	tx_set_now(f->tx, noon + 1000);
	ok(survey_expire(f->tx, 10, &n));
	assert_int_equal(n, 1);
	ok(survey_get(f->tx, s.id, &g));
	assert_int_equal(g.state, SURVEY_EXPIRED);
}

static void a_survey_is_noted_with_its_ticket(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = some_ticket(f);
	struct survey_row s = a_survey(f, &t, "tok");
	f->tx->changes = 0;
	ok(survey_update(f->tx, &s, SURVEY_ASKED));
	assert_int_equal(f->tx->changes, 1);
	assert_int_equal(f->tx->change[0].kind, CHANGE_SURVEY);
	assert_string_equal(f->tx->change[0].ticket->number, t.number);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_survey_comes_back_as_it_was_stored),
		TEST(the_newest_survey_of_a_ticket_is_its_survey),
		TEST(every_move_is_legal_or_refused_as_the_table_says),
		TEST(of_two_answers_the_second_is_refused),
		TEST(a_token_is_given_once),
		TEST(a_survey_expires_when_its_window_is_over),
		cmocka_unit_test_setup_teardown(a_survey_is_noted_with_its_ticket, setup_watched, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
