/* What only the SQLite backend can be asked: its files, its lock, its limits and its query plans. */
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "gateway/store/db_sqlite.h"
#include "gateway/store/kept.h"
#include "gateway/store/verify.h"
#include "tests/unit/store/fixture.h"

static int setup_sqlite(void **state)
{
	unsetenv("XQ_TEST_STORE");
	return setup(state);
}

/* --- the file --- */

static void the_store_is_readable_by_its_owner_only(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	ok(stat(f->path, &st));
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_commit_is_synced_in_wal_mode(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *s;
	sqlite3 *h = db_sqlite_handle(f->session.db);
	ok(sqlite3_prepare_v2(h, "SELECT synchronous, journal_mode FROM pragma_synchronous, pragma_journal_mode", -1, &s, NULL));
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(s, 0), 2);
	assert_string_equal((const char *)sqlite3_column_text(s, 1), "wal");
	sqlite3_finalize(s);
}

static void a_file_that_is_no_store_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	struct err e = { 0 };
	char name[600], dsn[640];
	snprintf(name, sizeof name, "%s.copy", f->path);
	snprintf(dsn, sizeof dsn, "sqlite:%s", name);
	FILE *out = fopen(name, "w");
	fputs("this is a text that somebody wrote, and no database at all: much longer than a header\n", out);
	fclose(out);
	assert_int_equal(store_open(&s, &(struct store_config){ .dsn = dsn }, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, name));
}

/* More pages than are kept in memory: they are read back from the log before it is committed. */
static void a_store_that_cannot_be_opened_says_what_the_system_says(void **state)
{
	struct fixture *f = *state;
	char dsn[200];
	struct store *s = NULL;
	struct err e;
	(void)snprintf(dsn, sizeof dsn, "sqlite:%s", f->folder);
	assert_int_equal(store_open(&s, &(struct store_config){ .dsn = dsn }, &e), E_IO);
	assert_non_null(strstr(e.words, "unable to open database file: Is a directory (SQLite"));
}

static void a_transaction_larger_than_memory_reads_what_it_wrote_and_shows_nobody(void **state)
{
	struct fixture *f = *state;
	struct session other;
	struct err e = { 0 };
	char key[16];
	const char *value;
	static char big[8000];
	memset(big, 'x', sizeof big - 1);
	ok(session_open(&other, f->session.ops, f->dsn, 7, DB_READER, &e));
	for (unsigned i = 0; i < 4000; i++) {
		snprintf(key, sizeof key, "%u", i);
		snprintf(big, 16, "%015u", i * 7);
		ok(kept_put(f->tx, "many", key, big));
	}
	for (unsigned i = 0; i < 4000; i += 13) {
		snprintf(key, sizeof key, "%u", i);
		ok(kept_get(f->tx, "many", key, &value));
		assert_int_equal(strtoul(value, NULL, 10), i * 7);
	}
	struct tx look;
	ok(session_begin(&other, false, &e));
	tx_init(&look, &other, f->arena, false);
	assert_int_equal(kept_get(&look, "many", "0", &value), E_NOTFOUND);
	session_rollback(&other);
	commit(f);
	ok(session_begin(&other, false, &e));
	tx_init(&look, &other, f->arena, false);
	ok(kept_get(&look, "many", "3999", &value));
	session_rollback(&other);
	session_close(&other);
	reopen(f);
	ok(kept_get(f->tx, "many", "2024", &value));
	assert_int_equal(strtoul(value, NULL, 10), 2024 * 7);
	sqlite3_stmt *s;
	ok(sqlite3_prepare_v2(db_sqlite_handle(f->session.db), "PRAGMA integrity_check", -1, &s, NULL));
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(s, 0), "ok");
	sqlite3_finalize(s);
}

/* A file that may not grow is what a full disk looks like to a write. */
static void a_commit_that_cannot_be_written_fails_and_nothing_of_it_comes_back(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small;
	struct err e = { 0 };
	const char *value;
	static char big[300000];
	memset(big, 'x', sizeof big - 1);
	void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
	ok(getrlimit(RLIMIT_FSIZE, &before));
	small = before;
	for (unsigned i = 0; i < 2; i++) {
		ok(kept_put(f->tx, "lost", "a", i ? "small" : big)); /* more than is gathered, and less */
		small.rlim_cur = 4096;
		ok(setrlimit(RLIMIT_FSIZE, &small));
		int rc = session_commit(&f->session, &e);
		ok(setrlimit(RLIMIT_FSIZE, &before));
		assert_int_equal(rc, E_IO);
		f->open = false;
		arena_destroy(&f->arena);
		begin(f, noon);
		assert_int_equal(kept_get(f->tx, "lost", "a", &value), E_NOTFOUND);
	}
	ok(kept_put(f->tx, "kept", "a", "1"));
	reopen(f);
	(void)signal(SIGXFSZ, was);
	assert_int_equal(kept_get(f->tx, "lost", "a", &value), E_NOTFOUND);
	ok(kept_get(f->tx, "kept", "a", &value));
}

