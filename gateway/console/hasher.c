#include "gateway/console/hasher.h"

#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/base/process.h"

enum { THREADS = 2, NICE = 10 };

struct jobs { struct hash_job *first, **last; };

struct hasher {
	pthread_t thread[THREADS];
	pthread_mutex_t lock; /* the four below */
	pthread_cond_t wake;
	struct jobs waiting, ran;
	bool stopping;
	unsigned out;      /* given, done() not yet called */
	uv_async_t *async; /* frees itself when closed */
};

static void add(struct jobs *q, struct hash_job *j)
{
	j->next = NULL;
	*q->last = j;
	q->last = &j->next;
}

static struct hash_job *take(struct jobs *q)
{
	struct hash_job *j = q->first;
	if (j && !(q->first = j->next))
		q->last = &q->first;
	return j;
}

static struct hash_job *take_locked(struct hasher *h, struct jobs *q)
{
	pthread_mutex_lock(&h->lock);
	struct hash_job *j = take(q);
	pthread_mutex_unlock(&h->lock);
	return j;
}

static struct hash_job *wait_job(struct hasher *h)
{
	pthread_mutex_lock(&h->lock);
	while (!h->waiting.first && !h->stopping)
		pthread_cond_wait(&h->wake, &h->lock);
	struct hash_job *j = h->stopping ? NULL : take(&h->waiting);
	pthread_mutex_unlock(&h->lock);
	return j;
}

static void *thread_main(void *arg)
{
	struct hasher *h = arg;
	process_yield(NICE);
	for (struct hash_job *j; (j = wait_job(h));) {
		j->run(j);
		pthread_mutex_lock(&h->lock);
		add(&h->ran, j);
		pthread_mutex_unlock(&h->lock);
		uv_async_send(h->async);
	}
	return NULL;
}

static void end(struct hasher *h, struct hash_job *j, bool ran)
{
	if (--h->out == 0)
		uv_unref((uv_handle_t *)h->async);
	j->done(j, ran);
}

static void on_ran(uv_async_t *a)
{
	struct hasher *h = a->data;
	for (struct hash_job *j; (j = take_locked(h, &h->ran));)
		end(h, j, true);
}

struct hasher *hasher_create(uv_loop_t *loop)
{
	struct hasher *h = mem_new(struct hasher);
	h->waiting.last = &h->waiting.first;
	h->ran.last = &h->ran.first;
	h->async = mem_new(uv_async_t);
	must(pthread_mutex_init(&h->lock, NULL) == 0 && pthread_cond_init(&h->wake, NULL) == 0);
	must(uv_async_init(loop, h->async, on_ran) == 0);
	h->async->data = h;
	uv_unref((uv_handle_t *)h->async); /* only jobs keep the loop alive */
	for (unsigned i = 0; i < THREADS; i++)
		must(pthread_create(&h->thread[i], NULL, thread_main, h) == 0);
	return h;
}

void hasher_give(struct hasher *h, struct hash_job *j)
{
	if (h->out++ == 0)
		uv_ref((uv_handle_t *)h->async);
	pthread_mutex_lock(&h->lock);
	add(&h->waiting, j);
	pthread_mutex_unlock(&h->lock);
	pthread_cond_signal(&h->wake);
}

static void async_closed(uv_handle_t *a)
{
	free(a);
}

void hasher_destroy(struct hasher **out)
{
	struct hasher *h = *out;
	if (!h)
		return;
	*out = NULL;
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_cond_broadcast(&h->wake);
	pthread_mutex_unlock(&h->lock);
	for (unsigned i = 0; i < THREADS; i++)
		must(pthread_join(h->thread[i], NULL) == 0);
	for (struct hash_job *j; (j = take(&h->ran));)
		end(h, j, true);
	for (struct hash_job *j; (j = take(&h->waiting));)
		end(h, j, false);
	uv_close((uv_handle_t *)h->async, async_closed);
	pthread_mutex_destroy(&h->lock);
	pthread_cond_destroy(&h->wake);
	free(h);
}
