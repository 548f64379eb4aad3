#include "gateway/store/conversation.h"
#include "gateway/store/event.h"
#include "gateway/store/place.h"
#include "gateway/store/ticket.h"
#include "gateway/store/verify.h"
#include "tests/unit/store/fixture.h"

static int verify(struct fixture *f, int64_t *events, struct err *e)
{
	*e = (struct err){ 0 };
	commit(f);
	return event_verify(f->tx, events, NULL, NULL, e);
}

/* Five events, the fourth of no ticket. */
static struct ticket_row five(struct fixture *f)
{
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	ok(event_append(f->tx, t.id, "received", "citizen", "{\"channel\":\"sms\"}"));
	ok(event_append(f->tx, t.id, "accept", "li", "{}"));
	ok(event_append(f->tx, t.id, "dispatch", "li", "{\"department\":\"道路\"}"));
	ok(event_append(f->tx, 0, "login", "li", NULL));
	ok(event_append(f->tx, t.id, "close", "li", "{}"));
	return t;
}

static void events_are_listed_in_order_with_their_tickets_number(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = five(f);
	struct event_row *v;
	size_t n;
	const char *next;
	ok(event_list(f->tx, "0", 3, &v, &n, &next));
	assert_int_equal(n, 3);
	assert_string_equal(v[0].kind, "received");
	assert_string_equal(v[0].number, t.number);
	assert_string_equal(v[2].data, "{\"department\":\"道路\"}");
	assert_int_equal(v[2].seq, 3);
	assert_int_equal(v[2].node, 7);
	assert_int_equal(v[2].at, noon);
	ok(event_list(f->tx, next, 50, &v, &n, &next));
	assert_int_equal(n, 2);
	assert_string_equal(v[0].kind, "login");
	assert_null(v[0].number);
	assert_string_equal(v[0].data, "{}");
	ok(event_list_ticket(f->tx, t.id, &v, &n));
	assert_int_equal(n, 4);
	assert_string_equal(v[3].kind, "close");
}

static void a_whole_chain_verifies_over_restarts_and_nodes(void **state)
{
	struct fixture *f = *state;
	struct err e;
	int64_t events;
	ok(verify(f, &events, &e));
	assert_int_equal(events, 0);
	five(f);
	reopen(f);
	ok(event_append(f->tx, 0, "login", "wang", "{}"));
	end(f);
	f->session.node = 9;
	begin(f, noon);
	ok(event_append(f->tx, 0, "login", "zhao", "{}"));
	ok(verify(f, &events, &e));
	assert_int_equal(events, 7);
}

/* Each of these must be noticed, and the words must name the event. */
static void tampered(struct fixture *f, const char *sql, const char *words)
{
	struct err e;
	int64_t events;
	five(f);
	ok(verify(f, &events, &e));
	meddle(f, sql);
	assert_int_equal(verify(f, &events, &e), E_CORRUPT);
	if (!strstr(e.words, words))
		fail_msg("'%s' does not say '%s'", e.words, words);
}

static void a_changed_text_is_noticed(void **state)
{
	tampered(*state, "UPDATE event SET data = '{}' WHERE seq = 3", "number 3 of node 7, dispatch): it was changed");
}

static void a_changed_time_is_noticed(void **state)
{
	tampered(*state, "UPDATE event SET at = at - 1 WHERE seq = 1", "number 1");
}

static void a_changed_ticket_is_noticed(void **state)
{
	tampered(*state, "UPDATE event SET ticket = 1 WHERE seq = 4", "number 4");
}

static void words_moved_from_one_field_to_the_next_are_noticed(void **state)
{
	tampered(*state, "UPDATE event SET kind = 'acceptl', actor = 'i' WHERE seq = 2", "number 2");
}

static void an_event_taken_out_is_noticed(void **state)
{
	tampered(*state, "DELETE FROM event WHERE seq = 2", "number 3 of node 7, dispatch): events before it are missing");
}

static void the_last_event_taken_away_is_noticed(void **state)
{
	tampered(*state, "DELETE FROM event WHERE seq = 5", "should end with event number 5 and ends with 4");
}

static void all_events_taken_away_are_noticed(void **state)
{
	tampered(*state, "DELETE FROM event", "should end with event number 5");
}

static void a_head_taken_away_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct err e;
	int64_t events;
	five(f);
	end(f);
	begin(f, noon);
	meddle(f, "DELETE FROM node");
	assert_int_equal(event_verify(f->tx, &events, NULL, NULL, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, "no head"));
}

static void a_copied_event_is_noticed(void **state)
{
	tampered(*state, "INSERT INTO event (id, node, seq, at, ticket, kind, actor, data, hash)"
		" SELECT id + 1, node, seq, at, ticket, kind, actor, data, hash FROM event WHERE seq = 5", "was given before");
}

static void a_changed_hash_is_noticed(void **state)
{
	tampered(*state, "UPDATE event SET hash = (SELECT hash FROM event WHERE seq = 1) WHERE seq = 2", "number 2");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_are_listed_in_order_with_their_tickets_number),
		TEST(a_whole_chain_verifies_over_restarts_and_nodes),
		TEST(a_changed_text_is_noticed),
		TEST(a_changed_time_is_noticed),
		TEST(a_changed_ticket_is_noticed),
		TEST(words_moved_from_one_field_to_the_next_are_noticed),
		TEST(an_event_taken_out_is_noticed),
		TEST(the_last_event_taken_away_is_noticed),
		TEST(all_events_taken_away_are_noticed),
		TEST(a_head_taken_away_is_noticed),
		TEST(a_copied_event_is_noticed),
		TEST(a_changed_hash_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
