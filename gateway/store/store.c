#include "gateway/store/store.h"

#include <openssl/crypto.h>

#include "gateway/base/clock.h"
#include "gateway/store/far.h"
#include "gateway/store/migrate.h"
#include "gateway/store/nodes.h"
#include "gateway/store/syncer.h"

enum { READERS_DEFAULT = 2, QUEUE_DEFAULT = 20000, BATCH_DEFAULT = 512, SLICE_DEFAULT_MS = 1, SPARE_JOBS = 256, ARENA_FIRST = 8192, NOW_TRIES = 5 };

/* --- open and close --- */

static int config_check(const struct store_config *c, struct err *e)
{
	if (store_dsn_check(c->dsn, e) < 0)
		return err_wrap(e, "store");
	if (c->reports_dsn && store_reports_check(c->dsn, c->reports_dsn, e) < 0)
		return e->code;
	if (c->node > 1023)
		return err_set(e, E_CONFIG, "node %u: must be 0 to 1023", c->node);
	return 0;
}

int store_open(struct store **out, const struct store_config *c, struct err *e)
{
	*out = NULL;
	int rc = config_check(c, e);
	if (rc < 0)
		return rc;
	struct store *s = mem_new(struct store);
	s->config = *c;
	s->dsn = mem_strdup(c->dsn);
	s->far_dsn = c->reports_dsn ? mem_strdup(c->reports_dsn) : NULL;
	s->ops = db_find(c->dsn);
	s->readers = c->readers == 0 ? READERS_DEFAULT : c->readers > READERS_MAX ? READERS_MAX : c->readers;
	if (!s->config.queue_max)
		s->config.queue_max = QUEUE_DEFAULT;
	if (!s->config.batch_max)
		s->config.batch_max = BATCH_DEFAULT;
	if (!s->config.slice_ms)
		s->config.slice_ms = SLICE_DEFAULT_MS;
	atomic_init(&s->healthy, true);
	must(pthread_mutex_init(&s->lock, NULL) == 0 && pthread_cond_init(&s->writer_wake, NULL) == 0 &&
		pthread_cond_init(&s->reader_wake, NULL) == 0 &&
		pthread_cond_init(&s->far_wake, NULL) == 0);
	s->commits = metric_counter("xinqiao_store_commits_total", "", "Transactions of the store's writer");
	s->jobs = metric_counter("xinqiao_store_jobs_total", "", "Write jobs, committed or not");
	s->agains = metric_counter("xinqiao_store_retries_total", "", "Transactions run again: two nodes met, or the connection was lost");
	s->failures = metric_counter("xinqiao_store_failures_total", "", "Commits that failed or jobs that met a fault of the disk");
	rc = session_open(&s->writer, s->ops, s->dsn, c->node, DB_WRITER, e);
	if (rc == 0 && c->exclusive)
		rc = s->ops->exclusive(s->writer.db, e);
	if (rc == 0)
		rc = migrate(&s->writer, e);
	if (rc == 0)
		rc = nodes_clock(s->ops, s->writer.db, e);
	if (rc == 0 && !c->as_it_is) /* what is copied is sealed already, and stays so */
		rc = sealer_open(&s->sealer, &s->writer, c->key_file, c->exclusive, e);
	if (rc == 0 && !c->as_it_is && c->secret_file)
		rc = secret_open(s, e);
	if (rc == 0 && !c->as_it_is)
		rc = move_unfinished(&s->writer, e);
	if (rc == 0 && c->exclusive && !c->as_it_is)
		rc = restored_look(s, e);
	if (rc < 0)
		store_close(&s);
	*out = s;
	return rc;
}

struct sealer *store_sealer(const struct store *s)
{
	return s->sealer;
}

int store_session(struct store *s, struct session *session, enum db_role role, struct err *e)
{
	int rc = session_open(session, s->ops, role == DB_STANDBY ? s->far_dsn : s->dsn, s->config.node, role, e);
	session->sealer = s->sealer;
	return rc;
}

void store_close(struct store **out)
{
	struct store *s = *out;
	if (!s)
		return;
	must(!s->started);
	session_close(&s->now);
	session_close(&s->writer);
	sealer_destroy(&s->sealer);
	for (struct job *j = s->spare, *next; j; j = next) {
		next = j->next;
		arena_destroy(&j->arena);
		free(j);
	}
	for (struct store_duty *d = s->duty, *next; d; d = next) {
		next = d->next;
		free(d->name);
		free(d);
	}
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->writer_wake);
	pthread_cond_destroy(&s->reader_wake);
	pthread_cond_destroy(&s->far_wake);
	free(s->told);
	free(s->dsn);
	free(s->far_dsn);
	OPENSSL_cleanse(&s->secret, sizeof s->secret);
	free(s);
	*out = NULL;
}

void store_watch(struct store *s, store_change_f *f, void *arg)
{
	must(!s->started && s->watchers < WATCHERS_MAX);
	s->watcher[s->watchers++] = (struct watcher){ f, arg };
	s->writer.watched = s->now.watched = true;
}

