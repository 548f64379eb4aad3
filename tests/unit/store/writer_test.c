/* The writer, the readers and the promises of store.h about them. */
#include "gateway/store/conversation.h"
#include "gateway/store/kept.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"
#include "tests/unit/store/writer.h"

static void a_failing_job_is_rolled_back_alone(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = E_CONFLICT }, { s, "three", .answer = 0 } };
	close_gate(s);
	for (size_t i = 0; i < 3; i++)
		ok(store_write(s->store, put_run, put_done, &j[i]));
	sem_post(&s->gate);
	run_all(s);
	assert_int_equal(j[0].rc, 0);
	assert_int_equal(j[1].rc, E_CONFLICT);
	assert_int_equal(j[2].rc, 0);
	assert_true(visible(s, "one"));
	assert_false(visible(s, "two"));
	assert_true(visible(s, "three"));
	assert_true(store_healthy(s->store)); /* a job that says no is no fault of the disk */
}

static void a_job_that_fails_by_itself_is_rolled_back(void **state)
{
	struct scene *s = *state;
	struct job_arg j = { s, "alone", .answer = E_RANGE };
	ok(store_write(s->store, put_run, put_done, &j));
	run_all(s);
	assert_int_equal(j.rc, E_RANGE);
	assert_false(visible(s, "alone"));
	struct job_arg next = { s, "next", .answer = 0 };
	ok(store_write(s->store, put_run, put_done, &next));
	run_all(s);
	assert_true(next.id > j.id); /* an id that was given, say to a log, is not given again */
}

static void the_event_of_a_failed_job_leaves_the_chain_whole(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = E_CONFLICT }, { s, "three", .answer = 0 } };
	struct err e;
	int64_t events = 0;
	close_gate(s);
	for (size_t i = 0; i < 3; i++)
		ok(store_write(s->store, event_run, NULL, &j[i]));
	sem_post(&s->gate);
	run_all(s);
	ok(store_now(s->store, false, verify_run, &events, &e));
	assert_int_equal(events, 2);
}

static void done_runs_only_when_the_commit_can_be_seen(void **state)
{
	struct scene *s = *state;
	struct job_arg j[20];
	char name[20][8];
	close_gate(s);
	for (size_t i = 0; i < 20; i++) {
		snprintf(name[i], sizeof name[i], "n%zu", i);
		j[i] = (struct job_arg){ .s = s, .name = name[i] };
		ok(store_write(s->store, put_run, put_done, &j[i]));
	}
	assert_false(visible(s, "n0"));
	sem_post(&s->gate);
	run_all(s);
	for (size_t i = 0; i < 20; i++) {
		assert_true(j[i].done);
		assert_true(j[i].seen);
	}
}

static void jobs_run_and_end_in_the_order_they_were_given(void **state)
{
	struct scene *s = *state;
	struct job_arg j[10];
	char name[10][8];
	for (size_t i = 0; i < 10; i++) {
		snprintf(name[i], sizeof name[i], "n%zu", i);
		j[i] = (struct job_arg){ .s = s, .name = name[i] };
		ok(store_write(s->store, put_run, put_done, &j[i]));
	}
	run_all(s);
	for (size_t i = 0; i < 10; i++) {
		assert_string_equal(s->log[i] + 5, name[i]);
		assert_true(i == 0 || j[i].id > j[i - 1].id);
	}
}

struct asked { struct scene *s; unsigned others; };

static int nothing_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx, (void)arg, (void)e;
	return 0;
}

static void asked_done(void *arg, int rc, const struct err *e)
{
	struct asked *a = arg;
	(void)rc, (void)e;
	a->others = store_queued(a->s->store);
}

static void who_is_told_is_not_among_those_who_wait(void **state)
{
	struct scene *s = *state;
	struct asked a = { s, 99 };
	ok(store_write(s->store, nothing_run, asked_done, &a));
	run_all(s);
	assert_int_equal(a.others, 0);
}

static void a_full_queue_takes_nothing(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = 0 }, { s, "three", .answer = 0 } };
	close_gate(s);
	ok(store_write(s->store, put_run, put_done, &j[0]));
	ok(store_write(s->store, put_run, put_done, &j[1]));
	assert_int_equal(store_queued(s->store), 3);
	assert_int_equal(store_write(s->store, put_run, put_done, &j[2]), E_AGAIN);
	sem_post(&s->gate);
	run_all(s);
	assert_true(j[0].done && j[1].done);
	assert_false(j[2].done);
	assert_false(visible(s, "three"));
	assert_int_equal(store_queued(s->store), 0);
	ok(store_write(s->store, put_run, put_done, &j[2])); /* room again */
	run_all(s);
	assert_true(visible(s, "three"));
}

