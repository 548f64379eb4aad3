/* Where connections stand. What libwebsockets 4.1 does at a close and for each event grows with the connections of its context, and a
 * turn of libuv's loop hands out all input that there is, of tens of thousands of sockets. So a context has few connections and a loop
 * of its own, and these small loops take turns on the large one: when ten thousand say something at once, everybody else on the
 * large loop waits for some of them, not for all. And since those who stand on one shelf do wait for each other, who came in a crowd
 * stands on other shelves than who came alone, and has the turns that these leave. Those who come for a chat and those who come to ask
 * something are counted each by themselves: a crowd of the one is none of the other. Of a crowd's shelves that at the door, which is
 * being filled, has a turn each time beside the one whose turn it is: whoever comes now need not wait for ten thousand who came before. */
#include <fcntl.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/http_internal.h"
#include "gateway/base/log.h"
#include "gateway/base/tls.h"

enum {
	SHELF_MAX = 64,          /* connections: what they all say at once is read in one go */
	SHELVES_BESIDE = 1,      /* crowds stand apart, so two may be half full */
	CALM_A_SECOND = 64,      /* come alone; those after them are a crowd */
	SHELF_DESCRIPTORS = 6,   /* a loop's four, a context's waker and its source of random bytes */
	SHELF_TABLE = SHELF_MAX + 2, /* with the waker, and the one place that libwebsockets keeps free */
	WS_READ = 512,           /* a WebSocket's own input buffer: small, since ten thousand of them idle */
	LWS_LINES_PER_SECOND = 10,
	STOP_TURNS = 8
};
#define TURN_NS UINT64_C(500000) /* of all shelves together, in a turn of the loop */

/* --- how many --- */

static unsigned shelves_for(unsigned connections)
{
	return (connections + SHELF_MAX - 1) / SHELF_MAX + SHELVES_BESIDE;
}

unsigned http_descriptors(unsigned connections)
{
	return connections + shelves_for(connections) * SHELF_DESCRIPTORS;
}