bool store_healthy(const struct store *s)
{
	return atomic_load(&s->healthy);
}

bool store_shared(const struct store *s)
{
	return s->ops->shared;
}

unsigned store_queued(const struct store *s)
{
	return s->writes_out;
}

/* --- the loop's side --- */

static struct job *job_new(struct store *s)
{
	struct job *j = s->spare;
	if (!j) {
		j = mem_new(struct job);
		j->arena = arena_create(ARENA_FIRST);
		return j;
	}
	s->spare = j->next;
	s->spares--;
	*j = (struct job){ .arena = j->arena };
	return j;
}

static void job_free(struct store *s, struct job *j)
{
	if (s->spares < SPARE_JOBS) {
		arena_reset(j->arena);
		j->next = s->spare;
		s->spare = j;
		s->spares++;
		return;
	}
	arena_destroy(&j->arena);
	free(j);
}

/* The changes of one commit, from job j to the commit's last. */
static void tell(struct store *s, const struct job *j)
{
	size_t n = 0, total = 0;
	for (const struct job *k = j; k; k = k->last_of_commit ? NULL : k->next)
		total += k->changes;
	if (!total)
		return;
	if (total > s->told_room)
		s->told = mem_realloc(s->told, (s->told_room = total) * sizeof *s->told);
	for (const struct job *k = j; k; k = k->last_of_commit ? NULL : k->next)
		for (size_t i = 0; i < k->changes; i++)
			s->told[n++] = k->change[i];
	for (unsigned i = 0; i < s->watchers; i++)
		s->watcher[i].f(s->watcher[i].arg, s->told, n);
}

/* What is over is not counted any more: its done() may ask whether others wait. */
static void count_off(struct store *s, const struct job *j)
{
	s->out[j->write][j->lane]--;
	--*(j->write ? &s->writes_out : &s->reads_out);
	if (!s->writes_out && !s->reads_out)
		uv_unref((uv_handle_t *)s->async);
}

static void job_end(struct store *s, struct job *j)
{
	if (!j->aside)
		count_off(s, j);
	if (j->done)
		j->done(j->arg, j->rc, &j->err);
	job_free(s, j);
}

static void deliver_one(struct store *s)
{
	struct queue one = { 0 };
	lanes_take(&s->ended, &one, 1);
	job_end(s, one.first);
}

/* What a commit changed is told before any of its jobs has its answer; then the lanes take turns here as well. */
static void take_ended(struct store *s)
{
	struct queue done = { 0 };
	bool begins = true;
	pthread_mutex_lock(&s->lock);
	queue_move(&s->done, &done, s->done.n);
	pthread_mutex_unlock(&s->lock);
	for (struct job *j = done.first, *next; j; j = next) {
		next = j->next;
		if (begins)
			tell(s, j);
		begins = j->last_of_commit;
		lanes_add(&s->ended, j);
	}
}

/* So long at a time; then the sockets have their turn. */
enum { DELIVER_MS = 1 };

static void on_async(uv_async_t *a)
{
	struct store *s = a->data;
	int64_t began = clock_monotonic();
	take_ended(s);
	while (s->ended.n > 0 && clock_monotonic() - began < DELIVER_MS)
		deliver_one(s);
	if (s->ended.n > 0)
		uv_async_send(a);
}

static unsigned strangers_out(const struct store *s, bool write)
{
	unsigned n = 0;
	for (unsigned i = STORE_LANES_STRANGERS; i < STORE_LANES; i++)
		n += s->out[write][i];
	return n;
}

static bool full(const struct store *s, bool write, unsigned lane)
{
	unsigned out = write ? s->writes_out : s->reads_out, its = s->out[write][lane];
	unsigned all = s->config.queue_max, half = (all + 1) / 2, quarter = (all + 3) / 4;
	if (lane >= STORE_LANES_STRANGERS && (its >= quarter || strangers_out(s, write) >= half))
		return true;
	return out >= all || (lane && its >= half);
}

int store_give(struct store *s, const struct store_job *given)
{
	bool write = given->write;
	must(given->lane < STORE_LANES);
	if (!s->started)
		return E_CLOSED;
	if (full(s, write, given->lane))
		return E_AGAIN;
	struct job *j = job_new(s);
	j->run = given->run;
	j->done = given->done;
	j->arg = given->arg;
	j->write = write;
	j->again = given->again;
	j->lane = (uint8_t)given->lane;
	if (!s->writes_out && !s->reads_out)
		uv_ref((uv_handle_t *)s->async);
	++*(write ? &s->writes_out : &s->reads_out);
	s->out[write][given->lane]++;
	pthread_mutex_lock(&s->lock);
	bool far = given->far && !write && s->far;
	struct lanes *l = write ? &s->to_write : far ? &s->to_far : &s->to_read;
	bool first = !lanes_ready(l);
	lanes_add(l, j);
	pthread_mutex_unlock(&s->lock);
	if (!write)
		pthread_cond_signal(far ? &s->far_wake : &s->reader_wake);
	else if (first)
		pthread_cond_signal(&s->writer_wake);
	return 0;
}

