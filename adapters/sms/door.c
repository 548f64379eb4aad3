#include "adapters/sms/door.h"

#include <stdlib.h>

#include "adapters/sms/session.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/stream.h"

struct door {
	uv_timer_t timer; /* first: closing it frees the whole */
	struct door_config config;
	struct stream_listener *listener;
};

static int try_listen(struct door *d, struct err *e)
{
	const struct door_config *c = &d->config;
	d->listener = session_listen(d->timer.loop, c->host, c->port, c->most, c->frame_max, c->on_accept, c->arg, e);
	return d->listener ? 0 : e->code;
}

static void on_timer(uv_timer_t *t)
{
	struct door *d = t->data;
	struct err e;
	if (try_listen(d, &e) < 0)
		return;
	(void)uv_timer_stop(&d->timer);
	log_info(d->config.name, "the address has come over", "channel=%s listen=%s:%d", d->config.channel, d->config.host,
		d->config.port);
	d->config.on_open(d->config.arg);
}

struct door *door_open(uv_loop_t *loop, const struct door_config *c, struct err *e)
{
	struct door *d = mem_new(struct door);
	d->config = *c;
	must(uv_timer_init(loop, &d->timer) == 0);
	d->timer.data = d;
	int rc = try_listen(d, e);
	if (rc == E_AGAIN && c->patient) {
		log_info(c->name, "another has the address: waiting for it", "channel=%s reason=%s", c->channel, e->words);
		must(uv_timer_start(&d->timer, on_timer, DOOR_AGAIN_MS, DOOR_AGAIN_MS) == 0);
	} else if (rc < 0) {
		door_close(&d);
	}
	return d;
}

bool door_is_open(const struct door *d)
{
	return d->listener != NULL;
}

int door_port(const struct door *d)
{
	must(d->listener);
	return stream_listener_port(d->listener);
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void door_close(struct door **d)
{
	if (!*d)
		return;
	stream_listener_close(&(*d)->listener);
	uv_close((uv_handle_t *)&(*d)->timer, closed);
	*d = NULL;
}
