/* Lanes: who gives very many jobs keeps nobody else waiting. */
#include "tests/unit/store/writer.h"

#include <time.h>

#include "gateway/base/metrics.h"

/* MANY jobs fit into a slice on any machine; LONG_MS is longer than one. */
enum { MANY = 12, SLICE_MS = 150, LONG_MS = 300 };

static int start_sliced(void **state)
{
	return start(state, &(struct store_config){ .node = 1, .slice_ms = SLICE_MS }, false);
}

static int start_half(void **state)
{
	return start(state, &(struct store_config){ .node = 1, .queue_max = 4 }, false);
}

static void give(struct scene *s, unsigned lane, struct job_arg *j, bool again)
{
	ok(store_give(s->store, &(struct store_job){ .run = put_run, .done = put_done, .arg = j, .write = true, .again = again,
		.lane = lane }));
}

static void give_many(struct scene *s, unsigned lane, struct job_arg *j, char (*name)[16], bool again)
{
	for (int i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof name[i], "m%d", i);
		j[i] = (struct job_arg){ .s = s, .name = name[i] };
		give(s, lane, &j[i], again);
	}
}

static unsigned place(const struct scene *s, const char *name)
{
	for (unsigned i = 0; i < s->logged; i++)
		if (strcmp(s->log[i] + strlen("done "), name) == 0)
			return i;
	fail_msg("%s never ended", name);
	return 0;
}

static void one_job_stands_before_the_second_of_many(void **state)
{
	struct scene *s = *state;
	struct job_arg j[MANY], few = { .s = s, .name = "few" };
	char name[MANY][16];
	close_gate(s);
	give_many(s, 1, j, name, false);
	give(s, 2, &few, false);
	sem_post(&s->gate);
	run_all(s);
	assert_int_equal(place(s, "few"), 1);
	for (int i = 1; i < MANY; i++)
		assert_true(j[i].id > j[i - 1].id); /* and each lane keeps its order */
	assert_true(few.id < j[1].id);
}

/* The first job of a batch that takes its time; and somebody comes meanwhile. */
static int slow_run(struct tx *tx, void *arg, struct err *e)
{
	struct job_arg *j = arg;
	int rc = gate_run(tx, j->s, e);
	nanosleep(&(struct timespec){ .tv_nsec = LONG_MS * 1000000L }, NULL);
	return rc < 0 ? rc : put_run(tx, j, e);
}

static void cut_short(struct scene *s, bool again, unsigned lane)
{
	struct job_arg j[MANY], slow = { .s = s, .name = "slow" }, few = { .s = s, .name = "few" };
	char name[MANY][16];
	close_gate(s);
	ok(store_give(s->store, &(struct store_job){ .run = slow_run, .done = put_done, .arg = &slow, .write = true, .again = again,
		.lane = 1 }));
	give_many(s, 1, j, name, again);
	sem_post(&s->gate);
	sem_wait(&s->at_gate); /* the batch of slow and the many has begun */
	give(s, lane, &few, again);
	sem_post(&s->gate);
	run_all(s);
	assert_int_equal(place(s, "slow"), 0);
	assert_true(visible(s, "few") && visible(s, "m11"));
	assert_int_equal(place(s, "few"), lane == 1 ? MANY + 1 : 1);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(j[i].runs, 1);
}

static void a_long_batch_is_cut_short_when_another_waits(void **state)
{
	cut_short(*state, false, 2);
}

/* A lane in which somebody comes with a long job in each transaction, and one whose jobs were taken along and put back every time. */
static void who_was_put_back_has_the_next_turn(void **state)
{
	enum { COMERS = 3 };
	struct scene *s = *state;
	struct job_arg j[MANY], comer[COMERS];
	char name[MANY][16], came[COMERS][16];
	close_gate(s);
	for (int i = 0; i <= COMERS; i++) {
		if (i < COMERS) {
			snprintf(came[i], sizeof came[i], "came%d", i);
			comer[i] = (struct job_arg){ .s = s, .name = came[i] };
			ok(store_give(s->store, &(struct store_job){ .run = slow_run, .done = put_done, .arg = &comer[i], .write = true, .lane = 1 }));
		}
		if (i == 0)
			give_many(s, 0, j, name, false);
		sem_post(&s->gate);
		if (i < COMERS)
			sem_wait(&s->at_gate); /* the one before is done, and this one has begun */
	}
	run_all(s);
	assert_true(place(s, "m0") < place(s, "came1"));
	assert_true(place(s, "m1") < place(s, "came2"));
}

