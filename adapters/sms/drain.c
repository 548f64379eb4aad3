#include "adapters/sms/drain.h"

#include <stdlib.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"

struct drain {
	uv_timer_t timer; /* first: closing it frees the whole */
	void (*stop)(void *, bool);
	void *owner;
	bool begun, stopped, over;
};

struct drain *drain_create(uv_loop_t *loop, void (*stop)(void *, bool), void *owner)
{
	struct drain *d = mem_new(struct drain);
	d->stop = stop;
	d->owner = owner;
	must(uv_timer_init(loop, &d->timer) == 0);
	d->timer.data = d;
	return d;
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void drain_destroy(struct drain **d)
{
	uv_close((uv_handle_t *)&(*d)->timer, closed);
	*d = NULL;
}

static void stop(struct drain *d, bool late)
{
	if (d->stopped)
		return;
	d->stopped = true;
	d->stop(d->owner, late);
}

static void on_timeout(uv_timer_t *t)
{
	stop(t->data, true);
}

void drain_begin(struct drain *d)
{
	if (d->begun)
		return;
	d->begun = true;
	must(uv_timer_start(&d->timer, on_timeout, DRAIN_MS, 0) == 0);
}

bool drain_begun(const struct drain *d)
{
	return d->begun;
}

bool drain_waits(const struct drain *d)
{
	return d->begun && !d->stopped;
}

void drain_stop(struct drain *d)
{
	stop(d, false);
}

bool drain_over(struct drain *d)
{
	bool first = !d->over;
	d->over = true;
	uv_timer_stop(&d->timer);
	return first;
}

void drain_forget(struct drain *d)
{
	d->begun = d->stopped = true;
}
