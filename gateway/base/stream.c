#include "gateway/base/stream.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/mem.h"
#include "gateway/base/sm.h"

enum { CONNECT_MS = 10000, FLUSH_MS = 10000, KEEPALIVE_S = 60, READ_MAX = 4 << 10, BACKLOG = 511, PEER_TEXT = 300 };

/*   connecting ──> open ──> flushing ──> closed
 *        │           └────────────────────^
 *        └────────────────────────────────┘
 * connecting: resolving a name, or trying one of its addresses; an accepted stream is never seen so.
 * flushing: closed by its owner or its peer, but what is queued still goes out. closed: the handles are closing. */
enum stream_state { STREAM_CONNECTING, STREAM_OPEN, STREAM_FLUSHING, STREAM_CLOSED };
static const struct sm_table states = {
	.name = "stream",
	.state = (const char *const[]){ "connecting", "open", "flushing", "closed" },
	.next = (const uint32_t[]){ SM_TO(STREAM_OPEN) | SM_TO(STREAM_CLOSED),
		SM_TO(STREAM_FLUSHING) | SM_TO(STREAM_CLOSED), SM_TO(STREAM_CLOSED), 0 },
	.count = 4
};

struct stream {
	uv_loop_t *loop;
	const struct stream_ops *ops;
	struct stream_limits limits;
	void *owner;
	struct stream_listener *listener; /* NULL unless accepted */
	unsigned state; /* enum stream_state */
	bool paused, in_flight, resolving, wants_drain;
	bool resumed; /* what the pause left is still to be shown; inside on_data nobody knows yet what that is */
	unsigned handles; /* open ones: tcp and timer */
	struct buf in;      /* shown and not consumed */
	struct buf out;     /* waits behind the write in flight */
	struct buf writing; /* the write in flight */
	char *reason;
	struct addrinfo *addresses, *next_address;
	uv_tcp_t tcp;
	uv_timer_t timer; /* connect and flush time-outs; the next turn to show what a pause left, and to read */
	uv_write_t write;
	uv_connect_t connect;
	uv_getaddrinfo_t resolve;
	char peer[PEER_TEXT];
};

struct stream_listener {
	uv_tcp_t tcp;
	const struct stream_ops *ops;
	struct stream_limits limits;
	void (*on_accept)(struct stream *, void *);
	void *arg;
	unsigned open, max;
	unsigned refs; /* the handle, and each accepted stream */
	bool closing, full; /* full: libuv holds one connection back, and does not poll, until uv_accept */
};

static void accept_one(struct stream_listener *l);

static void move(struct stream *s, enum stream_state to)
{
	sm_move(&states, &s->state, to, s->peer);
}

static void listener_unref(struct stream_listener *l)
{
	if (!--l->refs)
		free(l);
}

/* --- the end --- */

static void leave_listener(struct stream *s)
{
	struct stream_listener *l = s->listener;
	if (!l)
		return;
	l->open--;
	if (l->full && !l->closing)
		accept_one(l);
	listener_unref(l);
}

/* The owner hears of the end when nothing of libuv's points at the stream any more. */
static void end_if_unused(struct stream *s)
{
	if (s->handles || s->resolving)
		return;
	s->ops->on_close(s, s->owner, s->reason);
	leave_listener(s);
	buf_fini(&s->in);
	buf_fini(&s->out);
	buf_fini(&s->writing);
	uv_freeaddrinfo(s->addresses);
	free(s->reason);
	free(s);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct stream *s = h->data;
	s->handles--;
	end_if_unused(s);
}

static void close_now(struct stream *s)
{
	if (s->state == STREAM_CLOSED)
		return;
	move(s, STREAM_CLOSED);
	if (s->resolving)
		uv_cancel((uv_req_t *)&s->resolve);
	uv_close((uv_handle_t *)&s->timer, on_handle_closed);
	/* Between two addresses the socket is closing already. */
	if (!uv_is_closing((uv_handle_t *)&s->tcp))
		uv_close((uv_handle_t *)&s->tcp, on_handle_closed);
}

static void fail(struct stream *s, const char *what, const char *why)
{
	if (s->state == STREAM_CLOSED)
		return;
	if (!s->reason && s->state != STREAM_FLUSHING)
		s->reason = mem_printf("%s%s%s", what, why ? ": " : "", why ? why : "");
	close_now(s);
}

static void on_flush_timeout(uv_timer_t *t)
{
	fail(t->data, "output could not be flushed in time", NULL);
}

static void start_timer(struct stream *s, uv_timer_cb cb, uint64_t ms)
{
	must(uv_timer_start(&s->timer, cb, ms, 0) == 0);
}

