/* The writer and the readers: what runs on threads of their own. */
#include "gateway/store/threads.h"

#include <poll.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/process.h"
#include "gateway/store/batch.h"
#include "gateway/store/syncer.h"

/* --- the writer --- */

static int commit(struct store *s, struct err *e)
{
	int64_t began = clock_monotonic();
	int rc = syncer_commit(s, e);
	batch_committed(s, clock_monotonic() - began);
	return rc;
}

static void set_healthy(struct store *s, bool healthy, const struct err *e)
{
	if (!healthy)
		metric_add(s->failures, 1);
	bool was = atomic_exchange(&s->healthy, healthy);
	if (was && !healthy)
		log_error("store", "cannot write", "why=%s", e->words);
	else if (!was && healthy)
		log_info("store", "writes again", NULL);
}

static void fail_all(const struct queue *ran, const struct err *e)
{
	for (struct job *j = ran->first; j; j = j->next) {
		j->rc = E_IO;
		j->err = *e;
		j->err.code = E_IO;
		j->changes = 0;
	}
}

/* *lost: the transaction is gone with it. false: the disk failed at something. */
static bool run_one(struct store *s, struct job *j, bool alone, bool *lost)
{
	struct tx tx;
	tx_init(&tx, &s->writer, j->arena, true);
	j->rc = tx_run_job(&tx, alone, j->run, j->arg, lost, &j->err);
	j->change = tx.change;
	j->changes = tx.changes;
	return !tx.failed;
}

static bool all_again(const struct queue *q)
{
	for (const struct job *j = q->first; j; j = j->next)
		if (!j->again)
			return false;
	return q->n > 1;
}

/* What run() left in them is gone with the transaction. */
static void forget(struct queue *q)
{
	for (struct job *j = q->first; j; j = j->next) {
		arena_reset(j->arena);
		j->change = NULL;
		j->changes = 0;
	}
}

static void take_back(struct queue *todo, struct queue *ran)
{
	queue_move(todo, ran, todo->n);
	forget(ran);
	queue_move(ran, todo, ran->n);
}

/* Jobs in the open transaction, as far as its slice goes. false: the transaction is lost. */
static bool run_batch(struct store *s, struct batch *b, bool *failed, struct err *e)
{
	bool lost = false;
	for (struct job *j; !lost && (j = batch_next(s, b));)
		if (!run_one(s, j, b->alone || b->together, &lost) && !b->together) {
			*failed = true;
			*e = j->err;
		}
	return !lost;
}

/* Moves jobs from todo to ran. E_IO or E_AGAIN: the whole transaction is lost. First without an undo for each, where all may run again:
 * when one fails, each runs for itself. */
static int run_all(struct store *s, struct queue *todo, struct queue *ran, bool *failed, struct err *e)
{
	struct batch b;
	batch_begin(&b, todo, ran, all_again(todo));
	bool kept = run_batch(s, &b, failed, e);
	if (!kept && b.together && !s->writer.again) {
		take_back(todo, ran);
		session_rollback(&s->writer);
		int rc = session_begin(&s->writer, true, e);
		if (rc < 0) {
			queue_move(todo, ran, todo->n);
			*failed = rc != E_AGAIN;
			return rc;
		}
		batch_begin(&b, todo, ran, false);
		kept = run_batch(s, &b, failed, e);
	}
	return kept ? 0 : s->writer.again ? E_AGAIN : E_IO;
}

/* One transaction: jobs move from todo to ran. E_AGAIN: all of it may run again; else ran has its answers. */
static int write_once(struct store *s, struct queue *todo, struct queue *ran, struct err *e)
{
	bool failed = false, alone = todo->n == 1;
	s->pace.began = clock_monotonic();
	int rc = session_begin(&s->writer, true, e);
	if (rc < 0) {
		queue_move(todo, ran, todo->n);
	} else if ((rc = run_all(s, todo, ran, &failed, e)) < 0) {
		session_rollback(&s->writer);
		if (alone && rc != E_AGAIN) { /* nobody else's work went with it; its own words stand */
			if (failed)
				set_healthy(s, false, e);
			return 0;
		}
		failed = rc != E_AGAIN;
	} else {
		rc = commit(s, e);
	}
	if (rc == E_AGAIN || rc == E_TIMEOUT)
		return rc;
	if (rc < 0 && !e->code)
		err_set(e, E_IO, "the transaction was dropped");
	if (rc < 0)
		fail_all(ran, e);
	set_healthy(s, rc == 0 && !failed, e);
	return 0;
}

/* --- a shared store: nodes meet, and servers go away --- */

enum { TOGETHER = 3, TRIES_MAX = 30, AGAIN_MS = 8000, PAUSE_MS = 150, UNSURE_STOP_MS = 8000 };

static bool stopping(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	bool is = s->stopping;
	pthread_mutex_unlock(&s->lock);
	return is;
}

static void pause_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

void threads_post(struct store *s, struct queue *ran)
{
	if (ran->last)
		ran->last->last_of_commit = true;
	pthread_mutex_lock(&s->lock);
	queue_move(ran, &s->done, ran->n);
	pthread_mutex_unlock(&s->lock);
	uv_async_send(s->async);
}

/* What was given meanwhile and has not begun: its channels are told to bring it again, rather than left waiting. */
static void push_back(struct store *s, const struct err *e)
{
	struct queue waiting = { 0 };
	pthread_mutex_lock(&s->lock);
	lanes_take(&s->to_write, &waiting, s->to_write.n);
	pthread_mutex_unlock(&s->lock);
	if (!waiting.first)
		return;
	fail_all(&waiting, e);
	metric_add(s->jobs, (int64_t)waiting.n);
	threads_post(s, &waiting);
}

