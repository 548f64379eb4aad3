/* A report must not miss what its reader has just seen happen: before each job the store is asked how far it is, and the
 * standby for having come as far. Where it has not within WAIT_MS, is away or is none, the job runs on the store. */
#include "gateway/store/far.h"

#include "gateway/base/clock.h"
#include "gateway/base/log.h"

enum { WAIT_MS = 2000, AWAY_MS = 15000 /* before a standby that was away is asked again */ };

struct far {
	struct store *store;
	struct session near, far; /* to the store, to the standby: opened when first needed */
	pthread_t thread;
	bool running;
	bool used;         /* the last job ran there, or so it is hoped: what is logged is a change */
	int64_t ask_at;    /* monotonic */
	struct metric *from_standby, *from_store;
};

static int standby_ready(struct far *f, struct err *e)
{
	const struct db_standby *ops = f->store->ops->standby;
	char place[DB_PLACE_MAX];
	int rc = f->far.db ? 0 : store_session(f->store, &f->far, DB_STANDBY, e);
	if (rc < 0) {
		session_close(&f->far);
		f->far = (struct session){ 0 };
		return rc;
	}
	rc = ops->place(f->near.db, place, e);
	return rc < 0 ? rc : ops->reach(f->far.db, place, WAIT_MS, e);
}

static void note(struct far *f, bool used, const struct err *e)
{
	metric_add(used ? f->from_standby : f->from_store, 1);
	if (used == f->used)
		return;
	f->used = used;
	if (used)
		log_info("store", "reports are read from the standby", NULL);
	else
		log_warn("store", "reports are read from the store itself", "reason=%s", e->words);
}

static void run_job(struct far *f, struct job *j)
{
	struct err e = { 0 };
	int rc = clock_monotonic() < f->ask_at ? E_AGAIN : standby_ready(f, &e);
	if (rc == 0) {
		j->rc = read_job(&f->far, j->arena, j->run, j->arg, &j->err);
		if (j->rc != E_IO) {
			note(f, true, NULL);
			return;
		}
		e = j->err; /* it went away, or its copying had to go on */
		j->err = (struct err){ 0 };
		arena_reset(j->arena);
	} else if (clock_monotonic() >= f->ask_at && rc != E_TIMEOUT)
		f->ask_at = clock_monotonic() + AWAY_MS;
	j->rc = read_job(&f->near, j->arena, j->run, j->arg, &j->err);
	note(f, false, &e);
}

static void *far_main(void *arg)
{
	struct far *f = arg;
	struct store *s = f->store;
	threads_yield();
	for (;;) {
		struct queue ran = { 0 };
		pthread_mutex_lock(&s->lock);
		while (!s->to_far.n && !s->stopping)
			pthread_cond_wait(&s->far_wake, &s->lock);
		lanes_take(&s->to_far, &ran, 1);
		pthread_mutex_unlock(&s->lock);
		if (!ran.first)
			return NULL;
		run_job(f, ran.first);
		threads_post(s, &ran);
	}
}

int far_start(struct store *s, struct err *e)
{
	struct far *f = s->far = mem_new(struct far);
	*f = (struct far){ .store = s, .used = true };
	f->from_standby = metric_counter("xinqiao_store_reports_total", "from=\"standby\"", "Reports, by where they were read");
	f->from_store = metric_counter("xinqiao_store_reports_total", "from=\"store\"", "Reports, by where they were read");
	int rc = store_session(s, &f->near, DB_READER, e);
	if (rc < 0)
		return rc;
	must(pthread_create(&f->thread, NULL, far_main, f) == 0);
	f->running = true;
	return 0;
}

void far_stop(struct store *s)
{
	struct far *f = s->far;
	if (!f)
		return;
	if (f->running)
		must(pthread_join(f->thread, NULL) == 0);
	session_close(&f->near);
	session_close(&f->far);
	free(f);
	s->far = NULL;
}