/* Lets what is queued go out, within FLUSH_MS, then closes. */
static void close_flushed(struct stream *s)
{
	if (s->state != STREAM_OPEN || !stream_pending(s)) {
		close_now(s);
		return;
	}
	move(s, STREAM_FLUSHING);
	uv_read_stop((uv_stream_t *)&s->tcp);
	start_timer(s, on_flush_timeout, FLUSH_MS);
}

void stream_close(struct stream *s, bool flush)
{
	if (flush)
		close_flushed(s);
	else
		close_now(s);
}

/* --- output --- */

size_t stream_pending(const struct stream *s)
{
	return s->out.len + (s->in_flight ? uv_stream_get_write_queue_size((const uv_stream_t *)&s->tcp) : 0);
}

static void write_queued(struct stream *s);

static void on_written(uv_write_t *w, int status)
{
	struct stream *s = w->data;
	s->in_flight = false;
	buf_fini(&s->writing);
	if (s->state == STREAM_CLOSED)
		return;
	if (status < 0) {
		fail(s, "write", uv_strerror(status));
		return;
	}
	write_queued(s);
	if (s->state == STREAM_FLUSHING && !stream_pending(s)) {
		close_now(s);
		return;
	}
	if (s->state == STREAM_OPEN && s->wants_drain && stream_pending(s) < s->limits.out / 2) {
		s->wants_drain = false;
		if (s->ops->on_drain)
			s->ops->on_drain(s, s->owner);
	}
}

static void write_queued(struct stream *s)
{
	if (s->in_flight || !s->out.len)
		return;
	s->writing = s->out;
	buf_init(&s->out, s->limits.out);
	s->in_flight = true;
	uv_buf_t b = uv_buf_init((char *)s->writing.data, (unsigned)s->writing.len);
	int rc = uv_write(&s->write, (uv_stream_t *)&s->tcp, &b, 1, on_written);
	if (rc < 0) {
		s->in_flight = false;
		fail(s, "write", uv_strerror(rc));
	}
}

int stream_write(struct stream *s, const void *p, size_t n)
{
	if (s->state > STREAM_OPEN)
		return E_CLOSED;
	if (n > s->limits.out)
		return E_RANGE;
	size_t pending = stream_pending(s);
	if (n > s->limits.out - pending) {
		s->wants_drain = true;
		return E_AGAIN;
	}
	size_t done = 0;
	if (s->state == STREAM_OPEN && !pending && n) {
		uv_buf_t b = uv_buf_init((char *)(uintptr_t)p, (unsigned)n);
		int rc = uv_try_write((uv_stream_t *)&s->tcp, &b, 1);
		done = rc > 0 ? (size_t)rc : 0; /* a broken connection is found by the queued write */
	}
	must(buf_add(&s->out, (const uint8_t *)p + done, n - done));
	s->wants_drain = s->wants_drain || stream_pending(s) >= s->limits.out / 2;
	if (s->state == STREAM_OPEN)
		write_queued(s);
	return E_OK;
}

/* --- input --- */

static void alloc_input(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	/* Idle connections hold no input memory: the bytes stay here unless the owner leaves some. */
	static _Thread_local char shared[READ_MAX];
	(void)h;
	(void)suggested;
	*b = uv_buf_init(shared, sizeof shared);
}

static void keep_rest(struct stream *s, size_t used)
{
	if (used == s->in.len)
		buf_fini(&s->in);
	else
		buf_drop(&s->in, used);
	if (s->in.len > s->limits.in)
		fail(s, "too much input that makes no whole unit", NULL);
}

static void show(struct stream *s, const uint8_t *p, size_t n)
{
	bool kept = s->in.len > 0;
	s->resumed = false;
	if (kept)
		must(buf_add(&s->in, p, n));
	size_t used = s->ops->on_data(s, s->owner, kept ? s->in.data : p, kept ? s->in.len : n);
	must(used <= (kept ? s->in.len : n));
	if (s->state != STREAM_OPEN)
		return;
	if (!kept && used < n) {
		must(buf_add(&s->in, p + used, n - used));
		used = 0;
	} else if (!kept) {
		return;
	}
	keep_rest(s, used);
}

static void on_read(uv_stream_t *h, ssize_t n, const uv_buf_t *b);

static void start_reading(struct stream *s)
{
	int rc = uv_read_start((uv_stream_t *)&s->tcp, alloc_input, on_read);
	if (rc < 0 && rc != UV_EALREADY)
		fail(s, "read", uv_strerror(rc));
}