/* --- one gateway --- */

static void a_second_gateway_is_refused_with_the_firsts_process(void **state)
{
	struct fixture *f = *state;
	struct store *first, *second;
	struct err e = { 0 };
	char pid[24];
	end(f);
	struct store_config c = fixture_config(f);
	c.exclusive = true;
	ok(store_open(&first, &c, &e));
	assert_int_equal(store_open(&second, &c, &e), E_EXISTS);
	snprintf(pid, sizeof pid, "process %ld", (long)getpid());
	assert_non_null(strstr(e.words, pid));
	assert_non_null(strstr(e.words, f->path));
	assert_non_null(strstr(e.words, ".lock"));
	c.exclusive = false; /* the command line may */
	ok(store_open(&second, &c, &e));
	store_close(&second);
	store_close(&first);
	c.exclusive = true; /* and after the first has gone */
	ok(store_open(&second, &c, &e));
	store_close(&second);
}

static void a_second_gateway_is_refused_also_by_another_name_of_the_store(void **state)
{
	struct fixture *f = *state;
	struct store *first, *second = NULL;
	struct err e = { 0 };
	char link[200], dsn[220];
	end(f);
	struct store_config c = fixture_config(f);
	c.exclusive = true;
	ok(store_open(&first, &c, &e));
	snprintf(link, sizeof link, "%s/link.db", f->folder);
	snprintf(dsn, sizeof dsn, "sqlite:%s", link);
	assert_int_equal(symlink(f->path, link), 0);
	c.dsn = dsn;
	assert_int_equal(store_open(&second, &c, &e), E_EXISTS);
	store_close(&first);
}

static void a_lock_does_not_outlive_its_process(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	struct store *s;
	int status;
	end(f);
	struct store_config c = fixture_config(f);
	c.exclusive = true;
	pid_t child = fork();
	if (child == 0)
		_exit(store_open(&s, &c, &e) == 0 ? 0 : 1); /* without closing, as when killed */
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	ok(store_open(&s, &c, &e));
	store_close(&s);
}

/* --- backup --- */

struct busy {
	struct fixture *f;
	unsigned steps;
	int done, total;
};

static int put_one(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	return kept_put(tx, "during", arena_printf(tx_arena(tx), "%u", ((struct busy *)arg)->steps), "x");
}

/* Somebody writes between any two steps of the copy. */
static void write_meanwhile(void *arg, int done, int total)
{
	struct busy *b = arg;
	struct err e;
	b->steps++;
	b->done = done;
	b->total = total;
	ok(store_now(b->f->store, true, put_one, b, &e));
}

static void a_backup_is_of_one_moment_while_the_store_is_written(void **state)
{
	struct fixture *f = *state;
	struct busy b = { .f = f };
	struct err e = { 0 };
	char copy[600], dsn[640];
	static char big[10000];
	memset(big, 'x', sizeof big - 1);
	for (unsigned i = 0; i < 1000; i++)
		ok(kept_put(f->tx, "before", arena_printf(f->arena, "%u", i), big));
	end(f);
	snprintf(copy, sizeof copy, "%s.copy", f->path);
	snprintf(dsn, sizeof dsn, "sqlite:%s", copy);
	ok(store_backup(f->store, copy, write_meanwhile, &b, &e));
	assert_true(b.steps > 2);
	assert_int_equal(b.done, b.total);
	struct stat st;
	ok(stat(copy, &st));
	assert_int_equal(st.st_mode & 0777, 0600);
	struct session s;
	int64_t n = 0;
	ok(session_open(&s, &db_sqlite, dsn, 7, DB_WRITER, &e));
	struct tx tx;
	struct arena *a = arena_create(1000);
	tx_init(&tx, &s, a, false);
	const char *value;
	ok(kept_get(&tx, "before", "999", &value));
	assert_int_equal(kept_get(&tx, "during", "1", &value), E_NOTFOUND);
	ok(event_verify(&tx, &n, NULL, NULL, &e));
	arena_destroy(&a);
	session_close(&s);
	char more[700];
	snprintf(more, sizeof more, "%s-wal", copy);
	unlink(more);
	snprintf(more, sizeof more, "%s-shm", copy);
	unlink(more);
}

