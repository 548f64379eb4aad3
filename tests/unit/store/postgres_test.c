/* What only the PostgreSQL backend can be asked. Runs where XQ_TEST_STORE names one: tests/postgres THIS. */
#include "gateway/store/conversation.h"
#include "gateway/store/db_postgres.h"
#include "gateway/store/event.h"
#include "gateway/store/message.h"
#include "gateway/store/pg_statement.h"
#include "gateway/store/place.h"
#include "gateway/store/search.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/relay.h"

/* --- statements --- */

static void every_statement_prepares_and_uses_only_known_types(void **state)
{
	struct fixture *f = *state;
	struct pg_link *l = &f->session.db->link;
	static struct pg_statements known;
	unsigned wrong = 0;
	end(f);
	meddle(f, "DEALLOCATE ALL");
	for (enum stmt s = 0; s < STMT_COUNT; s++) {
		struct err e = { 0 };
		pg_link_forgive(l);
		if (pg_statement_prepare(l, &known, s, &e) == 0)
			continue;
		print_error("%s\n", e.words);
		wrong++;
	}
	pg_link_forgive(l);
	assert_int_equal(wrong, 0);
}

/* --- waiting for the server --- */

static int on_words(const PGresult *r, int row, void *arg)
{
	(void)snprintf(arg, 200, "%s", PQgetvalue(r, row, 0));
	return 1;
}

/* An index of a large table takes longer than any other answer may. */
static void a_migration_may_take_long(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	end(f);
	assert_int_equal(session_begin(&f->session, true, &e), 0);
	assert_int_equal(pg_link_settle(&f->session.db->link, NULL, NULL, &e), 0);
	f->session.db->link.wait_ms = 200;
	if (f->session.ops->script(f->session.db, "DO $$ BEGIN PERFORM pg_sleep(1); END $$", &e) < 0)
		fail_msg("%s", e.words);
	assert_int_equal(f->session.db->link.wait_ms, 200);
	f->session.db->link.wait_ms = 20000;
	session_rollback(&f->session);
}

/* Dead rows of the queue and of tickets are in the way of every claim and every count: they go by number, not by share. */
static void what_is_changed_all_the_time_is_vacuumed_by_number(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	char found[200] = "";
	static const char ask[] = "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relkind = 'r'"
		" AND c.relnamespace = CAST(current_schema() AS regnamespace) AND 'autovacuum_vacuum_scale_factor=0' = ANY (c.reloptions)"
		" AND 'vacuum_index_cleanup=on' = ANY (c.reloptions)";
	end(f);
	if (pg_link_script(&f->session.db->link, ask, on_words, found, &e) < 0)
		fail_msg("%s", e.words);
	assert_string_equal(found, "outbox ticket");
}

/* --- a server that goes away --- */

static int count_run(struct tx *tx, void *arg, struct err *e)
{
	unsigned *runs = arg;
	(void)e;
	(*runs)++;
	return event_append(tx, 0, "login", "once", "{}");
}

static void once_run(struct fixture *f, enum relay_end how)
{
	struct relay r;
	struct store *s;
	struct err e = { 0 };
	struct event_row *v;
	unsigned runs = 0;
	size_t n;
	end(f);
	relay_start(&r, f->session.db->link.conn);
	struct store_config c = fixture_config(f);
	c.dsn = r.dsn;
	c.node = 3;
	if (store_open(&s, &c, &e) < 0)
		fail_msg("%s", e.words);
	atomic_store(&r.end, how);
	int64_t began = clock_monotonic();
	int rc = store_now(s, true, count_run, &runs, &e), met = atomic_load(&r.end) == RELAY_PASS;
	int after = store_now(s, true, count_run, &(unsigned){ 0 }, &(struct err){ 0 });
	store_close(&s);
	relay_stop(&r);
	assert_true(met);
	assert_int_equal(rc, 0);
	assert_int_equal(e.code, 0);
	assert_int_equal(runs, 1);
	assert_int_equal(after, 0);
	assert_in_range(clock_monotonic() - began, 0, 10000); /* the socket is open still, and nobody waits for it */
	begin(f, noon);
	ok(event_list(f->tx, "0", 9, &v, &n, NULL));
	assert_int_equal(n, 2);
}

/* pg_ctl restart -m fast, an upgrade, a switchover: what is committed by then was said to be. */
static void a_commit_that_was_answered_before_the_server_went_is_not_run_again(void **state)
{
	once_run(*state, RELAY_END_BEHIND);
}

static void a_commit_whose_answer_is_the_server_s_farewell_is_asked_after(void **state)
{
	once_run(*state, RELAY_END_BEFORE);
}

/* --- search --- */

static int index_all(struct tx *tx, size_t *n)
{
	int rc = 0;
	for (*n = 1; rc == 0 && *n > 0;)
		rc = search_index(tx, 2000, n);
	return rc;
}

static size_t found(struct fixture *f, const char *words, uint64_t *first)
{
	struct ticket_row *rows;
	size_t n;
	uint64_t next;
	ok(ticket_list(f->tx, &(struct ticket_query){ .state = -1, .text = words, .limit = 50 }, &rows, &n, &next));
	*first = n ? rows[0].id : 0;
	return n;
}