unsigned http_connections_within(unsigned long descriptors)
{
	const unsigned beside = SHELVES_BESIDE * SHELF_DESCRIPTORS, whole = SHELF_MAX + SHELF_DESCRIPTORS;
	unsigned long n = descriptors > beside ? descriptors - beside : 0, rest = n % whole;
	n = n / whole * SHELF_MAX + (rest > SHELF_DESCRIPTORS ? rest - SHELF_DESCRIPTORS : 0);
	return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

/* --- taking turns --- */

/* libuv's answer tells all that does not show by the descriptor: what we changed from outside, and what libwebsockets left for later. */
static bool is_due(const struct http_shelf *f)
{
	return f->ready || uv_backend_timeout(&f->loop) == 0;
}

static void run_one(struct http_shelf *f)
{
	f->ready = false;
	uv_run(&f->loop, UV_RUN_NOWAIT);
}

/* At least one, where one waits. Twice round at most: reading and answering leave libwebsockets something small to do afterwards. */
static void run_some(struct http_server *s, bool crowd, uint64_t end)
{
	struct http_shelf **f = &s->turns[crowd];
	for (unsigned n = 2 * s->shelves; n > 0; n--) {
		*f = (*f)->next;
		if ((*f)->crowd != crowd || !is_due(*f))
			continue;
		run_one(*f);
		if (uv_hrtime() >= end)
			return;
	}
}

void http_shelf_turn(struct http_server *s)
{
	s->turn_ends = uv_hrtime() + TURN_NS;
	run_some(s, false, s->turn_ends);
	if (s->door && s->door->crowd && is_due(s->door))
		run_one(s->door);
	run_some(s, true, s->turn_ends);
}

void http_shelf_turn_again(struct http_server *s)
{
	run_some(s, false, s->turn_ends);
	if (uv_hrtime() < s->turn_ends)
		run_some(s, true, s->turn_ends);
}

bool http_shelf_waits(const struct http_server *s)
{
	const struct http_shelf *f = s->shelf;
	for (unsigned n = s->shelves; n > 0; n--, f = f->next)
		if (is_due(f))
			return true;
	return false;
}

/* Not run at once: they would have their turns in the order that libuv knows them by. Who waits is reported again. */
static void on_ready(uv_poll_t *p, int status, int events)
{
	struct http_shelf *f = p->data;
	(void)status;
	(void)events;
	f->ready = true;
}

void http_shelf_wake(struct http_server *s)
{
	struct http_shelf *f = s->shelf;
	for (unsigned n = s->shelves; n > 0; n--, f = f->next)
		lws_cancel_service(f->lws);
}

/* --- beginning --- */

/* Peers can make libwebsockets complain, at any level, as often as they like. */
static void on_lws_log(int level, const char *line)
{
	(void)level;
	static int64_t second;
	static unsigned lines;
	int64_t now = clock_monotonic() / 1000;
	if (now != second)
		lines = 0;
	second = now;
	if (lines++ < LWS_LINES_PER_SECOND)
		log_warn("http", "libwebsockets", "line=%.*s", (int)strcspn(line, "\n"), line);
}

/* A protocol for plain HTTP, then one for each subprotocol: libwebsockets chooses among these names. */
static struct lws_protocols *protocols_of(const struct http_server *s)
{
	size_t n = 1;
	for (const struct ws_endpoint *e = s->endpoints; e; e = e->next)
		n++;
	struct lws_protocols *p = mem_array(struct lws_protocols, n + 1);
	p[0] = (struct lws_protocols){ .name = "http", .callback = http_lws, .rx_buffer_size = WS_READ,
		.tx_packet_size = HTTP_CHUNK };
	size_t i = 1;
	for (const struct ws_endpoint *e = s->endpoints; e; e = e->next) {
		if (!e->subprotocol)
			continue;
		p[i] = p[0];
		p[i++].name = e->subprotocol;
	}
	return p;
}

static struct lws_context *context_create(struct http_shelf *f)
{
	static const lws_retry_bo_t no_pings = { 0 }; /* http_ws_tick does them, by endpoint */
	struct http_server *s = f->server;
	void *loops[] = { &f->loop };
	if (!s->protocols)
		s->protocols = protocols_of(s);
	if (s->tls && !s->as_client)
		must((s->as_client = SSL_CTX_new(TLS_client_method())) != NULL);
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = s->protocols,
		/* The certificate comes by LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS, not from files that may have become half a pair. */
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
			(s->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX : 0),
		.foreign_loops = loops,
		.user = f,
		.gid = -1,
		.uid = -1,
		/* Or it zeroes tables for every descriptor the process may ever open. */
		.fd_limit_per_thread = SHELF_TABLE,
		.max_http_header_data2 = HTTP_HEAD_MAX,
		.max_http_header_pool2 = SHELF_MAX + 1, /* allocated only while requests need them */
		.timeout_secs = HTTP_PEER_TIMEOUT_S,
		.timeout_secs_ah_idle = HTTP_PEER_TIMEOUT_S,
		.keepalive_timeout = HTTP_KEEPALIVE_S,
		.pt_serv_buf_size = HTTP_HEAD_MAX,
		.retry_and_idle_policy = &no_pings,
		.alpn = "http/1.1",
		.provided_client_ssl_ctx = s->as_client, /* or each context makes one of its own, with every authority in the system's folder */
	};
	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	return lws_create_context(&info);
}

static void on_any(uv_poll_t *p, int status, int events)
{
	(void)p;
	(void)status;
	(void)events;
}

/* libuv keeps a table by descriptor in each loop, as long as the highest it has seen, and a shelf's neighbours stand in a corner of it.
 * So it is made as long as it will be, and the pages on which there is nothing are given back; they are empty again when asked for. */
static void spare_table(struct http_shelf *f)
{
	uv_poll_t p;
	int any = eventfd(0, EFD_CLOEXEC), fd = fcntl(any, F_DUPFD_CLOEXEC, (int)http_descriptors(f->server->limits.connections));
	if (any >= 0)
		close(any);
	if (fd < 0)
		return;
	must(uv_poll_init(&f->loop, &p, fd) == 0 && uv_poll_start(&p, UV_WRITABLE, on_any) == 0);
	uv_close((uv_handle_t *)&p, NULL);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	close(fd);
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)f->loop.watchers;
	uintptr_t from = (at + page - 1) / page * page, to = (at + f->loop.nwatchers * sizeof *f->loop.watchers) / page * page;
	if (from < to)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