static void a_backup_over_the_store_itself_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	end(f);
	assert_int_equal(store_backup(f->store, f->path, NULL, NULL, &e), E_CONFLICT);
	assert_int_equal(store_backup(f->store, "/nowhere/at/all", NULL, NULL, &e), E_IO);
	assert_non_null(strstr(e.words, "/nowhere/at/all"));
}

/* --- a full disk --- */

struct filler {
	struct store *store;
	int rc;
	char words[ERR_WORDS_MAX];
	bool healthy;
};
static char much[600000];

static int fill_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	int rc = kept_put(tx, "fill", "a", much);
	return rc < 0 ? rc : kept_put(tx, "fill", "b", much);
}

static int small_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	return kept_put(tx, "small", "a", "b");
}

static void filler_done(void *arg, int rc, const struct err *e)
{
	struct filler *j = arg;
	j->rc = rc;
	j->healthy = store_healthy(j->store);
	snprintf(j->words, sizeof j->words, "%s", e->words);
}

static int limit_run(struct tx *tx, void *arg, struct err *e)
{
	return tx->session->ops->script(tx->session->db, arg, e);
}

static void a_full_disk_fails_the_job_and_service_goes_on_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	uv_loop_t loop;
	struct err e = { 0 };
	end(f);
	memset(much, 'x', sizeof much - 1);
	ok(uv_loop_init(&loop));
	ok(store_start(f->store, &loop, &e));
	static char tight[] = "PRAGMA max_page_count = 200", wide[] = "PRAGMA max_page_count = 1000000";
	struct filler big = { f->store, 1, "", false }, small = big, again = big;
	ok(store_write(f->store, limit_run, NULL, tight));
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(store_write(f->store, fill_run, filler_done, &big));
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(big.rc, E_IO);
	assert_false(big.healthy);
	assert_non_null(strstr(big.words, "full"));
	ok(store_write(f->store, small_run, filler_done, &small)); /* what still fits is taken */
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(small.rc, 0);
	assert_true(small.healthy);
	ok(store_write(f->store, limit_run, NULL, wide));
	ok(store_write(f->store, fill_run, filler_done, &again));
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(again.rc, 0);
	assert_true(again.healthy);
	store_stop(f->store);
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(uv_loop_close(&loop));
}

static sem_t at_gate, gate;

static int gate_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx;
	(void)arg;
	(void)e;
	sem_post(&at_gate);
	sem_wait(&gate);
	return 0;
}

static int big_run(struct tx *tx, void *arg, struct err *e)
{
	int rc = tx->session->ops->script(tx->session->db, "UPDATE kept SET value = replace(value, 'x', 'y')", e);
	return rc < 0 ? rc : *(int *)arg;
}

/* Far more pages than the memory that is kept for undoing. */
static void a_job_of_any_size_is_done_or_undone(void **state)
{
	struct fixture *f = *state;
	uv_loop_t loop;
	struct err e = { 0 };
	int undone = E_CONFLICT, done = 0;
	const char *value;
	static char big[3000];
	memset(big, 'x', sizeof big - 1);
	for (unsigned i = 0; i < 2000; i++)
		ok(kept_put(f->tx, "many", arena_printf(f->arena, "%u", i), big));
	end(f);
	ok(uv_loop_init(&loop));
	ok(store_start(f->store, &loop, &e));
	for (unsigned round = 0; round < 2; round++) {
		struct filler job[3] = { { f->store, 1, "", false }, { f->store, 1, "", false }, { f->store, 1, "", false } };
		sem_init(&at_gate, 0, 0);
		sem_init(&gate, 0, 0);
		ok(store_write(f->store, gate_run, NULL, NULL));
		sem_wait(&at_gate);
		ok(store_write(f->store, small_run, filler_done, &job[0]));
		ok(store_write(f->store, big_run, NULL, round ? &done : &undone));
		ok(store_write(f->store, small_run, filler_done, &job[2]));
		sem_post(&gate);
		uv_run(&loop, UV_RUN_DEFAULT);
		assert_int_equal(job[0].rc, 0);
		assert_int_equal(job[2].rc, 0);
		begin(f, noon);
		ok(kept_get(f->tx, "many", "1999", &value));
		assert_int_equal(value[2000], round ? 'y' : 'x');
		end(f);
	}
	store_stop(f->store);
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(uv_loop_close(&loop));
}

