#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/http_internal.h"
#include "gateway/base/percent.h"
#include "gateway/base/utf8.h"

enum { WRITE_BURST = 4 }; /* chunks, then others on the loop get their turn */

static const char *reason_of(int status)
{
	static const struct { int status; const char *reason; } reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" }, { 302, "Found" },
		{ 303, "See Other" }, { 304, "Not Modified" }, { 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 409, "Conflict" }, { 410, "Gone" }, { 411, "Length Required" },
		{ 412, "Precondition Failed" }, { 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" }, { 426, "Upgrade Required" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* --- heads --- */

/* A line break in a value would let it speak for us. */
static void add_header(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s: ", name);
	for (; *value; value++)
		buf_addc(b, (unsigned char)*value < 0x20 ? ' ' : *value);
	buf_adds(b, "\r\n");
}

static bool is_named(const char *const *headers, const char *name)
{
	for (; headers && *headers; headers += 2)
		if (!strcasecmp(*headers, name))
			return true;
	return false;
}

static void add_defaults(struct buf *b, const char *const *headers)
{
	static const char *const defaults[][2] = {
		{ "Content-Security-Policy",
			"default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; "
			"frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
	};
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (!is_named(headers, defaults[i][0]))
			add_header(b, defaults[i][0], defaults[i][1]);
}

static void make_head(struct http_req *r, int status, const char *type, uint64_t len, const char *const *headers)
{
	struct buf *b = &r->answer.head;
	char date[40];
	time_t now = time(NULL);
	struct tm tm;
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
	buf_addf(b, "HTTP/1.1 %d %s\r\nDate: %s\r\n", status, reason_of(status), date);
	if (type && !is_named(headers, "Content-Type"))
		add_header(b, "Content-Type", type);
	if (status != 204 && status != 304)
		buf_addf(b, "Content-Length: %llu\r\n", (unsigned long long)len);
	if (r->close)
		add_header(b, "Connection", "close");
	add_defaults(b, headers);
	if (r->conn->server->limits.strict_transport)
		add_header(b, "Strict-Transport-Security", "max-age=31536000");
	for (; headers && *headers; headers += 2)
		add_header(b, headers[0], headers[1]);
	buf_adds(b, "\r\n");
	must(!b->overflow);
}

/* --- writing ---
 *
 * While a request is with its handler, reading is held back (lws_rx_flow_control), or libwebsockets would take what
 * follows for more of this request's body. But a connection held back does not hear from libwebsockets that it is
 * writable either, and one not held back spins while input waits and output cannot go. So a full socket is watched by
 * ourselves, on a duplicate of its descriptor, and libwebsockets gets the connection back when it is writable. */

struct http_watch {
	uv_poll_t poll;
	int fd;
	struct http_conn *conn; /* NULL: closing */
};

static void on_watch_closed(uv_handle_t *h)
{
	struct http_watch *w = h->data;
	close(w->fd);
	free(w);
}

void http_answer_unwatch(struct http_conn *c)
{
	if (!c->watch)
		return;
	c->watch->conn = NULL;
	uv_close((uv_handle_t *)&c->watch->poll, on_watch_closed);
	c->watch = NULL;
}

static void give_back(struct http_conn *c)
{
	http_answer_unwatch(c);
	lws_rx_flow_control(c->wsi, 1);
	lws_callback_on_writable(c->wsi);
}

static void on_unchoked(uv_poll_t *p, int status, int events)
{
	struct http_watch *w = p->data;
	(void)status; /* an error is found by writing */
	(void)events;
	give_back(w->conn);
}

static void watch(struct http_conn *c)
{
	int fd = dup(lws_get_socket_fd(c->wsi));
	struct http_watch *w = mem_new(struct http_watch);
	*w = (struct http_watch){ .fd = fd, .conn = c };
	w->poll.data = w;
	if (fd < 0 || uv_poll_init_socket(c->server->loop, &w->poll, fd) < 0) {
		/* Without a descriptor to spare the answer cannot go on; others must not suffer for it. */
		if (fd >= 0)
			close(fd);
		free(w);
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
		return;
	}
	c->watch = w;
	must(uv_poll_start(&w->poll, UV_WRITABLE, on_unchoked) == 0);
}

void http_answer_start(struct http_conn *c)
{
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HTTP_ANSWER_TIMEOUT_S);
	if (!lws_send_pipe_choked(c->wsi)) {
		give_back(c);
		return;
	}
	lws_rx_flow_control(c->wsi, 0);
	watch(c);
}

/* Takes body or fd. The request is over for its handler here. */
static void answer(struct http_req *r, int status, const char *type, uint8_t *body, int fd, uint64_t len,
	const char *const *headers)
{
	must(!r->answer.ready);
	r->answer.body = body;
	r->answer.fd = fd;
	r->answer.ready = true;
	if (!r->conn) {
		http_req_destroy(r);
		return;
	}
	bool later = r->coming && r->discard;
	if (r->coming && !later) {
		r->coming = false;
		r->close = true;
		r->conn->due = 0;
	}
	make_head(r, status, type, len, headers);
	r->answer.len = r->head || status == 204 || status == 304 ? 0 : len;
	r->asking = false;
	if (later)
		http_req_read(r);
	else
		http_answer_start(r->conn);
}

/* The bytes of head and body after what was sent. 0 at the end, -1 when the file is shorter than it was. */
static ssize_t next_bytes(const struct http_answer *a, uint8_t out[HTTP_CHUNK])
{
	size_t n = 0;
	if (a->sent < a->head.len) {
		n = a->head.len - (size_t)a->sent;
		memcpy(out, a->head.data + a->sent, n);
	}
	uint64_t at = a->sent + n - a->head.len;
	size_t want = a->len - at < HTTP_CHUNK - n ? (size_t)(a->len - at) : HTTP_CHUNK - n;
	if (want && a->body) {
		memcpy(out + n, a->body + at, want);
	} else if (want) {
		ssize_t got = pread(a->fd, out + n, want, (off_t)at);
		if (got <= 0)
			return -1;
		want = (size_t)got;
	}
	return (ssize_t)(n + want);
}

/* Whether the next request, or part of it, was read together with the last one. libwebsockets 4.1 loops without end
 * over a pipelined request with a body, so such a connection is closed; clients ask again. It tells only by the header
 * table: kept then, and this call empties its buffer only when there is one. */
static bool is_pipelined(struct lws *wsi)
{
	char mark[2] = "x";
	lws_hdr_custom_copy(wsi, mark, sizeof mark, "-:", 2);
	return mark[0] == '\0';
}

/* The answer is out: the connection goes, or waits for the next request. */
static int complete(struct http_conn *c)
{
	bool close_it = c->req->close;
	http_req_destroy(c->req);
	http_expect(c, HTTP_KEEPALIVE_S + HTTP_HEAD_S);
	return close_it || lws_http_transaction_completed(c->wsi) || is_pipelined(c->wsi) ? -1 : 0;
}

/* With TLS libwebsockets keeps what the socket does not take, and says so by being choked. */
static ssize_t put_wire(struct http_conn *c, uint8_t *p, size_t n)
{
	if (!c->server->tls)
		return send(lws_get_socket_fd(c->wsi), p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (lws_partial_buffered(c->wsi))
		return 0;
	int sent = lws_write(c->wsi, p, n, LWS_WRITE_HTTP);
	if (sent < 0)
		errno = EPIPE;
	return sent;
}

int http_answer_write(struct http_conn *c)
{
	struct http_req *r = c->req;
	if (!r || !r->answer.ready || r->coming || c->watch)
		return 0;
	uint8_t *chunk = c->server->chunk;
	for (int i = 0; i < WRITE_BURST; i++) {
		ssize_t n = next_bytes(&r->answer, chunk);
		if (n == 0)
			break;
		if (n < 0)
			return -1;
		ssize_t sent = put_wire(c, chunk, (size_t)n);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		r->answer.sent += sent > 0 ? (size_t)sent : 0;
		if (sent < n)
			break;
	}
	if (r->answer.sent == r->answer.head.len + r->answer.len && !lws_send_pipe_choked(c->wsi))
		return complete(c);
	http_answer_start(c);
	return 0;
}

/* --- simple answers --- */

void http_answer(struct http_req *r, int status, const char *type, const void *body, size_t n,
	const char *const *headers)
{
	answer(r, status, type, mem_dup(body, n), -1, n, headers);
}

void http_hang_up(struct http_req *r)
{
	must(!r->answer.ready);
	r->answer.ready = r->close = true; /* with nothing to write */
	r->coming = r->asking = false;
	if (r->conn)
		http_answer_start(r->conn);
	else
		http_req_destroy(r);
}

void http_answer_text(struct http_req *r, int status, const char *text)
{
	http_answer(r, status, "text/plain; charset=utf-8", text, strlen(text), NULL);
}

void http_problem_with(struct http_req *r, int status, const char *title, const char *detail, const char *const *headers)
{
	struct buf t, d; /* JSON takes no malformed UTF-8, and the words may hold what a peer sent */
	buf_init(&t, HTTP_HEAD_MAX);
	buf_init(&d, HTTP_HEAD_MAX);
	title = title ? title : reason_of(status);
	utf8_mend(&t, title, strlen(title));
	utf8_mend(&d, detail ? detail : "", detail ? strlen(detail) : 0);
	json_t *j = json_pack("{s:s, s:s, s:i, s:s*}", "type", "about:blank", "title", buf_str(&t), "status", status,
		"detail", detail ? buf_str(&d) : NULL);
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	must(text);
	http_answer(r, status, "application/problem+json", text, strlen(text), headers);
	free(text);
	json_decref(j);
	buf_fini(&t);
	buf_fini(&d);
}

void http_problem(struct http_req *r, int status, const char *title, const char *detail)
{
	http_problem_with(r, status, title, detail, NULL);
}

void http_redirect(struct http_req *r, int status, const char *location)
{
	const char *const headers[] = { "Location", location, NULL };
	http_answer(r, status, NULL, "", 0, headers);
}

/* --- files --- */

static const char *type_of(const char *path)
{
	static const char *const types[][2] = {
		{ "html", "text/html; charset=utf-8" }, { "js", "text/javascript; charset=utf-8" },
		{ "mjs", "text/javascript; charset=utf-8" }, { "css", "text/css; charset=utf-8" },
		{ "json", "application/json" }, { "map", "application/json" },
		{ "webmanifest", "application/manifest+json" }, { "svg", "image/svg+xml; charset=utf-8" },
		{ "png", "image/png" }, { "jpg", "image/jpeg" }, { "woff2", "font/woff2" },
		{ "csv", "text/csv; charset=utf-8" }, { "txt", "text/plain; charset=utf-8" },
	};
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
		if (!strcasecmp(dot + 1, types[i][0]))
			return types[i][1];
	return "application/octet-stream";
}

static int open_file(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool accepts_gzip(const struct http_req *r)
{
	const char *a = http_header(r, "accept-encoding");
	const char *at = a ? strcasestr(a, "gzip") : NULL;
	if (!at)
		return false;
	at += 4 + strspn(at + 4, " ");
	if (*at++ != ';')
		return true;
	at += strspn(at, " ");
	return strncasecmp(at, "q=", 2) || strtod(at + 2, NULL) > 0;
}

/* Our entity tags have no commas and no quotes inside, so finding one in the list is enough. */
static bool has_tag(const struct http_req *r, const char *tag)
{
	const char *list = http_header(r, "if-none-match");
	return list && (!strcmp(list, "*") || strstr(list, tag));
}

void http_answer_file(struct http_req *r, const char *path, const char *cache_control)
{
	struct stat st;
	int fd = -1;
	bool gzip = false;
	if (r->conn && accepts_gzip(r)) {
		fd = open_file(arena_printf(r->arena, "%s.gz", path), &st);
		gzip = fd >= 0;
	}
	if (fd < 0)
		fd = open_file(path, &st);
	if (fd < 0) {
		http_problem(r, 404, NULL, NULL);
		return;
	}
	char tag[80];
	snprintf(tag, sizeof tag, "\"%llx.%lx-%llx%s\"", (unsigned long long)st.st_mtim.tv_sec,
		(unsigned long)st.st_mtim.tv_nsec, (unsigned long long)st.st_size, gzip ? "-gz" : "");
	const char *headers[] = { "ETag", tag, "Vary", "Accept-Encoding", "Cache-Control",
		cache_control ? cache_control : "no-cache", gzip ? "Content-Encoding" : NULL, "gzip", NULL };
	if (has_tag(r, tag)) {
		close(fd);
		answer(r, 304, NULL, NULL, -1, 0, headers);
		return;
	}
	answer(r, 200, type_of(path), NULL, fd, (uint64_t)st.st_size, headers);
}

static bool is_safe_picture(const char *type)
{
	static const char *const safe[] = { "image/png", "image/jpeg", "image/gif", "image/webp" };
	for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
		if (!strcasecmp(type, safe[i]))
			return true;
	return false;
}

void http_answer_fd(struct http_req *r, int fd, uint64_t size, const char *type, const char *download_name)
{
	struct buf b;
	buf_init(&b, HTTP_HEAD_MAX / 2);
	buf_addf(&b, "%s; filename*=UTF-8''", is_safe_picture(type) ? "inline" : "attachment");
	percent_add(&b, download_name, "-._");
	const char *const headers[] = { "Content-Disposition", buf_str(&b), "Content-Security-Policy",
		"default-src 'none'; sandbox", "Cache-Control", "private, no-store", NULL };
	answer(r, 200, type, NULL, fd, size, headers);
	buf_fini(&b);
}
