#include "gateway/base/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/hash.h"
#include "gateway/base/http_internal.h"
#include "gateway/base/log.h"
#include "gateway/base/tls.h"

enum {
	BACKLOG = 1024,
	ACCEPT_BURST = 64,         /* then others on the loop get their turn */
	ACCEPT_BUSY = 16,          /* while those who are inside wait */
	PEEK_MAX = 64,             /* of what somebody says first: the method and a WebSocket's path */
	DESCRIPTORS_KEPT = 128,    /* for files, databases, carriers */
	TICK_MS = 1000,
	STOP_TURNS = 8 /* of the loop, in which what hangs on it is closed */
};

/* --- routes --- */

void http_route_admit(struct http_server *s, const char *method, const char *pattern, size_t body_cap, http_handler_f *admit,
	http_handler_f *handler, void *arg)
{
	struct http_route *r = mem_new(struct http_route);
	size_t n = strlen(pattern);
	must(n && pattern[0] == '/');
	r->prefix = pattern[n - 1] == '*';
	must(!r->prefix || pattern[n - 2] == '/');
	*r = (struct http_route){ .next = s->routes, .method = mem_strdup(method), .pattern = mem_strdup(pattern),
		.len = n - r->prefix, .prefix = r->prefix, .body_cap = body_cap, .admit = admit, .handler = handler, .arg = arg };
	s->routes = r;
}

void http_route_body(struct http_server *s, const char *method, const char *pattern, size_t body_cap,
	http_handler_f *handler, void *arg)
{
	http_route_admit(s, method, pattern, body_cap, NULL, handler, arg);
}

void http_route(struct http_server *s, const char *method, const char *pattern, http_handler_f *handler, void *arg)
{
	http_route_body(s, method, pattern, s->limits.body, handler, arg);
}

static bool route_fits(const struct http_route *r, const char *path)
{
	return r->prefix ? !strncmp(path, r->pattern, r->len) : !strcmp(path, r->pattern);
}

static const char *methods_at(const struct http_server *s, const char *path, struct arena *a)
{
	const char *allow = NULL;
	for (const struct http_route *r = s->routes; r; r = r->next) {
		if (!route_fits(r, path) || (allow && strstr(allow, r->method)))
			continue;
		const char *also = strcmp(r->method, "GET") ? "" : ", HEAD";
		allow = arena_printf(a, "%s%s%s%s", allow ? allow : "", allow ? ", " : "", r->method, also);
	}
	return allow;
}

struct http_route *http_route_find(const struct http_server *s, const char *method, const char *path,
	struct arena *a, int *refusal, const char **allow)
{
	struct http_route *best = NULL;
	for (struct http_route *r = s->routes; r; r = r->next)
		if (!strcmp(r->method, method) && route_fits(r, path) && (!best || r->len > best->len))
			best = r;
	if (best)
		return best;
	*allow = methods_at(s, path, a);
	*refusal = *allow ? 405 : 404;
	return NULL;
}

void http_websocket(struct http_server *s, const char *path, const char *subprotocol, const struct ws_ops *ops,
	const struct ws_limits *limits, void *arg)
{
	struct ws_endpoint *e = mem_new(struct ws_endpoint);
	*e = (struct ws_endpoint){ .next = s->endpoints, .path = mem_strdup(path),
		.subprotocol = mem_strdup(subprotocol), .ops = ops, .limits = *limits, .arg = arg };
	s->endpoints = e;
}

/* --- connections --- */

static void set_accepting(struct http_server *s, bool on);

void http_expect(struct http_conn *c, uint64_t seconds)
{
	c->due = uv_now(c->server->loop) + seconds * 1000;
}