static void stop_finishes_what_was_taken_and_takes_no_more(void **state)
{
	struct scene *s = *state;
	struct job_arg j[5], late = { s, "late", .answer = 0 };
	char name[5][8];
	close_gate(s);
	for (size_t i = 0; i < 5; i++) {
		snprintf(name[i], sizeof name[i], "n%zu", i);
		j[i] = (struct job_arg){ .s = s, .name = name[i] };
		ok(store_write(s->store, put_run, put_done, &j[i]));
	}
	sem_post(&s->gate);
	store_stop(s->store); /* the loop has not run: the done()s are run here */
	for (size_t i = 0; i < 5; i++)
		assert_true(j[i].done && j[i].seen);
	assert_int_equal(store_write(s->store, put_run, put_done, &late), E_CLOSED);
}

static void give_next(void *arg, int rc, const struct err *e)
{
	struct job_arg *j = arg;
	put_done(arg, rc, e);
	if (j->next)
		ok(store_write(j->s->store, put_run, give_next, j->next));
}

static void a_done_may_give_the_next_job(void **state)
{
	struct scene *s = *state;
	struct job_arg second = { s, "second", .answer = 0 }, first = { s, "first", .answer = 0, .next = &second };
	ok(store_write(s->store, put_run, give_next, &first));
	run_all(s);
	assert_true(second.done && visible(s, "second"));
}

/* --- readers --- */

static void get_done(void *arg, int rc, const struct err *e)
{
	struct job_arg *j = arg;
	(void)e;
	j->rc = rc;
	j->done = true;
}

static void a_reader_does_not_wait_for_the_writer(void **state)
{
	struct scene *s = *state;
	struct job_arg w = { s, "there", .answer = 0 }, r = { s, "there", .answer = 0 }, none = { s, "nothing", .answer = 0 };
	ok(store_write(s->store, put_run, put_done, &w));
	run_all(s);
	close_gate(s);
	ok(store_read(s->store, get_run, get_done, &r));
	ok(store_read(s->store, get_run, get_done, &none));
	while (!r.done || !none.done)
		uv_run(&s->loop, UV_RUN_ONCE);
	assert_int_equal(r.rc, 0);
	assert_int_equal(none.rc, E_NOTFOUND);
	sem_post(&s->gate);
	run_all(s);
}

static int write_in_read(struct tx *tx, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	return kept_put(tx, "test", "forbidden", "x");
}

static void a_reader_cannot_write(void **state)
{
	struct scene *s = *state;
	struct job_arg j = { s, "forbidden", .answer = 0 };
	ok(store_read(s->store, write_in_read, get_done, &j));
	run_all(s);
	assert_true(j.rc < 0);
	assert_false(visible(s, "forbidden"));
}

/* --- changes --- */

static int ticket_run(struct tx *tx, void *arg, struct err *e)
{
	struct job_arg *j = arg;
	char title[32];
	struct conversation_row c = { .channel = "sms", .kind = "sms", .peer = j->name, .language = "zh-CN" };
	(void)e;
	snprintf(title, sizeof title, "%s", j->name);
	struct ticket_row t = { .channel = "sms", .title = title, .opened_at = tx_now(tx) };
	int rc = conversation_insert(tx, &c);
	t.conversation = c.id;
	if (rc == 0)
		rc = ticket_insert(tx, &t, 20);
	struct message_row m = { .conversation = c.id, .ticket = t.id, .text = title, .at = tx_now(tx) };
	if (rc == 0)
		rc = message_insert(tx, &m, &t);
	memset(title, 'x', sizeof title); /* rows that watchers see are copies */
	return rc < 0 ? rc : j->answer;
}

static void change_done(void *arg, int rc, const struct err *e)
{
	struct job_arg *j = arg;
	(void)e;
	j->rc = rc;
	note(j->s, "done ", j->name);
}

static void changes_are_told_in_order_before_any_done(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "a", .answer = 0 }, { s, "bad", .answer = E_CONFLICT }, { s, "b", .answer = 0 } };
	close_gate(s);
	for (size_t i = 0; i < 3; i++)
		ok(store_write(s->store, ticket_run, change_done, &j[i]));
	sem_post(&s->gate);
	run_all(s);
	static const char *const want[] = { "told many", "ticket a", "message a", "ticket b", "message b", "done a", "done bad",
		"done b" };
	assert_int_equal(s->logged, sizeof want / sizeof *want);
	for (size_t i = 0; i < s->logged; i++)
		assert_string_equal(s->log[i], want[i]);
}

static void store_now_tells_its_changes_too(void **state)
{
	struct scene *s = *state;
	struct err e;
	struct job_arg good = { s, "good", .answer = 0 }, bad = { s, "bad", .answer = E_RANGE };
	ok(store_now(s->store, true, ticket_run, &good, &e));
	assert_string_equal(s->log[0], "told 2");
	assert_int_equal(store_now(s->store, true, ticket_run, &bad, &e), E_RANGE);
	assert_int_equal(s->logged, 3);
}

