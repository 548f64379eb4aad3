/* What a question costs may hang on its answer, on what is open and on today, but not on how much is finished: each is asked of a
 * store with so many finished tickets and again with ten times as many, and reads the same. Counted, not timed: SQLite's steps;
 * rows and index entries on PostgreSQL. */
#include "gateway/store/backlog.h"
#include "gateway/store/conversation.h"
#include "gateway/store/db_sqlite.h"
#include "gateway/store/docket.h"
#include "gateway/store/erase.h"
#include "gateway/store/event.h"
#include "gateway/store/intake.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/receipt.h"
#include "gateway/store/search.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "gateway/store/view.h"
#include "gateway/store/wall.h"
#include "tests/unit/store/fixture.h"

enum { FEW = 400, MANY = 4000, OPEN = 60, PAGE = 50, BATCH = 100 };
static unsigned newest; /* of the finished tickets */
#define CHATTY 77 /* a conversation that has a message for each ticket */

static uint64_t conversation_of(unsigned ticket)
{
	return id_floor(noon - 86400000 - (MANY - ticket) * 3600000LL) + 1;
}

/* Tickets from + 1 to `to` of citizens of their own, an hour apart up to yesterday, finished, with all that is left of one. Plain enough
 * for both backends. */
static void age(struct fixture *f, unsigned from, unsigned to)
{
	char *sql = mem_printf("CREATE TEMP TABLE n AS WITH RECURSIVE s(i) AS (SELECT %u UNION ALL SELECT i + 1 FROM s WHERE i < %u)"
		" SELECT i, CAST(%lld AS BIGINT) - (%u - i) * CAST(3600000 AS BIGINT) AS at, (CAST(%lld AS BIGINT) - (%u - i) * CAST(3600000 AS BIGINT)"
		" - 1704067200000) * 4194304 AS id FROM s;"
		"INSERT INTO conversation (id, channel, kind, peer, peer_name, account, language, verified, last_seq, created_at, last_at, read_seq, peer_key)"
		" SELECT id + 1, 'sms', 'sms', '+86130' || i, '', '12345', 'zh-CN', 1, 1, at, at, 0, '+86130' || i FROM n;"
		"INSERT INTO ticket (id, number, conversation, channel, kind, account, peer, peer_name, language, title, nature, category, department,"
		" assignee, state, flags, priority, rounds, bounces, opened_at, due_at, accepted_at, dispatched_at, replied_at, closed_at, updated_at,"
		" last_at, last_text, last_from, version, helpers) SELECT id + 2, 'old-' || i, CASE WHEN i %% 2 = 0 THEN id + 1 ELSE %u END, 'sms', 'sms', '12345', '', '',"
		" 'zh-CN', '', '', 'c', 'd' || (i %% 2), 's' || (i %% 2), 5, 8 * (i %% 2), 0, 0, 0, at, at + 3600000, at, at, at, at, at, at, '', 'citizen', 2, ',d3,' FROM n;"
		"INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, text)"
		" SELECT id + 3, %u, id + 2, i, 0, 0, at, at, 0, '', '', '路灯不亮' FROM n;"
		"INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, text)"
		" SELECT id + 4, id + 1, id + 2, 1, 2, 0, at, at, 0, '', 'received', '您的诉求已收到' FROM n;"
		"INSERT INTO outbox (message, ticket, conversation, channel, state, open, attempts, next_at, expires_at, updated_at, node, sends, parts,"
		" parts_done, error) SELECT id + 4, id + 2, id + 1, 'sms', CASE WHEN i %% 4 = 0 THEN 6 ELSE 3 END, 0, 1, 0, at, at, 0, 1, 1, 1, '' FROM n;"
		"INSERT INTO intake (channel, external_id, message, seq, ticket, at, outcome) SELECT 'sms', 'old-' || i, id + 3, i, 'old-' || i, at, 0 FROM n;"
		"INSERT INTO part (channel, external_id, message, send, done) SELECT 'sms', 'old-' || i, id + 4, 1, 1 FROM n;"
		"INSERT INTO event (id, node, seq, at, ticket, kind, actor, data, hash) SELECT id + 5, 99, i, at, id + 2, 'close', 'staff', '{}', 'x' FROM n;"
		"INSERT INTO survey (id, ticket, conversation, message, token, channel, agent, department, state, scale, round, created_at, asked_at,"
		" expires_at, answered_at, raw, comment, rating, solved) SELECT id + 6, id + 2, id + 1, id + 4, 'old-' || i, 'sms', '', 'd', 2, 0, 1, at, at, at,"
		" at, '5', '', 5, 1 FROM n;"
		"INSERT INTO docket (id, ticket, kind, department, actor, reason, basis, note, days, since, at, due_at, verdict, judge, words, judged_at, until)"
		" SELECT id + 7, id + 2, 1, 'd', 'a', '', '', '', 0, 0, at, at, 'granted', 'b', '', at, at FROM n;"
		"INSERT INTO helper (ticket, department, asked_by, asked_at, opinion, answered_by, answered_at) SELECT id + 2, 'd3', 'a', at, '', 'b', at FROM n;"
		"INSERT INTO conversation (id, channel, kind, peer, peer_name, account, language, verified, last_seq, created_at, last_at, read_seq, peer_key)"
		" VALUES (%u, 'sms', 'sms', 'chatty', '', '12345', 'zh-CN', 1, 0, 0, %lld, 0, 'chatty') ON CONFLICT (id) DO NOTHING;"
		"UPDATE conversation SET last_seq = %u, read_seq = %u - 20 WHERE id = %u; DROP TABLE n;",
		from + 1, to, (long long)(noon - 86400000), MANY, (long long)(noon - 86400000), MANY, CHATTY, CHATTY, CHATTY, (long long)noon - 10000, to, to, CHATTY);
	meddle(f, sql);
	free(sql);
}