static void conn_destroy(struct http_conn *c)
{
	struct http_server *s = c->server;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	s->from[c->from]--;
	c->shelf->open--;
	if (c->req && (c->req->answer.ready || !(c->req->given || c->req->asking)))
		http_req_destroy(c->req);
	else if (c->req)
		c->req->conn = NULL; /* who was given it still has it, and will answer */
	http_ws_gone(c);
	http_answer_unwatch(c);
	free(c);
	s->open--;
	if (s->fd >= 0)
		set_accepting(s, s->open < s->limits.connections);
}

int http_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct http_conn *c = lws_get_opaque_user_data(wsi);
	switch (reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS: {
		struct http_shelf *f = lws_context_user(lws_get_context(wsi));
		f->ssl = user;
		tls_files_give(f->server->tls, f->ssl);
		return 0;
	}
	case LWS_CALLBACK_WSI_CREATE: {
		struct http_server *s = ((struct http_shelf *)lws_context_user(lws_get_context(wsi)))->server;
		must(s->adopting);
		s->adopting->wsi = wsi;
		lws_set_opaque_user_data(wsi, s->adopting);
		s->adopting = NULL;
		return 0;
	}
	case LWS_CALLBACK_WSI_DESTROY:
		if (c)
			conn_destroy(c);
		return 0;
	case LWS_CALLBACK_HTTP:
		return http_req_begin(c, in, n);
	case LWS_CALLBACK_HTTP_BODY:
		return http_req_body(c, in, n);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return http_req_whole(c);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http_answer_write(c);
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return http_ws_confirm(c, in);
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_RECEIVE_PONG:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLOSED:
		return http_ws_callback(c, reason, in, n);
	default:
		return 0;
	}
}

static struct http_conn *conn_create(struct http_shelf *f, unsigned from)
{
	struct http_server *s = f->server;
	struct http_conn *c = mem_new(struct http_conn);
	*c = (struct http_conn){ .server = s, .shelf = f, .from = from, .next = s->conns, .link = &s->conns };
	if (s->conns)
		s->conns->link = &c->next;
	s->conns = c;
	s->open++;
	f->open++;
	s->from[from]++;
	http_expect(c, HTTP_HEAD_S);
	return c;
}

/* Where an address is counted: IPv6 by its network, for one host has all of it. */
static unsigned place_of(const struct sockaddr_storage *from)
{
	bool six = from->ss_family == AF_INET6;
	const uint8_t *p = six ? ((const struct sockaddr_in6 *)from)->sin6_addr.s6_addr
		: (const uint8_t *)&((const struct sockaddr_in *)from)->sin_addr;
	uint32_t hash = hash_bytes(p, six ? 8 : 4);
	return (hash ^ hash >> 16) % HTTP_ADDRESSES;
}

/* Has as many as an address may: is told so, as far as that can be without a word from it. */
static bool turn_away(const struct http_server *s, int fd, const struct sockaddr_storage *from)
{
	static const char words[] = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
	if (!s->limits.per_address || s->from[place_of(from)] < s->limits.per_address)
		return false;
	if (!s->tls)
		(void)!send(fd, words, sizeof words - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
	return true;
}

/* Gives an accepted socket to libwebsockets, which owns it from here. */
static void adopt(struct http_shelf *f, int fd, const struct sockaddr_storage *from)
{
	struct http_server *s = f->server;
	struct http_conn *c = conn_create(f, place_of(from));
	int one = 1;
	const void *ip = from->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)from)->sin6_addr
						     : (const void *)&((const struct sockaddr_in *)from)->sin_addr;
	if (!inet_ntop(from->ss_family, ip, c->peer, sizeof c->peer))
		c->peer[0] = '\0';
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	s->adopting = c;
	http_shelf_renew(s);
	lws_adopt_desc_t d = { .vh = f->vhost,
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | (s->tls ? LWS_ADOPT_ALLOW_SSL : 0), .fd.sockfd = fd, .opaque = c };
	lws_adopt_descriptor_vhost_via_info(&d);
	/* When it fails before there is a struct lws, no callback will end the connection. */
	if (s->adopting) {
		s->adopting = NULL;
		conn_destroy(c);
	}
}

