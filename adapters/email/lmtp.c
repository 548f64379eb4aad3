#include "adapters/email/lmtp_conn.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { TICK_MS = 2000, EXTRA = 16 };

static enum lmtp_phase phase(const struct lmtp_conn *c)
{
	return !c->greeted ? LMTP_UNGREETED : c->state == LMTP_COMMAND ? LMTP_BETWEEN : LMTP_CONTENT;
}

/* --- who comes in --- */

static bool same_address(const struct lmtp_conn *a, const struct lmtp_conn *b)
{
	const char *x = stream_peer(a->stream), *y = stream_peer(b->stream);
	size_t n = (size_t)(strrchr(x, ':') - x);
	return strncmp(x, y, n) == 0 && y[n] == ':' && !strchr(y + n + 1, ':');
}

static unsigned open_from(const struct lmtp *l, const struct lmtp_conn *who)
{
	unsigned n = 0;
	for (const struct lmtp_conn *c = l->conns; c; c = c->next)
		n += c->state != LMTP_CLOSING && same_address(c, who);
	return n;
}

/* The slowest goes, if it is slow; of the newcomer's own address where that has its share. */
static bool make_room(struct lmtp *l, const struct lmtp_conn *newcomer, bool of_its_own)
{
	struct lmtp_conn *slowest = NULL;
	int64_t now = clock_monotonic(), most = 0;
	for (struct lmtp_conn *c = l->conns; c; c = c->next) {
		int64_t overdue = lmtp_slow_overdue(&c->slow, phase(c), now);
		if (c->state >= LMTP_WAITING || overdue <= most || (of_its_own && !same_address(c, newcomer)))
			continue;
		most = overdue;
		slowest = c;
	}
	if (!slowest)
		return false;
	lmtp_conn_close(slowest, "421 4.3.2 Others need the room, try again later");
	return true;
}

static unsigned serving(const struct lmtp *l)
{
	unsigned n = 0;
	for (const struct lmtp_conn *c = l->conns; c; c = c->next)
		n += c->state != LMTP_CLOSING;
	return n;
}

static void on_accept(struct stream *s, void *arg)
{
	struct lmtp *l = arg;
	struct lmtp_conn *c = lmtp_conn_create(l, s);
	unsigned share = l->c.connections - l->c.connections / 4;
	bool much = open_from(l, c) > share;
	if ((much || serving(l) > l->c.connections) && !make_room(l, c, much)) {
		lmtp_conn_close(c, "421 4.3.2 Too many connections, try again later");
		return;
	}
	lmtp_conn_greet(c);
}

static void on_tick(uv_timer_t *t)
{
	struct lmtp *l = t->data;
	int64_t now = clock_monotonic();
	for (struct lmtp_conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		if (c->state < LMTP_WAITING && lmtp_slow_over(&c->slow, phase(c), l->c.idle_ms, now))
			lmtp_conn_close(c, "421 4.4.2 Too slow");
	}
}

/* --- the server --- */

struct lmtp *lmtp_create(uv_loop_t *loop, const struct lmtp_config *config, struct intake *intake, struct err *e)
{
	struct lmtp *l = mem_new(struct lmtp);
	*l = (struct lmtp){ .loop = loop, .c = *config, .intake = intake };
	/* A few more are accepted than are served, to tell them so. */
	l->listener = stream_listen(loop, config->host, config->port, config->connections + EXTRA, &lmtp_conn_ops,
		&lmtp_conn_limits, on_accept, l, e);
	if (!l->listener) {
		free(l);
		return NULL;
	}
	uv_timer_init(loop, &l->tick);
	l->tick.data = l;
	unsigned every = config->idle_ms < TICK_MS ? config->idle_ms : TICK_MS;
	uv_timer_start(&l->tick, on_tick, every, every);
	return l;
}

int lmtp_port(const struct lmtp *l)
{
	return stream_listener_port(l->listener);
}

static void on_drain_tick(uv_timer_t *t)
{
	lmtp_left(t->data);
}

void lmtp_left(struct lmtp *l)
{
	if (!l->drained || l->open > 0 || intake_under_way(l->intake) > 0)
		return;
	void (*done)(void *) = l->drained;
	l->drained = NULL;
	uv_timer_stop(&l->tick);
	done(l->arg);
}

void lmtp_drain(struct lmtp *l, void (*done)(void *arg), void *arg)
{
	l->drained = done;
	l->arg = arg;
	stream_listener_close(&l->listener);
	for (struct lmtp_conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		if (c->state != LMTP_WAITING)
			lmtp_conn_close(c, "421 4.3.2 Shutting down");
	}
	/* Also asks about mails whose connection went away before they were stored. */
	uv_timer_start(&l->tick, on_drain_tick, 1, 20);
}

static void tick_closed(uv_handle_t *h)
{
	free(h->data);
}

void lmtp_destroy(struct lmtp **lp)
{
	struct lmtp *l = *lp;
	if (!l)
		return;
	stream_listener_close(&l->listener);
	for (struct lmtp_conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		if (c->job)
			intake_forget(c->job);
		c->job = NULL;
		c->server = NULL;
		stream_close(c->stream, false);
	}
	uv_close((uv_handle_t *)&l->tick, tick_closed);
	*lp = NULL;
}
