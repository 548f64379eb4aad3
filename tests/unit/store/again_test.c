/* Jobs that may run a second time: they share a transaction without savepoints, and what fails is still undone alone. */
#include "gateway/store/ticket.h"
#include "tests/unit/store/writer.h"

static void jobs_that_may_run_again_run_once_when_none_fails(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = 0 }, { s, "three", .answer = 0 } };
	close_gate(s);
	for (size_t i = 0; i < 3; i++)
		ok(store_write_again(s->store, put_run, put_done, &j[i]));
	sem_post(&s->gate);
	run_all(s);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(j[i].rc, 0);
		assert_int_equal(j[i].runs, 1);
		assert_true(visible(s, j[i].name));
	}
}

static void a_failing_job_among_those_that_may_run_again_is_undone_alone(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = E_CONFLICT }, { s, "three", .answer = 0 } };
	close_gate(s);
	for (size_t i = 0; i < 3; i++)
		ok(store_write_again(s->store, put_run, put_done, &j[i]));
	sem_post(&s->gate);
	run_all(s);
	assert_int_equal(j[0].rc, 0);
	assert_int_equal(j[1].rc, E_CONFLICT);
	assert_int_equal(j[2].rc, 0);
	assert_int_equal(j[0].runs, 2);
	assert_true(visible(s, "one"));
	assert_false(visible(s, "two"));
	assert_true(visible(s, "three"));
	assert_true(j[2].id > j[0].id);
	assert_true(store_healthy(s->store));
}

static void a_job_that_runs_only_once_keeps_its_savepoint_among_others(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = E_CONFLICT }, { s, "three", .answer = 0 } };
	close_gate(s);
	ok(store_write(s->store, put_run, put_done, &j[0]));
	for (size_t i = 1; i < 3; i++)
		ok(store_write_again(s->store, put_run, put_done, &j[i]));
	sem_post(&s->gate);
	run_all(s);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(j[i].runs, 1);
	assert_true(visible(s, "one"));
	assert_false(visible(s, "two"));
	assert_true(visible(s, "three"));
}

static void the_event_of_a_job_that_ran_again_stands_once_in_the_chain(void **state)
{
	struct scene *s = *state;
	struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = E_CONFLICT }, { s, "three", .answer = 0 } };
	struct err e;
	int64_t events = 0;
	close_gate(s);
	for (size_t i = 0; i < 3; i++)
		ok(store_write_again(s->store, event_run, NULL, &j[i]));
	sem_post(&s->gate);
	run_all(s);
	ok(store_now(s->store, false, verify_run, &events, &e));
	assert_int_equal(events, 2);
}

static int serial_run(struct tx *tx, void *arg, struct err *e)
{
	struct job_arg *j = arg;
	struct ticket_row t = { .conversation = 1, .title = "", .opened_at = noon };
	(void)e;
	int rc = ticket_insert(tx, &t, 20);
	j->id = rc == 0 ? strtoull(t.number + 10, NULL, 10) / 10 : 0;
	return rc < 0 ? rc : j->answer;
}

/* The number of a ticket that was undone goes to the next one, whether jobs run with savepoints or again. */
static void serials_have_no_gap_where_a_job_failed(void **state)
{
	struct scene *s = *state;
	int (*const give[])(struct store *, store_run_f *, store_done_f *, void *) = { store_write, store_write_again };
	for (unsigned round = 0; round < 2; round++) {
		struct job_arg j[3] = { { s, "one", .answer = 0 }, { s, "two", .answer = E_CONFLICT }, { s, "three", .answer = 0 } };
		close_gate(s);
		for (size_t i = 0; i < 3; i++)
			ok(give[round](s->store, serial_run, NULL, &j[i]));
		sem_post(&s->gate);
		run_all(s);
		assert_int_equal(j[0].id, 1 + 2 * round);
		assert_int_equal(j[2].id, 2 + 2 * round);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(jobs_that_may_run_again_run_once_when_none_fails, start_plain, finish),
		WITH(a_failing_job_among_those_that_may_run_again_is_undone_alone, start_plain, finish),
		WITH(a_job_that_runs_only_once_keeps_its_savepoint_among_others, start_plain, finish),
		WITH(the_event_of_a_job_that_ran_again_stands_once_in_the_chain, start_plain, finish),
		WITH(serials_have_no_gap_where_a_job_failed, start_plain, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