static void next_turn(uv_timer_t *t)
{
	struct stream *s = t->data;
	if (s->resumed && s->in.len && s->state == STREAM_OPEN && !s->paused)
		show(s, (const uint8_t *)"", 0);
	if (s->state == STREAM_OPEN && !s->paused)
		start_reading(s);
}

/* libuv reads on while there is something to read, up to two megabytes; all others on the loop wait for that. */
static void end_turn(struct stream *s)
{
	uv_read_stop((uv_stream_t *)&s->tcp);
	start_timer(s, next_turn, 0);
}

static void on_read(uv_stream_t *h, ssize_t n, const uv_buf_t *b)
{
	struct stream *s = h->data;
	if (n > 0) {
		show(s, (const uint8_t *)b->base, (size_t)n);
		if (s->state == STREAM_OPEN && !s->paused && n == READ_MAX)
			end_turn(s);
	} else if (n == UV_EOF) {
		s->reason = mem_strdup("closed by the peer");
		close_flushed(s);
	} else if (n < 0) {
		fail(s, "read", uv_strerror((int)n));
	}
}

void stream_pause(struct stream *s, bool paused)
{
	if (s->paused == paused)
		return;
	s->paused = paused;
	if (s->state != STREAM_OPEN)
		return;
	if (paused) {
		uv_read_stop((uv_stream_t *)&s->tcp);
		return;
	}
	start_reading(s);
	s->resumed = true;
	if (s->state == STREAM_OPEN)
		start_timer(s, next_turn, 0);
}

/* --- birth --- */

static void text_of_address(const struct sockaddr *a, char out[PEER_TEXT])
{
	char ip[INET6_ADDRSTRLEN] = "?";
	bool six = a->sa_family == AF_INET6;
	if (six)
		uv_ip6_name((const struct sockaddr_in6 *)(const void *)a, ip, sizeof ip);
	else
		uv_ip4_name((const struct sockaddr_in *)(const void *)a, ip, sizeof ip);
	unsigned port = six ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
			    : ((const struct sockaddr_in *)(const void *)a)->sin_port;
	snprintf(out, PEER_TEXT, six ? "[%s]:%u" : "%s:%u", ip, (unsigned)ntohs((uint16_t)port));
}

static struct stream *create(uv_loop_t *loop, const struct stream_ops *ops, const struct stream_limits *limits)
{
	struct stream *s = mem_new(struct stream);
	s->loop = loop;
	s->ops = ops;
	s->limits = *limits;
	buf_init(&s->in, limits->in + READ_MAX);
	buf_init(&s->out, limits->out);
	buf_init(&s->writing, limits->out);
	must(uv_tcp_init(loop, &s->tcp) == 0 && uv_timer_init(loop, &s->timer) == 0);
	s->tcp.data = s->timer.data = s->write.data = s->connect.data = s->resolve.data = s;
	s->handles = 2;
	return s;
}

static int name_peer(struct stream *s)
{
	struct sockaddr_storage a;
	int len = sizeof a;
	int rc = uv_tcp_getpeername(&s->tcp, (struct sockaddr *)&a, &len);
	if (rc == 0)
		text_of_address((struct sockaddr *)&a, s->peer);
	return rc;
}

static void opened(struct stream *s)
{
	uv_tcp_nodelay(&s->tcp, 1);
	uv_tcp_keepalive(&s->tcp, 1, KEEPALIVE_S);
	move(s, STREAM_OPEN);
}

static void connect_next(struct stream *s);

static void on_socket_closed(uv_handle_t *h)
{
	struct stream *s = h->data;
	if (s->state == STREAM_CLOSED) {
		on_handle_closed(h);
		return;
	}
	must(uv_tcp_init(s->loop, &s->tcp) == 0);
	connect_next(s);
}

/* A host with several addresses gets them tried in turn, within the one time-out. */
static void address_failed(struct stream *s, int rc)
{
	s->next_address = s->next_address ? s->next_address->ai_next : NULL;
	if (s->next_address)
		uv_close((uv_handle_t *)&s->tcp, on_socket_closed);
	else
		fail(s, "connect", uv_strerror(rc));
}

static void on_connected(uv_connect_t *c, int status)
{
	struct stream *s = c->data;
	if (s->state == STREAM_CLOSED)
		return;
	if (status < 0) {
		address_failed(s, status);
		return;
	}
	uv_timer_stop(&s->timer);
	(void)name_peer(s); /* else it keeps the name that was asked for */
	opened(s);
	s->ops->on_open(s, s->owner);
	if (s->state != STREAM_OPEN)
		return;
	write_queued(s);
	if (s->state == STREAM_OPEN && !s->paused)
		start_reading(s);
}

