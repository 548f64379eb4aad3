/* A store with its threads on a loop, and jobs that say what became of them. */
#ifndef XQ_TEST_WRITER_H
#define XQ_TEST_WRITER_H

#include <semaphore.h>

#include "gateway/store/event.h"
#include "gateway/store/kept.h"
#include "gateway/store/verify.h"
#include "tests/unit/store/fixture.h"

enum { LOG_MAX = 64 };

struct scene {
	struct fixture *f;
	struct store *store;
	uv_loop_t loop;
	char log[LOG_MAX][64]; /* what happened on the loop, in order */
	unsigned logged;
	sem_t gate, at_gate;
};

HERE void note(struct scene *s, const char *words, const char *more)
{
	assert_true(s->logged < LOG_MAX);
	snprintf(s->log[s->logged++], sizeof s->log[0], "%s%s", words, more);
}

HERE void on_changes(void *arg, const struct change *c, size_t n)
{
	struct scene *s = arg;
	note(s, "told ", n == 1 ? "1" : n == 2 ? "2" : "many");
	for (size_t i = 0; i < n; i++)
		note(s, c[i].kind == CHANGE_TICKET ? "ticket " : c[i].kind == CHANGE_MESSAGE ? "message " : "other ",
			c[i].kind == CHANGE_TICKET ? c[i].ticket->title : c[i].message->text);
}

HERE int start(void **state, const struct store_config *config, bool watch)
{
	struct fixture *f = mem_new(struct fixture);
	struct scene *s = mem_new(struct scene);
	struct err e = { 0 };
	fixture_name(f);
	s->f = f;
	struct store_config c = *config;
	c.dsn = f->dsn;
	ok(uv_loop_init(&s->loop));
	sem_init(&s->gate, 0, 0);
	sem_init(&s->at_gate, 0, 0);
	if (store_open(&s->store, &c, &e) < 0)
		fail_msg("%s", e.words);
	if (watch)
		store_watch(s->store, on_changes, s);
	ok(store_start(s->store, &s->loop, &e));
	*state = s;
	return 0;
}

HERE int start_plain(void **state)
{
	return start(state, &(struct store_config){ .node = 1 }, false);
}

HERE int start_watched(void **state)
{
	return start(state, &(struct store_config){ .node = 1 }, true);
}

HERE int start_small(void **state)
{
	return start(state, &(struct store_config){ .node = 1, .queue_max = 3 }, false);
}

HERE int finish(void **state)
{
	struct scene *s = *state;
	store_stop(s->store);
	store_close(&s->store);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	ok(uv_loop_close(&s->loop));
	sem_destroy(&s->gate);
	sem_destroy(&s->at_gate);
	fixture_remove(s->f);
	free(s);
	return 0;
}

/* --- jobs --- */

struct job_arg {
	struct scene *s;
	const char *name;
	int answer;       /* what run() gives after having written */
	int rc;
	bool seen, done;
	uint64_t id;
	unsigned runs;    /* of run() */
	struct job_arg *next;
};

HERE int put_run(struct tx *tx, void *arg, struct err *e)
{
	struct job_arg *j = arg;
	tx_set_now(tx, noon); /* ids must rise though the clock stands */
	j->id = tx_id(tx);
	j->runs++;
	int rc = kept_put(tx, "test", j->name, "here");
	return rc < 0 ? rc : j->answer < 0 ? err_set(e, j->answer, "%s did not want to", j->name) : 0;
}

HERE int get_run(struct tx *tx, void *arg, struct err *e)
{
	struct job_arg *j = arg;
	const char *value;
	(void)e;
	return kept_get(tx, "test", j->name, &value);
}

/* Through another connection: what is there for everybody. */
HERE bool visible(struct scene *s, const char *name)
{
	struct job_arg j = { .name = name };
	struct err e;
	return store_now(s->store, false, get_run, &j, &e) == 0;
}

HERE void put_done(void *arg, int rc, const struct err *e)
{
	struct job_arg *j = arg;
	j->rc = rc;
	j->done = true;
	j->seen = visible(j->s, j->name);
	note(j->s, "done ", j->name);
	if (rc < 0)
		assert_non_null(strstr(e->words, j->name));
}

/* Holds the writer until the gate opens, so that what comes behind is one batch. */
HERE int gate_run(struct tx *tx, void *arg, struct err *e)
{
	struct scene *s = arg;
	(void)tx;
	(void)e;
	sem_post(&s->at_gate);
	sem_wait(&s->gate);
	return 0;
}

HERE void close_gate(struct scene *s)
{
	ok(store_write(s->store, gate_run, NULL, s));
	sem_wait(&s->at_gate);
}

HERE void run_all(struct scene *s)
{
	uv_run(&s->loop, UV_RUN_DEFAULT);
}

HERE int event_run(struct tx *tx, void *arg, struct err *e)
{
	struct job_arg *j = arg;
	(void)e;
	int rc = event_append(tx, 0, j->name, "test", "{}");
	return rc < 0 ? rc : j->answer;
}

HERE int verify_run(struct tx *tx, void *arg, struct err *e)
{
	return event_verify(tx, arg, NULL, NULL, e);
}

#define WITH(test, up, down) cmocka_unit_test_setup_teardown(test, up, down)

#endif