/* Did it come to ask something, as far as it has spoken while it waited at the door? It stands apart from who comes for a WebSocket, says
 * nothing yet, or speaks TLS: those who come back by the ten thousand do that, and a request among them need not wait for them. */
static bool came_to_ask(const struct http_server *s, int fd)
{
	char said[PEEK_MAX];
	ssize_t n = s->tls ? 0 : recv(fd, said, sizeof said - 1, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return false;
	said[n] = '\0';
	const char *path = strncmp(said, "GET ", 4) ? "" : said + 4;
	for (const struct ws_endpoint *e = s->endpoints; e; e = e->next)
		if (!strncmp(path, e->path, strlen(e->path)))
			return false;
	return true;
}

/* We accept, and not libwebsockets: its listener spins when accept() finds no descriptor, and has no cap of its own. */
static void on_acceptable(uv_poll_t *p, int status, int events)
{
	struct http_server *s = p->data;
	int burst = http_shelf_waits(s) ? ACCEPT_BUSY : ACCEPT_BURST;
	(void)events;
	for (int i = 0; status == 0 && s->accepting && i < burst; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		if (s->open >= s->limits.connections || !http_shelf_has_room(s)) {
			set_accepting(s, false);
			return;
		}
		int fd = accept4(s->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0 && turn_away(s, fd, &from)) {
			continue;
		} else if (fd >= 0) {
			adopt(http_shelf_with_room(s, came_to_ask(s, fd)), fd, &from);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			log_warn("http", "cannot accept", "why=%s open=%u", strerror(errno), s->open);
			set_accepting(s, false);
			return;
		}
	}
}

static void set_accepting(struct http_server *s, bool on)
{
	if (s->accepting == on)
		return;
	s->accepting = on;
	if (on)
		must(uv_poll_start(&s->acceptable, UV_READABLE, on_acceptable) == 0);
	else
		uv_poll_stop(&s->acceptable);
}

/* libwebsockets' own time-outs begin anew with every byte. */
static void end_slow(struct http_server *s)
{
	uint64_t now = uv_now(s->loop);
	for (struct http_conn *c = s->conns; c; c = c->next) {
		if (!c->due || now < c->due)
			continue;
		c->due = 0;
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	}
}

static void on_tick(uv_timer_t *t)
{
	struct http_server *s = t->data;
	s->came[0] = s->came[1] = 0;
	if (s->unheld > 0 || s->unpaid > 0)
		log_warn("http", "no room for more bodies", "refused=%u slow=%u held=%zu", s->unheld, s->unpaid, s->held);
	s->unheld = s->unpaid = 0;
	end_slow(s);
	for (struct ws_endpoint *e = s->endpoints; e; e = e->next)
		http_ws_tick(e, uv_now(s->loop));
	set_accepting(s, s->open < s->limits.connections);
	/* libwebsockets looks at its own time-outs only after it was woken by a socket. */
	http_shelf_wake(s);
}

static void on_awake(uv_idle_t *i)
{
	(void)i;
}

static void on_check(uv_check_t *c)
{
	http_shelf_turn(c->data);
	http_turn(c->data);
}

/* Answers go out before the loop waits; and it does not wait while somebody's turn is still to come. */
static void on_prepare(uv_prepare_t *p)
{
	struct http_server *s = p->data;
	http_shelf_turn_again(s);
	if (s->waiting || http_shelf_waits(s))
		must(uv_idle_start(&s->awake, on_awake) == 0);
	else
		uv_idle_stop(&s->awake);
}

/* --- the server --- */

struct http_server *http_create(uv_loop_t *loop, const struct http_limits *limits, struct err *e)
{
	struct rlimit files;
	must(getrlimit(RLIMIT_NOFILE, &files) == 0);
	if (files.rlim_cur <= DESCRIPTORS_KEPT) {
		err_set(e, E_RANGE, "the limit of open files is %lu; at least %d are needed",
			(unsigned long)files.rlim_cur, DESCRIPTORS_KEPT + 1);
		return NULL;
	}
	struct tls_files *tls = limits->tls_cert ? tls_files_create(limits->tls_cert, limits->tls_key, e) : NULL;
	if (limits->tls_cert && !tls)
		return NULL;
	struct http_server *s = mem_new(struct http_server);
	s->tls = tls;
	s->loop = loop;
	s->limits = *limits;
	s->limits.bodies = limits->bodies ? limits->bodies : HTTP_BODIES;
	s->fd = -1;
	if (limits->connections > http_connections_within(files.rlim_cur - DESCRIPTORS_KEPT)) {
		s->limits.connections = http_connections_within(files.rlim_cur - DESCRIPTORS_KEPT);
		log_warn("http", "fewer connections than configured", "connections=%u open_files=%lu",
			s->limits.connections, (unsigned long)files.rlim_cur);
	}
	return s;
}

static int listen_at(const char *host, int port, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE }, *a;
	char service[16];
	int one = 1;
	snprintf(service, sizeof service, "%d", port);
	int rc = getaddrinfo(host, service, &hints, &a);
	if (rc)
		return err_set(e, E_IO, "cannot listen on %s:%d: %s", host, port, gai_strerror(rc));
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool listens = fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) &&
		!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, BACKLOG);
	if (!listens)
		err_set(e, E_IO, "cannot listen on %s:%d: %s", host, port, strerror(errno));
	freeaddrinfo(a);
	if (!listens && fd >= 0)
		close(fd);
	return listens ? fd : E_IO;
}

