#include "gateway/base/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/hash.h"
#include "gateway/base/http_internal.h"
#include "gateway/base/log.h"
#include "gateway/base/tls.h"

enum {
	BACKLOG = 1024,
	ACCEPT_BURST = 64,         /* then others on the loop get their turn */
	DESCRIPTORS_KEPT = 128,    /* for files, databases, carriers */
	LWS_TABLE_MAX = 1 << 16,   /* descriptors libwebsockets keeps tables for */
	WS_READ = 512,             /* a WebSocket's own input buffer: small, since ten thousand of them idle */
	LWS_LINES_PER_SECOND = 10,
	TICK_MS = 1000
};

/* --- routes --- */

void http_route_body(struct http_server *s, const char *method, const char *pattern, size_t body_cap,
	http_handler_f *handler, void *arg)
{
	struct http_route *r = mem_new(struct http_route);
	size_t n = strlen(pattern);
	must(n && pattern[0] == '/');
	r->prefix = pattern[n - 1] == '*';
	must(!r->prefix || pattern[n - 2] == '/');
	*r = (struct http_route){ .next = s->routes, .method = mem_strdup(method), .pattern = mem_strdup(pattern),
		.len = n - r->prefix, .prefix = r->prefix, .body_cap = body_cap, .handler = handler, .arg = arg };
	s->routes = r;
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
	if (c->req && (c->req->answer.ready || !c->req->given))
		http_req_destroy(c->req);
	else if (c->req)
		c->req->conn = NULL; /* its handler still has it, and will answer */
	http_ws_gone(c);
	http_answer_unwatch(c);
	free(c);
	s->open--;
	if (s->lws && s->fd >= 0)
		set_accepting(s, s->open < s->limits.connections);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct http_conn *c = lws_get_opaque_user_data(wsi);
	switch (reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS: {
		struct http_server *s = lws_context_user(lws_get_context(wsi));
		s->ssl = user;
		must(SSL_CTX_set_min_proto_version(s->ssl, TLS1_2_VERSION) == 1);
		return 0;
	}
	case LWS_CALLBACK_WSI_CREATE: {
		struct http_server *s = lws_context_user(lws_get_context(wsi));
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

static struct http_conn *conn_create(struct http_server *s, unsigned from)
{
	struct http_conn *c = mem_new(struct http_conn);
	*c = (struct http_conn){ .server = s, .from = from, .next = s->conns, .link = &s->conns };
	if (s->conns)
		s->conns->link = &c->next;
	s->conns = c;
	s->open++;
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
static void adopt(struct http_server *s, int fd, const struct sockaddr_storage *from)
{
	struct http_conn *c = conn_create(s, place_of(from));
	int one = 1;
	const void *ip = from->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)from)->sin6_addr
						     : (const void *)&((const struct sockaddr_in *)from)->sin_addr;
	if (!inet_ntop(from->ss_family, ip, c->peer, sizeof c->peer))
		c->peer[0] = '\0';
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	s->adopting = c;
	if (s->tls && s->ssl)
		tls_files_renew(s->tls, s->ssl);
	lws_adopt_desc_t d = { .vh = lws_get_vhost_by_name(s->lws, "default"),
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | (s->tls ? LWS_ADOPT_ALLOW_SSL : 0), .fd.sockfd = fd, .opaque = c };
	lws_adopt_descriptor_vhost_via_info(&d);
	/* When it fails before there is a struct lws, no callback will end the connection. */
	if (s->adopting) {
		s->adopting = NULL;
		conn_destroy(c);
	}
}

/* We accept, and not libwebsockets: its listener spins when accept() finds no descriptor, and has no cap of its own. */
static void on_acceptable(uv_poll_t *p, int status, int events)
{
	struct http_server *s = p->data;
	(void)events;
	for (int i = 0; status == 0 && i < ACCEPT_BURST; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		if (s->open >= s->limits.connections) {
			set_accepting(s, false);
			return;
		}
		int fd = accept4(s->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0 && turn_away(s, fd, &from)) {
			continue;
		} else if (fd >= 0) {
			adopt(s, fd, &from);
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
	end_slow(s);
	for (struct ws_endpoint *e = s->endpoints; e; e = e->next)
		http_ws_tick(e, uv_now(s->loop));
	set_accepting(s, s->open < s->limits.connections);
	/* libwebsockets looks at its own time-outs only after it was woken by a socket. */
	lws_cancel_service(s->lws);
}

/* --- the server --- */

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
	s->fd = -1;
	if (limits->connections > files.rlim_cur - DESCRIPTORS_KEPT) {
		s->limits.connections = (unsigned)(files.rlim_cur - DESCRIPTORS_KEPT);
		log_warn("http", "fewer connections than configured", "connections=%u open_files=%lu",
			s->limits.connections, (unsigned long)files.rlim_cur);
	}
	return s;
}

/* A protocol for plain HTTP, then one for each subprotocol: libwebsockets chooses among these names. */
static struct lws_protocols *protocols_of(const struct http_server *s)
{
	size_t n = 1;
	for (const struct ws_endpoint *e = s->endpoints; e; e = e->next)
		n++;
	struct lws_protocols *p = mem_array(struct lws_protocols, n + 1);
	p[0] = (struct lws_protocols){ .name = "http", .callback = on_lws, .rx_buffer_size = WS_READ,
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

/* libwebsockets zeroes tables for every descriptor the process may ever open, which with some systems' limits is a
 * gigabyte. Descriptors are given out lowest first, so a smaller table does. */
static struct lws_context *context_create(const struct lws_context_creation_info *info)
{
	struct rlimit real, small;
	must(getrlimit(RLIMIT_NOFILE, &real) == 0);
	small = real;
	if (small.rlim_cur > LWS_TABLE_MAX)
		small.rlim_cur = LWS_TABLE_MAX;
	must(setrlimit(RLIMIT_NOFILE, &small) == 0);
	struct lws_context *c = lws_create_context(info);
	must(setrlimit(RLIMIT_NOFILE, &real) == 0);
	return c;
}

static int start_lws(struct http_server *s, struct err *e)
{
	static const lws_retry_bo_t no_pings = { 0 }; /* http_ws_tick does them, by endpoint */
	void *loops[] = { s->loop };
	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	s->protocols = protocols_of(s);
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = s->protocols,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
		.foreign_loops = loops,
		.user = s,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.max_http_header_data2 = HTTP_HEAD_MAX,
		.max_http_header_pool2 = s->limits.connections + 1, /* allocated only while requests need them */
		.timeout_secs = HTTP_PEER_TIMEOUT_S,
		.timeout_secs_ah_idle = HTTP_PEER_TIMEOUT_S,
		.keepalive_timeout = HTTP_KEEPALIVE_S,
		.pt_serv_buf_size = HTTP_HEAD_MAX,
		.retry_and_idle_policy = &no_pings,
		.alpn = "http/1.1",
	};
	if (s->tls) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = s->limits.tls_cert;
		info.ssl_private_key_filepath = s->limits.tls_key;
	}
	s->lws = context_create(&info);
	return s->lws ? E_OK : err_set(e, E_IO, "libwebsockets could not start (is its libuv plugin installed?)");
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
	must(!s->lws);
	int fd = listen_at(host, port, e);
	if (fd < 0)
		return fd;
	int rc = start_lws(s, e);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	must(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	s->port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
						 : ((struct sockaddr_in *)&at)->sin_port);
	s->fd = fd;
	must(uv_poll_init_socket(s->loop, &s->acceptable, fd) == 0 && uv_timer_init(s->loop, &s->tick) == 0);
	must(uv_check_init(s->loop, &s->check) == 0 && uv_idle_init(s->loop, &s->awake) == 0);
	s->acceptable.data = s->tick.data = s->check.data = s;
	must(uv_check_start(&s->check, http_turn) == 0);
	must(uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS) == 0);
	set_accepting(s, true);
	return E_OK;
}

int http_port(const struct http_server *s)
{
	return s->port;
}

/* libwebsockets lets go of a foreign loop in steps, each by libuv's closing callbacks, and has its second
 * lws_context_destroy() only after them. */
static void stop_lws(struct http_server *s)
{
	uv_close((uv_handle_t *)&s->acceptable, NULL);
	uv_close((uv_handle_t *)&s->tick, NULL);
	uv_close((uv_handle_t *)&s->check, NULL);
	uv_close((uv_handle_t *)&s->awake, NULL);
	close(s->fd);
	s->fd = -1;
	lws_context_destroy(s->lws);
	for (int i = 0; i < 8; i++)
		uv_run(s->loop, UV_RUN_NOWAIT);
	must(s->open == 0);
	lws_context_destroy(s->lws);
}

void http_destroy(struct http_server **ps)
{
	struct http_server *s = *ps;
	*ps = NULL;
	if (!s)
		return;
	if (s->lws)
		stop_lws(s);
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
	free(s->protocols);
	tls_files_destroy(&s->tls);
	free(s);
}