static int64_t commits(void)
{
	return metric_get(metric_counter("xinqiao_store_commits_total", "", ""));
}

/* A batch of the many in which one of another lane has had its turn: it need not wait for the rest of them. */
static void few_in_a_batch_do_not_wait_for_the_rest_of_it(struct scene *s, bool again)
{
	struct job_arg j[MANY], slow = { .s = s, .name = "slow" }, few = { .s = s, .name = "few" };
	char name[MANY][16];
	int64_t before = commits();
	close_gate(s);
	ok(store_give(s->store, &(struct store_job){ .run = slow_run, .done = put_done, .arg = &slow, .write = true, .again = again,
		.lane = 1 }));
	give(s, 2, &few, again);
	give_many(s, 1, j, name, again);
	sem_post(&s->gate);
	sem_wait(&s->at_gate); /* the batch of all of them has begun */
	sem_post(&s->gate);
	run_all(s);
	assert_int_equal(commits() - before, 3); /* the gate; slow and few; the rest */
	assert_true(visible(s, "few") && visible(s, "m11"));
}

static void who_has_had_its_turn_does_not_wait_for_the_rest_of_a_batch(void **state)
{
	few_in_a_batch_do_not_wait_for_the_rest_of_it(*state, false);
}

static void nor_in_one_of_jobs_that_may_run_twice(void **state)
{
	few_in_a_batch_do_not_wait_for_the_rest_of_it(*state, true);
}

/* The batch of all the many has begun, and is a short one. */
static void run_who_comes_then(struct scene *s, struct job_arg *j, struct job_arg *few, bool many_again, bool few_again)
{
	close_gate(s);
	ok(store_give(s->store, &(struct store_job){ .run = gate_run, .arg = s, .write = true, .again = many_again, .lane = 1 }));
	for (int i = 0; i < MANY; i++)
		give(s, 1, &j[i], many_again);
	sem_post(&s->gate);
	sem_wait(&s->at_gate);
	give(s, 2, few, few_again);
	sem_post(&s->gate);
	for (int i = 0; i < MANY && j[MANY - 1].answer < 0; i++) /* all run again, the gate too, until the one that fails is alone */
		sem_post(&s->gate);
	run_all(s);
	assert_true(visible(s, "few"));
}

static void who_comes_while_a_batch_runs_is_let_in(void **state)
{
	struct job_arg j[MANY], few = { .s = *state, .name = "few" };
	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < MANY; i++)
			j[i] = (struct job_arg){ .s = *state, .name = "many" };
		run_who_comes_then(*state, j, &few, again, again);
		for (int i = 0; i < MANY; i++)
			assert_true(few.id < j[i].id);
	}
}

/* One of the many fails, and all of them run a second time. */
static void but_not_who_may_run_only_once_among_those_who_may_run_twice(void **state)
{
	struct job_arg j[MANY], few = { .s = *state, .name = "few" };
	for (int i = 0; i < MANY; i++)
		j[i] = (struct job_arg){ .s = *state, .name = "many", .answer = i == MANY - 1 ? E_RANGE : 0 };
	run_who_comes_then(*state, j, &few, true, false);
	assert_int_equal(few.runs, 1);
}

/* Others are there, as they had a job just now; then comes a long transaction of one lane's very many, and meanwhile more of both. */
static void the_many_rest_while_there_are_others(void **state)
{
	enum { VERY_MANY = 20 };
	if (getenv("XQ_TEST_STORE")) /* whose processor and disk are its own */
		skip();
	struct scene *s = *state;
	struct job_arg j[VERY_MANY], slow = { .s = s, .name = "slow" }, late = { .s = s, .name = "late" };
	struct job_arg one = { .s = s, .name = "one" }, few = { .s = s, .name = "few" };
	struct job_arg more[2] = { { .s = s, .name = "more" }, { .s = s, .name = "more" } };
	close_gate(s);
	give(s, 1, &one, false);
	give(s, 2, &few, false);
	sem_post(&s->gate);
	run_all(s);
	close_gate(s);
	for (int i = 0; i < VERY_MANY; i++) {
		j[i] = (struct job_arg){ .s = s, .name = "many" };
		give(s, 1, &j[i], false);
	}
	ok(store_give(s->store, &(struct store_job){ .run = slow_run, .done = put_done, .arg = &slow, .write = true, .lane = 1 }));
	sem_post(&s->gate);
	sem_wait(&s->at_gate); /* the slow one has begun, and is the last */
	give(s, 1, &late, false);
	give(s, 2, &more[0], false);
	give(s, 2, &more[1], false);
	sem_post(&s->gate);
	run_all(s);
	assert_true(more[1].id < late.id); /* not in turn */
}