/* Room is short in the middle of a batch: nobody is told "done" whose work is not there. */
static void a_full_disk_in_a_batch_loses_nobody_who_was_told_done(void **state)
{
	struct fixture *f = *state;
	uv_loop_t loop;
	struct err e = { 0 };
	static char tight[] = "PRAGMA max_page_count = 200";
	struct filler job[3] = { { f->store, 1, "", false }, { f->store, 1, "", false }, { f->store, 1, "", false } };
	end(f);
	memset(much, 'x', sizeof much - 1);
	ok(uv_loop_init(&loop));
	ok(store_start(f->store, &loop, &e));
	ok(store_write(f->store, limit_run, NULL, tight));
	uv_run(&loop, UV_RUN_DEFAULT);
	sem_init(&at_gate, 0, 0);
	sem_init(&gate, 0, 0);
	ok(store_write(f->store, gate_run, NULL, NULL));
	sem_wait(&at_gate);
	ok(store_write(f->store, small_run, filler_done, &job[0]));
	ok(store_write(f->store, fill_run, filler_done, &job[1]));
	ok(store_write(f->store, small_run, filler_done, &job[2]));
	sem_post(&gate);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(job[0].rc, E_IO); /* SQLite dropped the transaction with it, and it says so */
	assert_int_equal(job[2].rc, 0);    /* ran in the next one */
	store_stop(f->store);
	uv_run(&loop, UV_RUN_DEFAULT);
	ok(uv_loop_close(&loop));
	assert_int_equal(job[1].rc, E_IO);
	begin(f, noon);
	const char *value;
	int there = kept_get(f->tx, "small", "a", &value);
	assert_int_equal(there, job[0].rc == 0 || job[2].rc == 0 ? 0 : E_NOTFOUND);
	assert_int_equal(kept_get(f->tx, "fill", "a", &value), E_NOTFOUND);
}

/* --- plans: no list may read a whole table --- */

static void plan_of(struct fixture *f, enum stmt s, char *out, size_t cap)
{
	sqlite3_stmt *st;
	char *sql = mem_printf("EXPLAIN QUERY PLAN %s", stmt_text(s, false));
	ok(sqlite3_prepare_v2(db_sqlite_handle(f->session.db), sql, -1, &st, NULL));
	*out = '\0';
	while (sqlite3_step(st) == SQLITE_ROW) {
		strncat(out, (const char *)sqlite3_column_text(st, 3), cap - strlen(out) - 1);
		strncat(out, "; ", cap - strlen(out) - 1);
	}
	sqlite3_finalize(st);
	free(sql);
}

static void every_statement_that_grows_with_the_store_uses_its_index(void **state)
{
	struct fixture *f = *state;
	static const struct { enum stmt s; const char *index; } want[] = {
		{ STMT_ticket_list, "INTEGER PRIMARY KEY" }, { STMT_ticket_list_state, "ticket_state" },
		{ STMT_ticket_list_department, "ticket_department" }, { STMT_ticket_list_department_state, "ticket_department_state" },
		{ STMT_ticket_list_assignee, "ticket_assignee" }, { STMT_ticket_list_flags, "ticket_flags" },
		{ STMT_ticket_list_due, "ticket_due" }, { STMT_ticket_states, "ticket_state" },
		{ STMT_ticket_states_department, "ticket_department_state" }, { STMT_ticket_closed, "ticket_closed" },
		{ STMT_ticket_opened, "INTEGER PRIMARY KEY" }, { STMT_ticket_open_counts, "ticket_state" },
		{ STMT_view_tickets, "ticket_conversation" }, { STMT_view_recent, "message_conversation" },
		{ STMT_view_survey, "survey_conversation" }, { STMT_message_list_ticket, "message_ticket" },
		{ STMT_message_list_conversation, "message_conversation" }, { STMT_outbox_due, "outbox_due" },
		{ STMT_outbox_insert, "outbox_open" }, { STMT_outbox_release, "outbox_open" }, { STMT_outbox_older, "outbox_open" },
		{ STMT_outbox_step_back, "outbox_open" }, { STMT_outbox_wake, "outbox_open" }, { STMT_outbox_next, "outbox_due" },
		{ STMT_outbox_expired, "COVERING INDEX outbox_due" }, { STMT_outbox_list_trouble, "outbox_trouble" },
		{ STMT_outbox_list_open, "outbox_open" }, { STMT_outbox_left, "outbox_open" }, { STMT_outbox_unfinished, "outbox_open" }, { STMT_outbox_unsent, "outbox_open" }, { STMT_outbox_upto, "message_conversation" },
		{ STMT_survey_expired, "survey_expiry" }, { STMT_survey_of_ticket, "survey_ticket" },
		{ STMT_event_list_ticket, "event_ticket" }, { STMT_early_drop, "receipt_early_at" },
		{ STMT_erase_open, "message_conversation" }, { STMT_erase_due, "message_conversation" },
		{ STMT_erase_said_there, "message_conversation" }, { STMT_erase_newest_there, "message_ticket" },
		{ STMT_file_named, "attachment_sha256" }, { STMT_file_named, "message_raw" }, { STMT_file_named, "quarantine_raw" },
		{ STMT_erase_aside, "INTEGER PRIMARY KEY" }, { STMT_erase_aside_old, "INTEGER PRIMARY KEY" },
	};
	char plan[2000];
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		plan_of(f, want[i].s, plan, sizeof plan);
		if (!strstr(plan, want[i].index))
			fail_msg("%s: %s", stmt_name(want[i].s), plan);
	}
	static const enum stmt unsorted[] = { STMT_ticket_list, STMT_ticket_list_state, STMT_ticket_list_department,
		STMT_ticket_list_department_state, STMT_ticket_list_assignee, STMT_ticket_list_flags, STMT_view_tickets, STMT_outbox_due };
	for (size_t i = 0; i < sizeof unsorted / sizeof *unsorted; i++) {
		plan_of(f, unsorted[i], plan, sizeof plan);
		if (strstr(plan, "TEMP B-TREE"))
			fail_msg("%s: %s", stmt_name(unsorted[i]), plan);
	}
}