static void index_all(struct fixture *f)
{
	size_t n = 1;
	while (n)
		ok(search_index(f->tx, 1000, &n));
}

static void grow_to(struct fixture *f, unsigned from, unsigned to)
{
	age(f, from, to);
	newest = to;
	index_all(f);
	if (f->session.ops->shared)
		meddle(f, "ANALYZE");
	commit(f);
}

/* What is going on: as much of it in an old store as in a new one. */
static void open_some(struct fixture *f)
{
	char peer[24];
	for (unsigned i = 0; i < OPEN; i++) {
		(void)snprintf(peer, sizeof peer, "+86139%08u", i);
		struct conversation_row c = a_citizen(f, peer);
		struct ticket_row t = a_ticket(f, &c, "井盖松动");
		(void)a_message(f, &c, &t, FROM_CITIZEN, "井盖松动");
		(void)a_reply(f, &c, &t, "您的诉求已收到");
		t.department = i % 2 ? "d1" : "";
		t.assignee = i % 3 ? "s1" : "";
		t.due_at = tx_now(f->tx) - (i % 2);
		ok(ticket_update(f->tx, &t));
		ok(task_put(f->tx, &(struct task_row){ .ticket = t.id, .kind = "due", .at = tx_now(f->tx) }));
	}
	meddle(f, "UPDATE ticket SET state = 5, closed_at = updated_at WHERE state < 5 AND id IN (SELECT id FROM ticket WHERE state < 5 ORDER BY id LIMIT 5)");
}

/* --- the questions --- */

static const struct ticket_query pages[] = {
	{ .state = -1 }, { .state = TICKET_NEW }, { .state = TICKET_CLOSED }, { .state = TICKET_REFUSED }, { .state = -1, .open_only = true },
	{ .state = -1, .overdue_only = true }, { .state = -1, .unassigned_only = true }, { .state = -1, .last_word = 1 }, { .state = -1, .by_due = true },
	{ .state = -1, .by_due = true, .assignee = "s1" }, { .state = -1, .department = "d1" }, { .state = TICKET_CLOSED, .department = "d1" },
	{ .state = TICKET_REFUSED, .department = "d1" }, { .state = -1, .department = "d1", .open_only = true }, { .state = -1, .department = "d3" }, { .state = -1, .department = "d3", .open_only = true },
	{ .state = TICKET_CLOSED, .department = "d3" },
	{ .state = -1, .assignee = "s1" }, { .state = -1, .assignee = "s1", .open_only = true }, { .state = -1, .flags_any = 8 },
	{ .state = -1, .flags_any = 4, .since = noon }, { .state = -1, .since = noon - 1000 }, { .state = -1, .channel = "sms" },
};
static const char *const words[] = { "井盖", "恐龙" };

static int list(struct tx *tx, struct ticket_query q)
{
	struct ticket_row *rows;
	uint64_t next;
	size_t n;
	q.limit = PAGE;
	return ticket_list(tx, &q, &rows, &n, &next);
}

static int one_page(struct tx *tx, unsigned i)
{
	return list(tx, pages[i]);
}

/* On PostgreSQL the newest five or fifty thousand messages are looked through, whatever is asked (search.c). */
static int search(struct tx *tx, unsigned i)
{
	return tx->session->ops->shared ? 0 : list(tx, (struct ticket_query){ .state = -1, .text = words[i] });
}

static int counts(struct tx *tx, unsigned i)
{
	struct ticket_counts c;
	return ticket_count(tx, (const char *const[]){ "", "d1", "d3" }[i], &c);
}