/* More newer messages than are looked through one by one. */
static void words_that_are_long_ago_are_found_behind_thousands_of_others(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row old = a_ticket(f, &c, "甲"), busy = a_ticket(f, &c, "乙");
	char sql[1000];
	uint64_t first;
	size_t n;
	(void)a_message(f, &c, &old, FROM_CITIZEN, "公园里有恐龙");
	tx_set_now(f->tx, noon + 60000);
	ok(index_all(f->tx, &n));
	(void)snprintf(sql, sizeof sql, "INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, text)"
		" SELECT %llu + n, %llu, %llu, 0, 0, 0, 0, 0, 0, '', '', '噪声' FROM generate_series(1000, 61000) n; INSERT INTO search SELECT id,"
		" array_to_tsvector(ARRAY['噪声']) FROM message WHERE text = '噪声'; UPDATE kept SET value = (SELECT CAST(MAX(id) AS TEXT) FROM message)"
		" WHERE space = 'search'", (unsigned long long)busy.id, (unsigned long long)c.id, (unsigned long long)busy.id);
	meddle(f, sql);
	(void)a_message(f, &c, &busy, FROM_CITIZEN, "路灯不亮");
	assert_int_equal(found(f, "恐龙", &first), 1);
	assert_true(first == old.id);
	assert_int_equal(found(f, "路灯", &first), 1);
	assert_true(first == busy.id);
	assert_int_equal(found(f, "猛犸", &first), 0);
}

/* --- events of several nodes --- */

struct other {
	struct session session;
	struct arena *arena;
	struct tx tx;
};

static void other_begins(struct fixture *f, struct other *o, int64_t now)
{
	struct err e = { 0 };
	if (session_open(&o->session, db_find(f->dsn), f->dsn, 3, DB_WRITER, &e) < 0 || session_begin(&o->session, true, &e) < 0)
		fail_msg("%s", e.words);
	o->arena = arena_create(4096);
	tx_init(&o->tx, &o->session, o->arena, true);
	tx_set_now(&o->tx, now);
}

static void other_ends(struct other *o)
{
	struct err e = { 0 };
	if (session_commit(&o->session, &e) < 0)
		fail_msg("%s", e.words);
	session_close(&o->session);
	arena_destroy(&o->arena);
}

/* One node begins first and commits last; the other's events are read in between. */
static void two_nodes_that_commit_in_the_opposite_order_lose_no_reader_an_event(void **state)
{
	struct fixture *f = *state;
	struct other o;
	struct event_row *v;
	const char *next;
	size_t n;
	other_begins(f, &o, noon);
	ok(event_append(&o.tx, 0, "login", "early", "{}"));
	tx_set_now(f->tx, noon + 5000);
	ok(event_append(f->tx, 0, "login", "late", "{}"));
	commit(f);
	ok(event_list(f->tx, "0", 9, &v, &n, &next));
	assert_int_equal(n, 1);
	assert_string_equal(v[0].actor, "late");
	uint64_t seen = v[0].id;
	next = strdup(next);
	other_ends(&o);
	commit(f);
	ok(event_list(f->tx, next, 9, &v, &n, NULL));
	free((char *)(uintptr_t)next);
	assert_int_equal(n, 1);
	assert_string_equal(v[0].actor, "early");
	assert_true(v[0].id < seen);
}

/* A node's clock is behind: its step on a ticket still comes after the one it has seen. */
static void steps_of_one_ticket_keep_their_order_whatever_the_clocks_say(void **state)
{
	struct fixture *f = *state;
	struct other o;
	struct event_row *v;
	size_t n;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	ok(event_append(f->tx, t.id, "received", "citizen", "{}"));
	commit(f);
	other_begins(f, &o, noon - 60000);
	ok(event_append(&o.tx, t.id, "accept", "li", "{}"));
	ok(event_append(&o.tx, t.id, "dispatch", "li", "{}"));
	other_ends(&o);
	commit(f);
	ok(event_append(f->tx, t.id, "reply", "wang", "{}"));
	commit(f);
	ok(event_list(f->tx, "0", 9, &v, &n, NULL));
	assert_int_equal(n, 4);
	static const char *const kinds[] = { "received", "accept", "dispatch", "reply" };
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(v[i].kind, kinds[i]);
}

int main(void)
{
	const char *dsn = getenv("XQ_TEST_STORE");
	if (!dsn || strncmp(dsn, "postgres", 8) != 0) {
		print_error("this suite needs a PostgreSQL: tests/postgres build/release/tests/unit/store/postgres_test\n");
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_migration_may_take_long, setup, teardown),
		cmocka_unit_test_setup_teardown(a_commit_that_was_answered_before_the_server_went_is_not_run_again, setup, teardown),
		cmocka_unit_test_setup_teardown(a_commit_whose_answer_is_the_server_s_farewell_is_asked_after, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_changed_all_the_time_is_vacuumed_by_number, setup, teardown),
		cmocka_unit_test_setup_teardown(words_that_are_long_ago_are_found_behind_thousands_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(every_statement_prepares_and_uses_only_known_types, setup, teardown),
		cmocka_unit_test_setup_teardown(two_nodes_that_commit_in_the_opposite_order_lose_no_reader_an_event, setup, teardown),
		cmocka_unit_test_setup_teardown(steps_of_one_ticket_keep_their_order_whatever_the_clocks_say, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