int store_write(struct store *s, store_run_f *run, store_done_f *done, void *arg)
{
	return store_give(s, &(struct store_job){ .run = run, .done = done, .arg = arg, .write = true });
}

int store_write_again(struct store *s, store_run_f *run, store_done_f *done, void *arg)
{
	return store_give(s, &(struct store_job){ .run = run, .done = done, .arg = arg, .write = true, .again = true });
}

int store_read(struct store *s, store_run_f *run, store_done_f *done, void *arg)
{
	return store_give(s, &(struct store_job){ .run = run, .done = done, .arg = arg });
}

int store_start(struct store *s, uv_loop_t *loop, struct err *e)
{
	must(!s->started);
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < s->readers; i++)
		rc = store_session(s, &s->reader[i], DB_READER, e);
	s->async = mem_new(uv_async_t);
	int uv = rc == 0 ? uv_async_init(loop, s->async, on_async) : 0;
	if (uv < 0)
		rc = err_set(e, E_IO, "the store cannot wake the loop: %s", uv_strerror(uv));
	if (rc < 0) {
		free(s->async);
		s->async = NULL;
		for (unsigned i = 0; i < s->readers; i++)
			session_close(&s->reader[i]);
		return rc;
	}
	s->async->data = s;
	uv_unref((uv_handle_t *)s->async); /* only jobs under way keep the loop alive */
	s->stopping = false;
	s->started = true;
	rc = nodes_start(s, e);
	if (rc == 0 && s->far_dsn)
		rc = far_start(s, e);
	threads_start(s);
	if (rc < 0)
		store_stop(s);
	return rc;
}

static void async_closed(uv_handle_t *h)
{
	free(h);
}

void store_stop(struct store *s)
{
	if (!s->started)
		return;
	s->started = false; /* a done() may not give new jobs */
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->writer_wake);
	pthread_cond_broadcast(&s->reader_wake);
	pthread_cond_broadcast(&s->far_wake);
	pthread_mutex_unlock(&s->lock);
	threads_join(s);
	far_stop(s);
	nodes_stop(s);
	take_ended(s);
	while (s->ended.n > 0)
		deliver_one(s);
	for (unsigned i = 0; i < s->readers; i++)
		session_close(&s->reader[i]);
	uv_close((uv_handle_t *)s->async, async_closed);
	s->async = NULL;
}

/* --- in the caller's thread --- */

static int write_once_now(struct store *s, struct tx *tx, struct arena *arena, store_run_f *run, void *arg, struct err *e)
{
	bool lost;
	int rc = session_begin(&s->now, true, e);
	if (rc < 0)
		return rc;
	tx_init(tx, &s->now, arena, true);
	rc = tx_run_job(tx, true, run, arg, &lost, e);
	if (rc < 0) {
		session_rollback(&s->now);
		return rc;
	}
	return session_commit(&s->now, e);
}

static int write_now(struct store *s, struct arena *arena, store_run_f *run, void *arg, struct err *e)
{
	struct tx tx;
	int rc;
	for (unsigned tries = 1;; tries++) {
		rc = write_once_now(s, &tx, arena, run, arg, e);
		for (unsigned asked = 0; rc == E_TIMEOUT && asked < NOW_TRIES; asked++)
			rc = session_unsure(&s->now, e);
		if (rc != E_AGAIN || !s->now.again || tries == NOW_TRIES)
			break;
		arena_reset(arena);
		*e = (struct err){ 0 };
	}
	for (unsigned i = 0; rc == 0 && tx.changes && i < s->watchers; i++)
		s->watcher[i].f(s->watcher[i].arg, tx.change, tx.changes);
	return rc;
}

int store_now(struct store *s, bool write, store_run_f *run, void *arg, struct err *e)
{
	struct err own;
	e = e ? e : &own;
	*e = (struct err){ 0 };
	int rc = 0;
	if (!s->now.db)
		rc = store_session(s, &s->now, DB_WRITER, e);
	s->now.watched = s->watchers > 0 || s->ops->nodes;
	if (rc < 0)
		return rc;
	struct arena *arena = arena_create(ARENA_FIRST);
	rc = write ? write_now(s, arena, run, arg, e) : read_job(&s->now, arena, run, arg, e);
	arena_destroy(&arena);
	syncer_seen(s);
	return rc;
}

int store_backup(struct store *s, const char *path, void (*progress)(void *, int done, int total), void *arg, struct err *e)
{
	struct session own;
	int rc = store_session(s, &own, DB_READER, e);
	if (rc == 0)
		rc = s->ops->backup(own.db, path, progress, arg, e);
	session_close(&own);
	return rc;
}