/* Whole tables are read by the proof of the chain, the search for files nobody names, once an hour by what looks for citizens
 * whose time is over, and where a store goes on from a copy; the others are small. What is being written is read for each file that came
 * up nine days ago. */
static void no_statement_reads_all_of_a_table_that_grows(void **state)
{
	struct fixture *f = *state;
	static const enum stmt may[] = { STMT_chain_walk, STMT_files_each, STMT_erase_due, STMT_node_ids, STMT_node_list, STMT_forward_list,
		STMT_staff_list, STMT_session_drop_staff, STMT_session_drop_others, STMT_session_count, STMT_session_drop_expired, STMT_token_list, STMT_segment_stale, STMT_conversation_ahead,
		STMT_upload_old };
	char plan[2000];
	for (enum stmt s = 0; s < STMT_COUNT; s++) {
		bool allowed = false;
		plan_of(f, s, plan, sizeof plan);
		for (size_t i = 0; i < sizeof may / sizeof *may; i++)
			allowed = allowed || may[i] == s;
		for (const char *at = strstr(plan, "SCAN "), *end; at && !allowed; at = strstr(end, "SCAN ")) {
			char step[200];
			end = at + strcspn(at, ";");
			(void)snprintf(step, sizeof step, "%.*s", (int)(end - at), at);
			if (!strstr(step, " USING ") && !strstr(step, "CONSTANT ROW") && !strstr(step, "VIRTUAL TABLE"))
				fail_msg("%s: %s", stmt_name(s), plan);
		}
	}
}

static void every_statement_prepares(void **state)
{
	struct fixture *f = *state;
	char plan[2000];
	for (enum stmt s = 0; s < STMT_COUNT; s++)
		plan_of(f, s, plan, sizeof plan);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup_sqlite, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_store_is_readable_by_its_owner_only),
		TEST(a_commit_is_synced_in_wal_mode),
		TEST(a_file_that_is_no_store_is_refused),
		TEST(a_store_that_cannot_be_opened_says_what_the_system_says),
		TEST(a_transaction_larger_than_memory_reads_what_it_wrote_and_shows_nobody),
		TEST(a_commit_that_cannot_be_written_fails_and_nothing_of_it_comes_back),
		TEST(a_second_gateway_is_refused_with_the_firsts_process),
		TEST(a_second_gateway_is_refused_also_by_another_name_of_the_store),
		TEST(a_lock_does_not_outlive_its_process),
		TEST(a_backup_is_of_one_moment_while_the_store_is_written),
		TEST(a_backup_over_the_store_itself_is_refused),
		TEST(a_full_disk_fails_the_job_and_service_goes_on_when_there_is_room),
		TEST(a_full_disk_in_a_batch_loses_nobody_who_was_told_done),
		TEST(a_job_of_any_size_is_done_or_undone),
		TEST(every_statement_that_grows_with_the_store_uses_its_index),
		TEST(no_statement_reads_all_of_a_table_that_grows),
		TEST(every_statement_prepares),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