static int shelf_open(struct http_shelf *f, struct err *e)
{
	int rc = uv_loop_init(&f->loop);
	if (rc < 0)
		return err_set(e, E_IO, "no loop for more connections: %s", uv_strerror(rc));
	spare_table(f);
	f->lws = context_create(f);
	if (!f->lws) {
		(void)uv_loop_close(&f->loop);
		return err_set(e, E_IO, "libwebsockets could not start (is its libuv plugin installed?)");
	}
	f->vhost = lws_get_vhost_by_name(f->lws, "default");
	must(uv_poll_init(f->server->loop, &f->poll, uv_backend_fd(&f->loop)) == 0);
	f->poll.data = f;
	must(uv_poll_start(&f->poll, UV_READABLE, on_ready) == 0);
	return E_OK;
}

int http_shelf_add(struct http_server *s, struct err *e)
{
	struct http_shelf *f = mem_new(struct http_shelf);
	f->server = s;
	int rc = shelf_open(f, e);
	if (rc < 0) {
		free(f);
		return rc;
	}
	f->next = s->shelf ? s->shelf->next : f;
	*(s->shelf ? &s->shelf->next : &f->next) = f;
	s->shelf = f;
	if (!s->shelves)
		s->turns[0] = s->turns[1] = f;
	s->shelves++;
	return E_OK;
}

/* The first with room: neighbours by time are neighbours by descriptor, of which libuv keeps a table. */
static struct http_shelf *first_with_room(const struct http_server *s, bool any, bool crowd)
{
	struct http_shelf *f = s->shelf->next, *empty = NULL;
	for (unsigned n = s->shelves; n > 0; n--, f = f->next) {
		if (f->open > 0 && f->open < SHELF_MAX && (any || f->crowd == crowd))
			return f;
		if (f->open == 0 && !empty)
			empty = f;
	}
	return empty;
}

bool http_shelf_has_room(struct http_server *s)
{
	struct err e = { 0 };
	if (s->open < s->shelves * SHELF_MAX || http_shelf_add(s, &e) == E_OK)
		return true;
	log_warn("http", "no room for more connections", "why=%s open=%u", e.words, s->open);
	return false;
}

struct http_shelf *http_shelf_with_room(struct http_server *s, bool asks)
{
	struct err e = { 0 };
	bool crowd = s->came[asks]++ >= CALM_A_SECOND;
	struct http_shelf *f = first_with_room(s, false, crowd);
	if (!f && s->shelves < shelves_for(s->limits.connections) && http_shelf_add(s, &e) == E_OK)
		f = s->shelf;
	if (!f)
		f = first_with_room(s, true, crowd);
	must(f);
	if (f->open == 0)
		f->crowd = crowd;
	if (crowd)
		s->door = f;
	return f;
}

void http_shelf_renew(struct http_server *s)
{
	if (!s->tls || !tls_files_renew(s->tls))
		return;
	struct http_shelf *f = s->shelf;
	for (unsigned n = s->shelves; n > 0; n--, f = f->next)
		tls_files_give(s->tls, f->ssl);
}

/* --- the end --- */

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

/* libwebsockets lets go of a foreign loop in steps, each by libuv's closing callbacks, and has its second
 * lws_context_destroy() only after them. */
static void shelf_close(struct http_shelf *f)
{
	lws_context_destroy(f->lws);
	for (int i = 0; i < STOP_TURNS; i++)
		uv_run(&f->loop, UV_RUN_NOWAIT);
	must(f->open == 0);
	lws_context_destroy(f->lws);
	uv_close((uv_handle_t *)&f->poll, on_closed); /* before its descriptor goes */
	must(uv_loop_close(&f->loop) == 0);
}

void http_shelf_end(struct http_server *s)
{
	struct http_shelf *f = s->shelf;
	for (struct http_shelf *next; s->shelves > 0; s->shelves--, f = next) {
		next = f->next;
		shelf_close(f);
	}
	s->shelf = NULL;
	SSL_CTX_free(s->as_client);
	s->as_client = NULL;
	free(s->protocols);
	s->protocols = NULL;
}
