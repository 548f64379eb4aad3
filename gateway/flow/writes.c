/* What the flows ask of the store: a channel's in the channel's lane, so that no other waits for what one brings, and the gateway's own. */
#include "gateway/flow/internal.h"

enum { BACKLOG_MS = 20 };

struct backlog { /* a write the store had no room for */
	struct backlog *next;
	store_run_f *run;
	store_done_f *done;
	void *arg;
};

struct later { /* a no that is still to be said */
	struct later *next;
	store_done_f *done;
	void *arg;
};

void writes_init(struct writes *w, unsigned lane)
{
	*w = (struct writes){ .lane = lane, .end = &w->first };
}

/* The gateway's own first, then the channels'. */
static struct writes *writes_at(struct flow *f, size_t i)
{
	return i ? &f->channels.lane[i - 1]->writes : &f->writes;
}

bool writes_wait(struct flow *f)
{
	for (size_t i = 0; i <= f->channels.count; i++)
		if (writes_at(f, i)->first)
			return true;
	return false;
}

/* --- writes that wait for room --- */

static int give(struct flow *f, unsigned lane, store_run_f *run, store_done_f *done, void *arg)
{
	return store_give(f->set.store, &(struct store_job){ .run = run, .done = done, .arg = arg, .write = true, .again = true,
		.lane = lane });
}

static struct backlog *pop(struct writes *w)
{
	struct backlog *b = w->first;
	w->first = b->next;
	if (w->first == NULL)
		w->end = &w->first;
	return b;
}

static bool go_on(struct flow *f, struct writes *w)
{
	const struct backlog *b = w->first;
	if (b == NULL || give(f, w->lane, b->run, b->done, b->arg) < 0)
		return false;
	free(pop(w));
	return true;
}

/* One of each lane in turn: what room there is, is not all for the first. */
static void backlog_run(uv_timer_t *t)
{
	struct flow *f = t->data;
	for (bool some = true; some;) {
		some = false;
		for (size_t i = 0; i <= f->channels.count; i++)
			some |= go_on(f, writes_at(f, i));
	}
	if (!writes_wait(f))
		(void)uv_timer_stop(t);
}

static void write_or_wait(struct flow *f, struct writes *w, store_run_f *run, store_done_f *done, void *arg)
{
	if (w->first == NULL && give(f, w->lane, run, done, arg) == 0)
		return;
	struct backlog *b = mem_new(struct backlog);
	*b = (struct backlog){ .run = run, .done = done, .arg = arg };
	*w->end = b;
	w->end = &b->next;
	if (!uv_is_active((uv_handle_t *)&f->backlog_timer))
		must(uv_timer_start(&f->backlog_timer, backlog_run, BACKLOG_MS, BACKLOG_MS) == 0);
}

void lane_write(struct lane *l, store_run_f *run, store_done_f *done, void *arg)
{
	write_or_wait(l->flow, &l->writes, run, done, arg);
}

void flow_write(struct flow *f, store_run_f *run, store_done_f *done, void *arg)
{
	write_or_wait(f, &f->writes, run, done, arg);
}

/* --- what is told to come again --- */

static void say_no(struct flow *f, int rc, const char *words)
{
	struct later *n = f->laters;
	f->laters = NULL;
	f->laters_end = &f->laters;
	for (struct later *next; n != NULL; n = next) {
		struct err e = { 0 };
		next = n->next;
		n->done(n->arg, err_set(&e, rc, "%s", words), &e);
		free(n);
	}
}

static void later_run(uv_timer_t *t)
{
	say_no(t->data, E_AGAIN, "the store's queue is full, or the gateway is stopping");
}

void flow_later(struct flow *f, store_done_f *done, void *arg)
{
	struct later *n = mem_new(struct later);
	*n = (struct later){ .done = done, .arg = arg };
	*f->laters_end = n;
	f->laters_end = &n->next;
	must(uv_timer_start(&f->later_timer, later_run, 0, 0) == 0);
}

void lane_try(struct lane *l, store_run_f *run, store_done_f *done, void *arg)
{
	if (l->writes.first != NULL || give(l->flow, l->writes.lane, run, done, arg) < 0)
		flow_later(l->flow, done, arg);
}

void lane_read(struct lane *l, store_run_f *run, store_done_f *done, void *arg)
{
	const struct store_job job = { .run = run, .done = done, .arg = arg, .lane = l->writes.lane };
	if (store_give(l->flow->set.store, &job) < 0)
		flow_later(l->flow, done, arg);
}

/* --- the end --- */

void writes_drop(struct flow *f)
{
	static const char words[] = "the gateway stopped before it could be stored";
	for (size_t i = 0; i <= f->channels.count; i++)
		for (struct writes *w = writes_at(f, i); w->first != NULL;) {
			struct err e = { 0 };
			struct backlog *b = pop(w);
			b->done(b->arg, err_set(&e, E_CLOSED, "%s", words), &e);
			free(b);
		}
	say_no(f, E_CLOSED, words);
}