/* --- beside each other --- */

static void the_command_line_writes_while_the_gateway_does(void **state)
{
	struct scene *s = *state;
	struct job_arg mine = { s, "mine", .answer = 0 }, theirs = { s, "theirs", .answer = 0 }, more = { s, "more", .answer = 0 };
	struct err e;
	ok(store_write(s->store, put_run, put_done, &mine));
	run_all(s);
	ok(store_now(s->store, true, put_run, &theirs, &e));
	ok(store_write(s->store, put_run, put_done, &more));
	run_all(s);
	assert_true(mine.id < theirs.id && theirs.id < more.id); /* one node, one rising row of ids */
}

static void many_jobs_and_reads_at_once(void **state)
{
	struct scene *s = *state;
	enum { N = 400 };
	static struct job_arg w[N], r[N];
	static char name[N][8];
	s->logged = 0;
	for (size_t i = 0; i < N; i++) {
		snprintf(name[i], sizeof name[i], "n%zu", i);
		w[i] = r[i] = (struct job_arg){ .s = s, .name = name[i] };
		ok(store_write(s->store, put_run, get_done, &w[i]));
		ok(store_read(s->store, get_run, get_done, &r[i]));
		if (i % 50 == 0)
			uv_run(&s->loop, UV_RUN_NOWAIT);
	}
	run_all(s);
	for (size_t i = 0; i < N; i++) {
		assert_true(w[i].done && r[i].done);
		assert_int_equal(w[i].rc, 0);
		assert_true(r[i].rc == 0 || r[i].rc == E_NOTFOUND);
	}
	assert_true(visible(s, "n399"));
}

/* --- ids --- */

static void ids_rise_over_a_restart(void **state)
{
	struct fixture *f = *state;
	tx_set_now(f->tx, noon + 3600000);
	uint64_t before = tx_id(f->tx);
	tx_set_now(f->tx, noon); /* and the clock goes back */
	reopen(f);
	assert_true(tx_id(f->tx) > before);
}

static void ids_of_a_node_carry_its_number_and_time(void **state)
{
	struct fixture *f = *state;
	uint64_t id = tx_id(f->tx);
	assert_int_equal(id >> 12 & 1023, 7);
	assert_int_equal((int64_t)(id >> 22) + 1704067200000, noon);
	assert_true(id >= id_floor(noon) && id < id_floor(noon + 1));
}

static void more_ids_than_a_millisecond_holds_still_rise(void **state)
{
	struct fixture *f = *state;
	uint64_t last = 0;
	for (unsigned i = 0; i < 10000; i++) {
		uint64_t id = tx_id(f->tx);
		assert_true(id > last && id >> 63 == 0);
		last = id;
	}
}

static void a_clock_that_cannot_be_believed_gives_rising_ids(void **state)
{
	(void)state;
	uint64_t last = id_next(0, noon, 7);
	assert_true(id_next(last, 0, 7) > last);
	assert_true(id_next(last, -5, 7) > last);
	uint64_t far = id_next(last, INT64_MAX, 7);
	assert_true(far > last && far >> 63 == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_failing_job_is_rolled_back_alone, start_plain, finish),
		WITH(a_job_that_fails_by_itself_is_rolled_back, start_plain, finish),
		WITH(the_event_of_a_failed_job_leaves_the_chain_whole, start_plain, finish),
		WITH(done_runs_only_when_the_commit_can_be_seen, start_plain, finish),
		WITH(jobs_run_and_end_in_the_order_they_were_given, start_plain, finish),
		WITH(who_is_told_is_not_among_those_who_wait, start_small, finish),
		WITH(a_full_queue_takes_nothing, start_small, finish),
		WITH(stop_finishes_what_was_taken_and_takes_no_more, start_plain, finish),
		WITH(a_done_may_give_the_next_job, start_plain, finish),
		WITH(a_reader_does_not_wait_for_the_writer, start_plain, finish),
		WITH(a_reader_cannot_write, start_plain, finish),
		WITH(changes_are_told_in_order_before_any_done, start_watched, finish),
		WITH(store_now_tells_its_changes_too, start_watched, finish),
		WITH(the_command_line_writes_while_the_gateway_does, start_plain, finish),
		WITH(many_jobs_and_reads_at_once, start_plain, finish),
		WITH(ids_rise_over_a_restart, setup, teardown),
		WITH(ids_of_a_node_carry_its_number_and_time, setup, teardown),
		WITH(more_ids_than_a_millisecond_holds_still_rise, setup, teardown),
		WITH(a_clock_that_cannot_be_believed_gives_rising_ids, NULL, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