static int wall(struct tx *tx, unsigned i)
{
	struct wall w;
	(void)i;
	return wall_load(tx, &w);
}

static int waiting(struct tx *tx, unsigned i)
{
	struct ticket_row *rows;
	size_t n;
	(void)i;
	return ticket_list_waiting(tx, PAGE, &rows, &n);
}

/* What a message in asks: of a citizen who is new, and of one who has written for years, minutes ago. */
static int a_message_in(struct tx *tx, unsigned i)
{
	struct rules rules;
	struct view view;
	struct conversation_row c;
	struct intake_row seen;
	const struct msg_in in = { .peer = i ? "chatty" : "+8615000000000", .text = "还是没有人来", .received_at = tx_now(tx), .verified = true };
	rules_defaults(&rules);
	int rc = intake_find(tx, "sms", "fp:new", &seen);
	if (rc == E_NOTFOUND)
		rc = intake_said(tx, "sms", in.peer, "fp:new", tx_now(tx) - 60000, &seen);
	return rc == E_NOTFOUND ? view_load(tx, "sms", true, &in, &rules, &view, &c) : rc;
}

static int history(struct tx *tx, unsigned i)
{
	struct message_row *rows;
	const char **number;
	size_t n;
	struct conversation_row c;
	(void)i;
	int rc = conversation_get(tx, CHATTY, &c);
	return rc < 0 ? rc : message_list_conversation(tx, CHATTY, c.last_seq - 20, 100, &rows, &number, &n);
}

static int read_upto(struct tx *tx, unsigned i)
{
	struct conversation_row c;
	(void)i;
	int rc = conversation_get(tx, CHATTY, &c);
	return rc < 0 ? rc : outbox_receipt(tx, "sms", &(struct receipt){ .state = OUT_READ, .peer = "chatty", .upto_seq = c.last_seq });
}

static int clockwork(struct tx *tx, unsigned i)
{
	struct task_row *tasks;
	struct survey_row *surveys;
	size_t n;
	(void)i, (void)surveys;
	int rc = task_due(tx, tx_now(tx), 10, &tasks, &n);
	if (rc == 0)
		rc = outbox_expire(tx, 10, &n);
	return rc < 0 ? rc : survey_expire(tx, 10, &n);
}

static int outbox(struct tx *tx, unsigned i)
{
	struct outbox_row *rows;
	struct channel_backlog *b;
	size_t n;
	static const int state[] = { OUT_QUEUED, OUT_FAILED, -1 };
	int rc = outbox_list(tx, state[i], 0, PAGE, &rows, &n);
	return rc < 0 ? rc : outbox_backlog(tx, &b, &n);
}

static int rulings(struct tx *tx, unsigned i)
{
	struct docket_row *rows;
	struct helper_row *helpers;
	struct loop_counts c;
	size_t n;
	int rc = docket_open(tx, (enum docket_kind)1, i ? "d" : NULL, 0, PAGE, &rows, &n);
	if (rc == 0)
		rc = helper_open(tx, i ? "d3" : NULL, 0, PAGE, &helpers, &n);
	return rc < 0 ? rc : loop_count(tx, i ? "d3" : NULL, &c);
}

/* Everything of one citizen, the newest that is finished. */
static int erasing(struct tx *tx, unsigned i)
{
	struct erased out;
	struct err e = { 0 };
	(void)i;
	int rc = erase_conversation(tx, conversation_of(newest), "system", "retention", &out, &e);
	assert_true(rc < 0 || (out.messages == 1 && out.tickets == 1));
	return rc;
}

static const struct question {
	const char *name;
	int (*ask)(struct tx *, unsigned);
	unsigned ways;
	bool writes;
} questions[] = {
	{ "a page of tickets", one_page, sizeof pages / sizeof *pages, false }, { "a search", search, 2, false }, { "the numbers beside the views", counts, 3, false }, { "the wall", wall, 1, false },
	{ "what waits", waiting, 1, false }, { "a message in", a_message_in, 2, true }, { "the last of a long conversation", history, 1, false },
	{ "a conversation read", read_upto, 1, true }, { "the clock's work", clockwork, 1, true }, { "the outbox", outbox, 3, false }, { "rulings and helpers", rulings, 2, false },
	{ "a citizen erased", erasing, 1, true },
};

/* --- how much is read --- */

static int count_step(void *n)
{
	++*(int64_t *)n;
	return 0;
}

/* Rows and index entries that this session has read: within one transaction it only rises. Told in the words of an error, since
 * there is no statement for it. */