int http_listen(struct http_server *s, const char *host, int port, struct err *e)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	must(!s->shelf);
	int fd = listen_at(host, port, e);
	if (fd < 0)
		return fd;
	int rc = http_shelf_add(s, e);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	must(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	s->port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
						 : ((struct sockaddr_in *)&at)->sin_port);
	s->fd = fd;
	must(uv_poll_init_socket(s->loop, &s->acceptable, fd) == 0 && uv_timer_init(s->loop, &s->tick) == 0);
	must(uv_check_init(s->loop, &s->check) == 0 && uv_prepare_init(s->loop, &s->prepare) == 0 && uv_idle_init(s->loop, &s->awake) == 0);
	s->acceptable.data = s->tick.data = s->check.data = s->prepare.data = s;
	must(uv_check_start(&s->check, on_check) == 0 && uv_prepare_start(&s->prepare, on_prepare) == 0);
	must(uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS) == 0);
	set_accepting(s, true);
	return E_OK;
}

int http_port(const struct http_server *s)
{
	return s->port;
}

static void stop(struct http_server *s)
{
	uv_close((uv_handle_t *)&s->acceptable, NULL);
	uv_close((uv_handle_t *)&s->tick, NULL);
	uv_close((uv_handle_t *)&s->check, NULL);
	uv_close((uv_handle_t *)&s->prepare, NULL);
	uv_close((uv_handle_t *)&s->awake, NULL);
	close(s->fd);
	s->fd = -1;
	http_shelf_end(s);
	for (int i = 0; i < STOP_TURNS; i++)
		uv_run(s->loop, UV_RUN_NOWAIT);
	must(s->open == 0);
}

void http_destroy(struct http_server **ps)
{
	struct http_server *s = *ps;
	*ps = NULL;
	if (!s)
		return;
	if (s->shelf)
		stop(s);
	http_body_forget(s);
	for (struct http_route *r; (r = s->routes);) {
		s->routes = r->next;
		free(r->method);
		free(r->pattern);
		free(r);
	}
	for (struct ws_endpoint *e; (e = s->endpoints);) {
		s->endpoints = e->next;
		free(e->path);
		free(e->subprotocol);
		free(e);
	}
	tls_files_destroy(&s->tls);
	free(s);
}