/* A commit whose answer never came: nobody of it gets an answer before it is known, however long the server is away. */
static int be_sure(struct store *s, struct err *e)
{
	int64_t since = clock_monotonic(), stopped_at = 0;
	int rc = E_TIMEOUT;
	set_healthy(s, false, e);
	while (rc == E_TIMEOUT && (!stopped_at || clock_monotonic() - stopped_at < UNSURE_STOP_MS)) {
		rc = session_unsure(&s->writer, e);
		if (rc == E_TIMEOUT && clock_monotonic() - since >= AGAIN_MS)
			push_back(s, e);
		if (rc == E_TIMEOUT)
			pause_ms(PAUSE_MS);
		if (!stopped_at && stopping(s))
			stopped_at = clock_monotonic();
	}
	if (rc == 0)
		set_healthy(s, true, NULL);
	log_info("store", "an unsure commit is known", "committed=%s", rc == 0 ? "yes" : rc == E_AGAIN ? "no" : "never");
	return rc;
}

/* Jobs from todo in one transaction, again when it was lost: first all together, then each for itself, so that of any that
 * meet somebody comes through. */
static void write_surely(struct store *s, struct queue *todo, struct queue *ran)
{
	int64_t since = clock_monotonic();
	for (unsigned tries = 1;; tries++) {
		struct queue some = { 0 };
		struct err e = { 0 };
		queue_move(todo, &some, tries > TOGETHER ? 1 : todo->n);
		int rc = write_once(s, &some, ran, &e);
		if (rc == E_TIMEOUT)
			rc = be_sure(s, &e);
		if (rc == E_AGAIN && tries < TRIES_MAX && clock_monotonic() - since < (stopping(s) ? AGAIN_MS / 8 : AGAIN_MS)) {
			take_back(&some, ran);
			queue_move(todo, &some, todo->n);
			*todo = some;
			metric_add(s->agains, 1);
			if (!s->writer.begun)
				pause_ms(PAUSE_MS);
			continue;
		}
		if (rc < 0) {
			queue_move(&some, ran, some.n);
			fail_all(ran, &e);
			set_healthy(s, false, &e);
		}
		if (some.first) { /* a job took the transaction with it: the rest in the next one */
			queue_move(todo, &some, todo->n);
			*todo = some;
		}
		return;
	}
}

static void *writer_main(void *arg)
{
	struct store *s = arg;
	struct queue todo = { 0 }, ran = { 0 };
	for (;;) {
		pthread_mutex_lock(&s->lock);
		lanes_put_back(&s->to_write, &todo); /* a slice was over, or a job took the transaction with it */
		batch_wait(s);
		lanes_take(&s->to_write, &todo, s->config.batch_max);
		pthread_mutex_unlock(&s->lock);
		if (!todo.first)
			return NULL;
		write_surely(s, &todo, &ran);
		metric_add(s->commits, 1);
		metric_add(s->jobs, (int64_t)ran.n);
		batch_ended(s, &ran);
		syncer_post(s, &ran);
	}
}

/* --- readers --- */

enum { READER_NICE = 5 };

struct reader_arg {
	struct store *s;
	struct session *session;
};

static int read_once(struct session *session, struct arena *arena, store_run_f *run, void *arg, struct err *e)
{
	struct tx tx;
	bool lost;
	int rc = session_begin(session, false, e);
	if (rc < 0)
		return rc;
	tx_init(&tx, session, arena, false);
	rc = tx_run_job(&tx, true, run, arg, &lost, e);
	session_rollback(session);
	return rc;
}

int read_job(struct session *session, struct arena *arena, store_run_f *run, void *arg, struct err *e)
{
	int rc = E_AGAIN;
	for (unsigned tries = 0; rc == E_AGAIN && tries < 3; tries++) { /* the connection may have ended since the last one */
		if (tries) {
			arena_reset(arena);
			*e = (struct err){ 0 };
		}
		rc = read_once(session, arena, run, arg, e);
		if (rc == E_AGAIN && !session->again)
			break; /* the job's own word */
	}
	return rc == E_AGAIN && session->again ? e->code = E_IO : rc;
}

void threads_yield(void)
{
	process_yield(READER_NICE);
}

static void *reader_main(void *arg)
{
	struct reader_arg *r = arg;
	struct store *s = r->s;
	threads_yield();
	process_prompt();
	for (;;) {
		struct queue ran = { 0 };
		pthread_mutex_lock(&s->lock);
		while (s->to_read.n == 0 && !s->stopping)
			pthread_cond_wait(&s->reader_wake, &s->lock);
		lanes_take(&s->to_read, &ran, 1);
		pthread_mutex_unlock(&s->lock);
		if (!ran.first)
			break;
		ran.first->rc = read_job(r->session, ran.first->arena, ran.first->run, ran.first->arg, &ran.first->err);
		syncer_seen(s);
		threads_post(s, &ran);
	}
	free(r);
	return NULL;
}

void threads_start(struct store *s)
{
	syncer_start(s);
	must(pthread_create(&s->writer_thread, NULL, writer_main, s) == 0);
	for (unsigned i = 0; i < s->readers; i++) {
		struct reader_arg *r = mem_new(struct reader_arg);
		*r = (struct reader_arg){ .s = s, .session = &s->reader[i] };
		must(pthread_create(&s->reader_thread[i], NULL, reader_main, r) == 0);
	}
}

void threads_join(struct store *s)
{
	must(pthread_join(s->writer_thread, NULL) == 0);
	syncer_join(s);
	for (unsigned i = 0; i < s->readers; i++)
		must(pthread_join(s->reader_thread[i], NULL) == 0);
}