static int64_t rows_read(struct session *s)
{
	struct err e = { 0 };
	ok(s->ops->savepoint(s->db, &e));
	assert_true(s->ops->script(s->db, "DO $$ BEGIN RAISE 'read %.', (SELECT SUM(pg_stat_get_xact_tuples_returned(oid) +"
		" pg_stat_get_xact_tuples_fetched(oid)) FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace ="
		" CAST(current_schema() AS regnamespace)); END $$", &e) < 0);
	const char *at = strstr(e.words, "read ");
	assert_non_null(at);
	ok(s->ops->undo(s->db, &e));
	return strtoll(at + strlen("read "), NULL, 10);
}

/* As a reader asks, or the writer where it also writes. */
static int64_t cost(struct fixture *f, struct session *reader, const struct question *q, unsigned way)
{
	struct session *s = q->writes ? &f->session : reader;
	struct err e = { 0 };
	struct tx tx;
	int64_t n = 0;
	if (f->session.ops->shared)
		n = rows_read(s);
	else
		sqlite3_progress_handler(db_sqlite_handle(s->db), 1, count_step, &n);
	tx_init(&tx, s, f->arena, q->writes);
	tx_set_now(&tx, tx_now(f->tx));
	int rc = q->ask(&tx, way);
	if (rc < 0 && rc != E_NOTFOUND)
		fail_msg("%s %u: %s", q->name, way, e.words);
	if (f->session.ops->shared)
		return rows_read(s) - n;
	sqlite3_progress_handler(db_sqlite_handle(s->db), 0, NULL, NULL);
	return n;
}

enum { WAYS_MAX = 64 };

static void ask_all(struct fixture *f, int64_t of[WAYS_MAX])
{
	struct session reader;
	struct err e = { 0 };
	size_t at = 0;
	ok(session_open(&reader, f->session.ops, f->dsn, 7, DB_READER, &e));
	ok(session_begin(&reader, false, &e));
	reader.sealer = store_sealer(f->store);
	for (const struct question *q = questions; q < questions + sizeof questions / sizeof *questions; q++)
		for (unsigned way = 0; way < q->ways; way++) {
			assert_true(at < WAYS_MAX);
			of[at++] = cost(f, &reader, q, way);
		}
	session_rollback(&reader);
	session_close(&reader);
}

static void what_is_finished_makes_no_question_dearer(void **state)
{
	struct fixture *f = *state;
	int64_t few[WAYS_MAX] = { 0 }, many[WAYS_MAX] = { 0 };
	size_t at = 0, dearer = 0;
	open_some(f);
	grow_to(f, 0, FEW);
	ask_all(f, few);
	grow_to(f, FEW, MANY);
	ask_all(f, many);
	for (const struct question *q = questions; q < questions + sizeof questions / sizeof *questions; q++)
		for (unsigned way = 0; way < q->ways; way++, at++) {
			if (many[at] <= 2 * few[at] + 2 * OPEN)
				continue;
			print_error("%s %u: %lld read among %d finished tickets, %lld among %d\n", q->name, way, (long long)few[at], FEW, (long long)many[at], MANY);
			dearer++;
		}
	assert_int_equal(dearer, 0);
}

/* --- how much is written --- */

/* A batch of new citizens whose addresses fall between those that are there, in one commit. */
static int64_t pages_written(struct fixture *f)
{
	int written, unused;
	char peer[32];
	sqlite3 *h = db_sqlite_handle(f->session.db);
	commit(f);
	ok(sqlite3_db_status(h, SQLITE_DBSTATUS_CACHE_WRITE, &written, &unused, 1));
	for (unsigned i = 0; i < BATCH; i++) {
		(void)snprintf(peer, sizeof peer, "+86130%u-%u", i * 37 % MANY + 1, newest);
		struct conversation_row c = a_citizen(f, peer);
		struct ticket_row t = a_ticket(f, &c, "井盖松动");
		(void)a_message(f, &c, &t, FROM_CITIZEN, "井盖松动，车一过就响");
		(void)a_reply(f, &c, &t, "您的诉求已收到");
		ok(event_append(f->tx, t.id, "received", "citizen", "{}"));
	}
	commit(f);
	ok(sqlite3_db_status(h, SQLITE_DBSTATUS_CACHE_WRITE, &written, &unused, 1));
	return written;
}

/* It is the one that a citizen is found by. A second such index would cost each message another page of an old store, for good; all
 * else goes to the end of its tree. */
static void one_index_alone_is_written_all_over_by_new_citizens(void **state)
{
	struct fixture *f = *state;
	if (f->session.ops->shared)
		skip();
	grow_to(f, 0, FEW);
	int64_t few = pages_written(f);
	grow_to(f, FEW, MANY);
	int64_t many = pages_written(f);
	assert_in_range(few, BATCH / 4, 2 * BATCH);
	assert_in_range(many, few, few + BATCH / 2);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_finished_makes_no_question_dearer),
		TEST(one_index_alone_is_written_all_over_by_new_citizens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
