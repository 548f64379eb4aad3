/* The writer and the readers: what runs on threads of their own. */
#include "gateway/store/threads.h"

#include <poll.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/process.h"
#include "gateway/store/syncer.h"

void queue_add(struct queue *q, struct job *j)
{
	j->next = NULL;
	if (q->last)
		q->last->next = j;
	else
		q->first = j;
	q->last = j;
	q->n++;
}

void queue_move(struct queue *q, struct queue *to, size_t max)
{
	if (max >= q->n && !to->first) { /* all of it, at once */
		*to = *q;
		*q = (struct queue){ 0 };
		return;
	}
	for (struct job *j; max > 0 && (j = q->first); max--) {
		q->first = j->next;
		if (!q->first)
			q->last = NULL;
		q->n--;
		queue_add(to, j);
	}
}

/* --- lanes --- */

void lanes_add(struct lanes *l, struct job *j)
{
	queue_add(&l->lane[j->lane], j);
	l->busy |= UINT64_C(1) << j->lane;
	l->n++;
}

/* The next lane that has jobs, from the one whose turn it is. */
static unsigned lanes_next(const struct lanes *l)
{
	uint64_t later = l->busy & (~UINT64_C(0) << l->turn);
	return (unsigned)__builtin_ctzll(later ? later : l->busy);
}

void lanes_take(struct lanes *l, struct queue *to, size_t max)
{
	for (; max > 0 && l->n > 0; max--) {
		unsigned i = lanes_next(l);
		queue_move(&l->lane[i], to, 1);
		if (l->lane[i].n == 0)
			l->busy &= ~(UINT64_C(1) << i);
		l->turn = (i + 1) % STORE_LANES;
		l->n--;
	}
}

void lanes_put_back(struct lanes *l, struct queue *q)
{
	struct queue later[STORE_LANES];
	if (!q->first)
		return;
	memcpy(later, l->lane, sizeof later);
	memset(l->lane, 0, sizeof l->lane);
	for (struct job *j = q->first, *next; j; j = next) {
		next = j->next;
		lanes_add(l, j);
	}
	for (unsigned i = 0; i < STORE_LANES; i++)
		queue_move(&later[i], &l->lane[i], later[i].n);
	*q = (struct queue){ 0 };
}

/* --- the writer --- */

/* While others wait, a transaction takes no more jobs than fit into a slice: nobody waits for a whole batch of somebody who gives
 * very many. Where commits are dear a slice is longer, so that they take a third at most. Alone, somebody gets all of
 * the batch: the more jobs a commit, the more jobs a second. Once the few have had their turn in a batch, and only one lane's many are
 * left of it, they wait for no more of those than makes a commit half of the time. */
enum { SLICE_MS = 4, COMMITS_A_SLICE = 2, SLICE_MAX_MS = 20, COMMIT_UNIT = 16 };

static int64_t slice_ms(const struct store *s, bool few_ran)
{
	int64_t ms = (few_ran ? 1 : COMMITS_A_SLICE) * s->commit_16 / COMMIT_UNIT, least = few_ran ? 1 : SLICE_MS;
	return ms < least ? least : ms > SLICE_MAX_MS ? SLICE_MAX_MS : ms;
}

/* The last job of q after which all are of one lane. NULL: all are, but for the gateway's own. */
static const struct job *last_of_few(const struct queue *q)
{
	const struct job *last = NULL;
	for (const struct job *j = q->first; j; j = j->next)
		if (j->lane != 0 && j->lane != q->last->lane)
			last = j;
	return last;
}

/* next: the job that would run now. Nothing is cut short for the gateway's own work, which waits for nobody at a screen; nor by it, while
 * only one lane gives it work to do. */
static bool slice_over(struct store *s, const struct job *next, bool few_ran)
{
	int64_t passed = clock_monotonic() - s->batch_at;
	if (few_ran && passed >= slice_ms(s, true))
		return true;
	if (passed < slice_ms(s, false))
		return false;
	pthread_mutex_lock(&s->lock);
	uint64_t others = s->to_write.busy & ~(UINT64_C(1) << next->lane | 1);
	pthread_mutex_unlock(&s->lock);
	return next->lane == 0 ? (others & (others - 1)) != 0 : others != 0;
}

static int commit(struct store *s, struct err *e)
{
	int64_t began = clock_monotonic();
	int rc = syncer_commit(s, e);
	int64_t more = (clock_monotonic() - began) * COMMIT_UNIT - s->commit_16;
	s->commit_16 += more < 0 ? more / 4 : more / 16; /* that of a large batch takes longer, which is no reason for larger ones */
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

/* Runs jobs from todo in the open transaction, moving each to ran. Stops early when its slice is over, and with E_IO or E_AGAIN when
 * the whole transaction is lost. */
static int run_jobs(struct store *s, struct queue *todo, struct queue *ran, bool *failed, struct err *e)
{
	bool alone = todo->n == 1, lost = false, few_ran = false;
	const struct job *few = last_of_few(todo);
	while (todo->first && !lost && (ran->n == 0 || !slice_over(s, todo->first, few_ran))) {
		struct job *j = todo->first;
		queue_move(todo, ran, 1);
		few_ran |= j == few;
		if (!run_one(s, j, alone, &lost)) {
			*failed = true;
			*e = j->err;
		}
	}
	return !lost ? 0 : s->writer.again ? E_AGAIN : E_IO;
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

/* 1: todo ran, in the open transaction, as far as its slice went. 0: one failed and nothing is done: an open transaction waits for each to
 * run for itself. */
static int run_together(struct store *s, struct queue *todo, struct queue *ran, struct err *e)
{
	bool lost = false, few_ran = false;
	size_t n = 0;
	const struct job *few = last_of_few(todo);
	for (struct job *j = todo->first; j && !lost && (n == 0 || !slice_over(s, j, few_ran)); j = j->next, n++) {
		(void)run_one(s, j, true, &lost);
		few_ran |= j == few;
	}
	if (!lost) {
		queue_move(todo, ran, n);
		return 1;
	}
	if (s->writer.again)
		return E_AGAIN;
	forget(todo);
	session_rollback(&s->writer);
	return session_begin(&s->writer, true, e);
}

static int run_all(struct store *s, struct queue *todo, struct queue *ran, bool *failed, struct err *e)
{
	int rc = all_again(todo) ? run_together(s, todo, ran, e) : 0;
	if (rc < 0) {
		queue_move(todo, ran, todo->n);
		*failed = rc != E_AGAIN;
	}
	return rc < 0 ? rc : rc == 1 ? 0 : run_jobs(s, todo, ran, failed, e);
}

/* One transaction: jobs move from todo to ran. E_AGAIN: all of it may run again; else ran has its answers. */
static int write_once(struct store *s, struct queue *todo, struct queue *ran, struct err *e)
{
	bool failed = false, alone = todo->n == 1;
	s->batch_at = clock_monotonic();
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

static void take_back(struct queue *todo, struct queue *ran)
{
	queue_move(todo, ran, todo->n);
	forget(ran);
	queue_move(ran, todo, ran->n);
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
		while (s->to_write.n == 0 && !s->stopping)
			pthread_cond_wait(&s->writer_wake, &s->lock);
		lanes_take(&s->to_write, &todo, s->config.batch_max);
		pthread_mutex_unlock(&s->lock);
		if (!todo.first)
			return NULL;
		write_surely(s, &todo, &ran);
		metric_add(s->commits, 1);
		metric_add(s->jobs, (int64_t)ran.n);
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