/* Two commits lie ready when the loop comes to them: the answer of the second, and the many of the first. */
static void answers_take_turns_too(void **state)
{
	struct scene *s = *state;
	struct job_arg j[MANY], few = { .s = s, .name = "few" };
	char name[MANY][16];
	close_gate(s);
	give_many(s, 1, j, name, false);
	const struct store_job hold = { .run = gate_run, .arg = s, .write = true, .lane = 1 };
	/* A batch each: the many, then the few, then none. What was given two batches ago is on disk, and lies ready (syncer.h). */
	for (int i = 0; i < 4; i++) {
		ok(store_give(s->store, &hold));
		sem_post(&s->gate);
		sem_wait(&s->at_gate);
		if (i == 0)
			give(s, 2, &few, false);
	}
	sem_post(&s->gate);
	run_all(s);
	assert_true(place(s, "few") <= 1);
	for (int i = 1; i < MANY; i++)
		assert_true(place(s, name[i]) > place(s, name[i - 1]));
}

static void so_is_one_of_jobs_that_may_run_twice(void **state)
{
	cut_short(*state, true, 2);
}

static void it_is_not_for_one_of_its_own(void **state)
{
	cut_short(*state, true, 1);
}

static void one_lane_fills_half_of_the_queue(void **state)
{
	struct scene *s = *state;
	struct job_arg j[4] = { { .s = s, .name = "a" }, { .s = s, .name = "b" }, { .s = s, .name = "c" }, { .s = s, .name = "d" } };
	const struct store_job more = { .run = put_run, .done = put_done, .arg = &j[2], .write = true, .lane = 1 };
	close_gate(s);
	give(s, 1, &j[0], false);
	give(s, 1, &j[1], false);
	assert_int_equal(store_give(s->store, &more), E_AGAIN);
	give(s, 2, &j[3], false); /* and there is room for others */
	sem_post(&s->gate);
	run_all(s);
	ok(store_give(s->store, &more));
	run_all(s);
	assert_true(visible(s, "c") && visible(s, "d"));
}

static int read_slowly(struct tx *tx, void *arg, struct err *e)
{
	(void)tx;
	(void)e;
	struct scene *s = arg;
	sem_post(&s->at_gate);
	sem_wait(&s->gate);
	return 0;
}

static void read_done(void *arg, int rc, const struct err *e)
{
	struct job_arg *j = arg;
	(void)rc;
	(void)e;
	note(j->s, "done ", j->name);
}

static void readers_take_turns_too(void **state)
{
	struct scene *s = *state;
	struct job_arg j[MANY], few = { .s = s, .name = "few" };
	char name[MANY][16];
	ok(store_read(s->store, read_slowly, NULL, s)); /* the one reader there is */
	sem_wait(&s->at_gate);
	for (int i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof name[i], "m%d", i);
		j[i] = (struct job_arg){ .s = s, .name = name[i] };
		ok(store_give(s->store, &(struct store_job){ .run = get_run, .done = read_done, .arg = &j[i], .lane = 40 }));
	}
	ok(store_give(s->store, &(struct store_job){ .run = get_run, .done = read_done, .arg = &few, .lane = 41 }));
	sem_post(&s->gate);
	run_all(s);
	assert_int_equal(place(s, "few"), 1);
}

static int start_one_reader(void **state)
{
	return start(state, &(struct store_config){ .node = 1, .readers = 1 }, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(one_job_stands_before_the_second_of_many, start_sliced, finish),
		WITH(a_long_batch_is_cut_short_when_another_waits, start_sliced, finish),
		WITH(who_was_put_back_has_the_next_turn, start_sliced, finish),
		WITH(who_has_had_its_turn_does_not_wait_for_the_rest_of_a_batch, start_sliced, finish),
		WITH(nor_in_one_of_jobs_that_may_run_twice, start_sliced, finish),
		WITH(who_comes_while_a_batch_runs_is_let_in, start_sliced, finish),
		WITH(but_not_who_may_run_only_once_among_those_who_may_run_twice, start_sliced, finish),
		WITH(the_many_rest_while_there_are_others, start_sliced, finish),
		WITH(answers_take_turns_too, start_sliced, finish),
		WITH(so_is_one_of_jobs_that_may_run_twice, start_sliced, finish),
		WITH(it_is_not_for_one_of_its_own, start_sliced, finish),
		WITH(one_lane_fills_half_of_the_queue, start_half, finish),
		WITH(readers_take_turns_too, start_one_reader, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