static void connect_next(struct stream *s)
{
	int rc = uv_tcp_connect(&s->connect, &s->tcp, s->next_address->ai_addr, on_connected);
	if (rc < 0)
		address_failed(s, rc);
}

static void on_resolved(uv_getaddrinfo_t *r, int status, struct addrinfo *list)
{
	struct stream *s = r->data;
	s->resolving = false;
	s->addresses = s->next_address = list;
	if (s->state == STREAM_CLOSED) {
		end_if_unused(s);
	} else if (status < 0) {
		fail(s, "cannot resolve the host", uv_strerror(status));
	} else {
		connect_next(s);
	}
}

static void on_connect_timeout(uv_timer_t *t)
{
	fail(t->data, "connect", "timed out");
}

struct stream *stream_connect(uv_loop_t *loop, const char *host, int port, const struct stream_ops *ops,
	const struct stream_limits *limits, void *owner)
{
	struct stream *s = create(loop, ops, limits);
	char service[16];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	s->owner = owner;
	snprintf(s->peer, sizeof s->peer, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
	snprintf(service, sizeof service, "%d", port);
	start_timer(s, on_connect_timeout, limits->connect_ms ? limits->connect_ms : CONNECT_MS);
	int rc = uv_getaddrinfo(loop, &s->resolve, on_resolved, host, service, &hints);
	s->resolving = rc == 0;
	if (rc < 0)
		fail(s, "cannot resolve the host", uv_strerror(rc));
	return s;
}

const char *stream_peer(const struct stream *s)
{
	return s->peer;
}

void stream_set_owner(struct stream *s, void *owner)
{
	s->owner = owner;
}

/* --- listening --- */

static void on_nobodys_close(struct stream *s, void *owner, const char *reason)
{
	(void)s, (void)owner, (void)reason;
}

static void accept_one(struct stream_listener *l)
{
	static const struct stream_ops nobodys = { .on_close = on_nobodys_close };
	struct stream *s = create(l->tcp.loop, l->ops, &l->limits);
	l->full = false;
	l->open++;
	l->refs++;
	s->listener = l;
	int rc = uv_accept((uv_stream_t *)&l->tcp, (uv_stream_t *)&s->tcp);
	if (rc == 0)
		rc = name_peer(s);
	if (rc < 0) { /* reset before we came to it, or no descriptor: nobody is told */
		s->ops = &nobodys;
		close_now(s);
		return;
	}
	opened(s);
	l->on_accept(s, l->arg);
	if (s->state == STREAM_OPEN && !s->paused)
		start_reading(s);
}

static void on_connection(uv_stream_t *h, int status)
{
	struct stream_listener *l = h->data;
	if (status < 0)
		return;
	if (l->open >= l->max)
		l->full = true;
	else
		accept_one(l);
}

static void on_listener_closed(uv_handle_t *h)
{
	listener_unref(h->data);
}

static int listen_at(struct stream_listener *l, const char *host, int port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE }, *a;
	char service[16];
	snprintf(service, sizeof service, "%d", port);
	if (getaddrinfo(host, service, &hints, &a))
		return UV_EAI_NONAME;
	int rc = uv_tcp_bind(&l->tcp, a->ai_addr, 0);
	freeaddrinfo(a);
	return rc < 0 ? rc : uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_connection);
}

struct stream_listener *stream_listen(uv_loop_t *loop, const char *host, int port, unsigned max,
	const struct stream_ops *ops, const struct stream_limits *limits,
	void (*on_accept)(struct stream *, void *arg), void *arg, struct err *e)
{
	struct stream_listener *l = mem_new(struct stream_listener);
	*l = (struct stream_listener){ .ops = ops, .limits = *limits, .on_accept = on_accept, .arg = arg, .max = max,
		.refs = 1 };
	must(uv_tcp_init(loop, &l->tcp) == 0);
	l->tcp.data = l;
	int rc = listen_at(l, host, port);
	if (rc < 0) {
		bool others = rc == UV_EADDRINUSE || rc == UV_EADDRNOTAVAIL;
		err_set(e, others ? E_AGAIN : E_IO, "cannot listen on %s:%d: %s", host, port, uv_strerror(rc));
		stream_listener_close(&l);
	}
	return l;
}

int stream_listener_port(const struct stream_listener *l)
{
	struct sockaddr_storage a;
	int len = sizeof a;
	must(uv_tcp_getsockname(&l->tcp, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
					     : ((struct sockaddr_in *)&a)->sin_port);
}

void stream_listener_close(struct stream_listener **l)
{
	if (!*l)
		return;
	(*l)->closing = true;
	uv_close((uv_handle_t *)&(*l)->tcp, on_listener_closed);
	*l = NULL;
}
