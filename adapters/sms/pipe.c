#include "adapters/sms/pipe.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/buf.h"
#include "gateway/base/mem.h"

enum { READ_MAX = 1 << 20, WIRE_MORE = 64 << 10, FAULT_MAX = 200 };

struct pipe {
	struct stream *stream;
	const struct pipe_ops *ops;
	void *owner;
	struct tls_context *context;
	struct tls *tls;
	bool open;
	struct buf plain, wire; /* TLS: read and not used up; sealed and not yet taken by the stream */
	char host[256], fault[FAULT_MAX];
};

static struct pipe *create(const struct pipe_ops *ops, void *owner)
{
	struct pipe *p = mem_new(struct pipe);
	p->ops = ops;
	p->owner = owner;
	return p;
}

static void write_wire(struct pipe *p)
{
	if (p->wire.len && stream_write(p->stream, p->wire.data, p->wire.len) == 0)
		buf_clear(&p->wire);
}

static void fail(struct pipe *p, const char *words)
{
	(void)snprintf(p->fault, sizeof p->fault, "TLS: %s", words);
	write_wire(p);
	stream_close(p->stream, true);
}

/* --- TLS --- */

static void begin_tls(struct pipe *p)
{
	p->tls = tls_connect(p->context, p->host);
	if (tls_input(p->tls, "", 0, &p->plain, &p->wire) < 0)
		fail(p, tls_fault(p->tls));
	else
		write_wire(p);
}

/* What was read goes up; what is not used up stays for the next time. */
static void give_plain(struct pipe *p)
{
	if (p->owner && p->plain.len)
		buf_drop(&p->plain, p->ops->on_data(p, p->owner, p->plain.data, p->plain.len));
}

static size_t take_sealed(struct pipe *p, const uint8_t *bytes, size_t n)
{
	int rc = tls_input(p->tls, bytes, n, &p->plain, &p->wire);
	if (rc < 0) {
		fail(p, rc == E_RANGE ? "too much at once" : tls_fault(p->tls));
		return n;
	}
	write_wire(p);
	if (!p->open && tls_is_ready(p->tls)) {
		p->open = true;
		if (p->owner)
			p->ops->on_open(p, p->owner);
	}
	give_plain(p);
	return n;
}

/* --- the stream's news --- */

static void on_open(struct stream *s, void *owner)
{
	struct pipe *p = owner;
	(void)s;
	if (p->context) {
		if (p->owner)
			p->ops->on_connected(p, p->owner);
		begin_tls(p);
		return;
	}
	p->open = true;
	if (p->owner)
		p->ops->on_open(p, p->owner);
}

static size_t on_data(struct stream *s, void *owner, const uint8_t *bytes, size_t n)
{
	struct pipe *p = owner;
	(void)s;
	if (!p)
		return n;
	if (p->tls)
		return take_sealed(p, bytes, n);
	return p->owner ? p->ops->on_data(p, p->owner, bytes, n) : n;
}

static void on_drain(struct stream *s, void *owner)
{
	struct pipe *p = owner;
	(void)s;
	if (!p)
		return;
	write_wire(p);
	if (p->owner && p->open && !p->wire.len)
		p->ops->on_drain(p, p->owner);
}

static void on_close(struct stream *s, void *owner, const char *reason)
{
	struct pipe *p = owner;
	(void)s;
	if (!p)
		return;
	if (p->owner)
		p->ops->on_close(p, p->owner, p->fault[0] ? p->fault : reason);
	tls_destroy(&p->tls);
	buf_fini(&p->plain);
	buf_fini(&p->wire);
	free(p);
}

static const struct stream_ops stream_ops = { on_open, on_data, on_drain, on_close };

/* --- for the session --- */

struct pipe *pipe_connect(uv_loop_t *loop, const char *host, int port, struct tls_context *tls, const struct pipe_ops *ops,
	size_t in, size_t out, void *owner)
{
	struct stream_limits limits = { .in = in, .out = out + (tls ? WIRE_MORE : 0) };
	struct pipe *p = create(ops, owner);
	p->context = tls;
	(void)snprintf(p->host, sizeof p->host, "%s", host);
	buf_init(&p->plain, in + READ_MAX);
	buf_init(&p->wire, out + WIRE_MORE);
	p->stream = stream_connect(loop, host, port, &stream_ops, &limits, p);
	return p;
}

struct stream_listener *pipe_listen(uv_loop_t *loop, const char *host, int port, unsigned most, size_t in, size_t out,
	void (*on_accept)(struct stream *, void *arg), void *arg, struct err *e)
{
	struct stream_limits limits = { .in = in, .out = out };
	return stream_listen(loop, host, port, most, &stream_ops, &limits, on_accept, arg, e);
}

struct pipe *pipe_adopt(struct stream *s, const struct pipe_ops *ops, void *owner)
{
	struct pipe *p = create(ops, owner);
	p->stream = s;
	p->open = true;
	stream_set_owner(s, p);
	return p;
}

int pipe_write(struct pipe *p, const void *bytes, size_t n)
{
	if (!p->tls)
		return stream_write(p->stream, bytes, n);
	if (p->wire.len)
		return E_AGAIN; /* on_drain follows */
	int rc = tls_output(p->tls, bytes, n, &p->wire);
	write_wire(p);
	return rc;
}

void pipe_pause(struct pipe *p, bool paused)
{
	stream_pause(p->stream, paused);
}

void pipe_close(struct pipe *p, bool flush)
{
	if (p->tls && flush) {
		tls_end(p->tls, &p->wire);
		write_wire(p);
	}
	stream_close(p->stream, flush);
}

const char *pipe_peer(const struct pipe *p)
{
	return stream_peer(p->stream);
}

void pipe_set_owner(struct pipe *p, void *owner)
{
	p->owner = owner;
}
