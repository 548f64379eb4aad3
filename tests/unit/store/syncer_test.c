/* What is not on disk is told to nobody, while the writer goes on: syncer.h. */
#include "tests/unit/store/writer.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/file.h"

enum { PATIENCE_S = 60, A_WHILE_MS = 50 };

static atomic_bool slow, broken; /* the next sync waits for the test; each fails */
static sem_t at_disk, disk, at_run;

/* Stands before the C library's own, for SQLite too. */
int fdatasync(int fd)
{
	if (broken) {
		errno = EIO;
		return -1;
	}
	if (atomic_exchange(&slow, false)) {
		sem_post(&at_disk);
		sem_wait(&disk);
	}
	return (int)syscall(SYS_fdatasync, fd);
}

static void wait_for(sem_t *s)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	if (sem_timedwait(s, &until) != 0)
		fail_msg("it did not come to it in %d s", PATIENCE_S);
}

static void told(void *arg, int rc, const struct err *e)
{
	struct job_arg *j = arg;
	(void)e;
	j->rc = rc;
	j->done = true;
}

static int set_up(void **state)
{
	int rc = start_plain(state);
	struct scene *s = *state;
	struct job_arg first = { s, "first", .answer = 0 };
	sem_init(&at_disk, 0, 0);
	sem_init(&disk, 0, 0);
	sem_init(&at_run, 0, 0);
	ok(store_write(s->store, put_run, told, &first)); /* the log has its head, which is always synced at once */
	run_all(s);
	return rc;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	slow = false;
	sem_post(&disk); /* nothing waits any more, whatever failed */
	sem_post(&s->gate);
	int rc = finish(state);
	sem_destroy(&at_disk);
	sem_destroy(&disk);
	sem_destroy(&at_run);
	return rc;
}

/* Holds the writer until somebody waits behind. */
static int hold_run(struct tx *tx, void *arg, struct err *e)
{
	struct job_arg *j = arg;
	int rc = put_run(tx, arg, e);
	return rc < 0 ? rc : gate_run(tx, j->s, e);
}

static int write_told_run(struct tx *tx, void *arg, struct err *e)
{
	int rc = put_run(tx, arg, e);
	sem_post(&at_run);
	return rc;
}

static int read_told_run(struct tx *tx, void *arg, struct err *e)
{
	int rc = get_run(tx, arg, e);
	sem_post(&at_run);
	return rc;
}

static void give_both(struct scene *s, struct job_arg *one, store_run_f *run, struct job_arg *two)
{
	ok(store_write(s->store, hold_run, told, one));
	wait_for(&s->at_gate);
	ok(store_write(s->store, run, told, two));
}

static void on_timer(uv_timer_t *t)
{
	uv_stop(t->loop);
}

static void turn_loop_a_while(struct scene *s)
{
	uv_timer_t t;
	ok(uv_timer_init(&s->loop, &t));
	ok(uv_timer_start(&t, on_timer, A_WHILE_MS, 0));
	run_all(s);
	uv_close((uv_handle_t *)&t, NULL);
	uv_run(&s->loop, UV_RUN_NOWAIT);
}

/* Two is a job of the writer's, and a reader comes too: both see what one wrote. */
static void nobody_is_told(struct scene *s, store_run_f *run, const char *name)
{
	struct job_arg one = { s, "one", .answer = 0 }, two = { s, name, .answer = 0 }, reader = { s, "one", .answer = 0 };
	if (store_shared(s->store))
		skip(); /* a server syncs by itself */
	give_both(s, &one, run, &two);
	slow = true;
	sem_post(&s->gate);
	wait_for(&at_disk);
	wait_for(&at_run);
	ok(store_read(s->store, read_told_run, told, &reader));
	wait_for(&at_run);
	turn_loop_a_while(s);
	bool early = one.done || two.done || reader.done;
	sem_post(&disk);
	run_all(s);
	assert_false(early);
	assert_true(one.done && two.done && reader.done);
	assert_int_equal(one.rc, 0);
	assert_int_equal(two.rc, 0);
	assert_int_equal(reader.rc, 0);
}

static void the_next_runs_while_one_is_synced_and_nobody_is_told(void **state)
{
	nobody_is_told(*state, write_told_run, "two");
}

static void who_only_saw_what_is_being_synced_is_not_told_either(void **state)
{
	nobody_is_told(*state, read_told_run, "one");
}

static void told_too_early(void *arg, int rc, const struct err *e)
{
	(void)arg;
	(void)rc;
	(void)e;
	_exit(1);
}

static void a_sync_that_fails_ends_the_process_before_anybody_is_told(void **state)
{
	int status;
	if (getenv("XQ_TEST_STORE") != NULL)
		skip();
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (set_up(state) != 0)
			_exit(2);
		struct scene *s = *state;
		struct job_arg one = { s, "one", .answer = 0 }, two = { s, "two", .answer = 0 };
		if (store_write(s->store, hold_run, told_too_early, &one) < 0 || sem_wait(&s->at_gate) != 0 ||
			store_write(s->store, put_run, told_too_early, &two) < 0)
			_exit(2);
		broken = true;
		sem_post(&s->gate);
		run_all(s);
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_DISK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(the_next_runs_while_one_is_synced_and_nobody_is_told, set_up, tear_down),
		WITH(who_only_saw_what_is_being_synced_is_not_told_either, set_up, tear_down),
		cmocka_unit_test(a_sync_that_fails_ends_the_process_before_anybody_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
