#include "gateway/store/syncer.h"

#include "gateway/base/process.h"

/* Until the commit before is on disk and its jobs were posted. */
static void settle(struct store *s)
{
	struct syncer *y = &s->syncer;
	pthread_mutex_lock(&s->lock);
	while (y->busy)
		pthread_cond_wait(&y->idle, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static void on_disk(struct store *s)
{
	struct syncer *y = &s->syncer;
	pthread_mutex_lock(&s->lock);
	y->busy = false;
	y->synced = y->begun;
	pthread_cond_broadcast(&y->idle);
	pthread_mutex_unlock(&s->lock);
}

/* A sync is left to the other thread only where somebody waits for this one; else it is as soon done here. */
int syncer_commit(struct store *s, struct err *e)
{
	struct syncer *y = &s->syncer;
	settle(s);
	pthread_mutex_lock(&s->lock);
	bool leave = y->running && s->to_write.n > 0;
	y->begun += leave;
	pthread_mutex_unlock(&s->lock);
	y->later = false;
	int rc = leave ? session_commit_unsynced(&s->writer, &y->later, e) : session_commit(&s->writer, e);
	if (leave && !y->later)
		on_disk(s);
	return rc;
}

void syncer_post(struct store *s, struct queue *ran)
{
	struct syncer *y = &s->syncer;
	if (!y->later) {
		settle(s);
		threads_post(s, ran);
		return;
	}
	y->later = false;
	pthread_mutex_lock(&s->lock);
	y->ran = *ran;
	y->busy = true;
	pthread_cond_broadcast(&y->wake);
	pthread_mutex_unlock(&s->lock);
	*ran = (struct queue){ 0 };
}

bool syncer_idle(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	bool idle = !s->syncer.busy;
	pthread_mutex_unlock(&s->lock);
	return idle;
}

void syncer_seen(struct store *s)
{
	struct syncer *y = &s->syncer;
	pthread_mutex_lock(&s->lock);
	for (uint64_t seen = y->begun; y->synced < seen;)
		pthread_cond_wait(&y->idle, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static void *syncer_main(void *arg)
{
	struct store *s = arg;
	struct syncer *y = &s->syncer;
	process_prompt();
	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (!y->busy && !y->stopping)
			pthread_cond_wait(&y->wake, &s->lock);
		bool busy = y->busy;
		pthread_mutex_unlock(&s->lock);
		if (!busy)
			return NULL;
		s->ops->sync(s->writer.db);
		threads_post(s, &y->ran);
		on_disk(s);
	}
}

void syncer_start(struct store *s)
{
	struct syncer *y = &s->syncer;
	*y = (struct syncer){ .running = s->ops->sync != NULL };
	must(pthread_cond_init(&y->wake, NULL) == 0 && pthread_cond_init(&y->idle, NULL) == 0);
	must(!y->running || pthread_create(&y->thread, NULL, syncer_main, s) == 0);
}

void syncer_join(struct store *s)
{
	struct syncer *y = &s->syncer;
	pthread_mutex_lock(&s->lock);
	y->stopping = true;
	pthread_cond_broadcast(&y->wake);
	pthread_mutex_unlock(&s->lock);
	if (y->running)
		must(pthread_join(y->thread, NULL) == 0);
	pthread_cond_destroy(&y->wake);
	pthread_cond_destroy(&y->idle);
}
