#include "gateway/flow/chore.h"

#include <stdlib.h>

#include "gateway/flow/internal.h"

static void on_timer(uv_timer_t *t);

static void wait_for(struct chore *c, int64_t ms)
{
	if (ms >= 0 && !c->flow->draining)
		must(uv_timer_start(&c->timer, on_timer, (uint64_t)ms, 0) == 0);
}

static void closed(uv_handle_t *h)
{
	struct chore *c = h->data;
	if (c->kind->fini != NULL)
		c->kind->fini(c);
	free(c);
}

static void over(struct chore *c, int rc, const struct err *e)
{
	c->busy = false;
	wait_for(c, c->kind->done(c, rc, e));
}

static void on_worker(uv_work_t *w)
{
	struct chore *c = w->data;
	c->err = (struct err){ 0 };
	c->rc = c->kind->work(c, &c->err);
}

static void worked(uv_work_t *w, int status)
{
	struct chore *c = w->data;
	(void)status; /* nobody cancels it */
	if (c->gone)
		uv_close((uv_handle_t *)&c->timer, closed);
	else
		over(c, c->rc, &c->err);
}

static void job_done(void *arg, int rc, const struct err *e)
{
	struct chore *c = arg;
	if (rc == 0 && c->kind->work != NULL)
		must(uv_queue_work(c->flow->set.loop, &c->worker, on_worker, worked) == 0);
	else
		over(c, rc, e);
}

static void on_timer(uv_timer_t *t)
{
	struct chore *c = t->data;
	if (c->flow->draining)
		return;
	const struct store_job job = { .run = c->kind->run, .done = job_done, .arg = c, .write = c->write };
	c->busy = (c->kind->begin == NULL || c->kind->begin(c)) && store_give(c->flow->set.store, &job) == 0;
	if (!c->busy)
		wait_for(c, (int64_t)c->kind->first_ms);
}

void chore_init(struct chore *c, const struct chore_kind *kind, struct flow *f, bool write)
{
	*c = (struct chore){ .kind = kind, .flow = f, .write = write };
	must(uv_timer_init(f->set.loop, &c->timer) == 0);
	c->timer.data = c->worker.data = c;
}

void chore_start(struct chore *c)
{
	wait_for(c, (int64_t)c->kind->first_ms);
}

void chore_destroy(struct chore **cp)
{
	struct chore *c = *cp;
	*cp = NULL;
	must(!c->busy || c->kind->work != NULL); /* the store has stopped, and with it every job */
	(void)uv_timer_stop(&c->timer);
	c->gone = true;
	if (!c->busy)
		uv_close((uv_handle_t *)&c->timer, closed);
}
