#include <string.h>
#include <strings.h>

#include "gateway/base/http_internal.h"
#include "gateway/base/utf8.h"

enum { WS_BURST = 16, WS_CLOSE_S = 5, WS_REASON_MAX = 100, WS_PROTOCOLS_MAX = 120 };

/* The frame's header is written in front of the text by libwebsockets; it is the same for every receiver. */
struct ws_shared {
	unsigned refs;
	size_t n;
	uint8_t data[]; /* LWS_PRE bytes, then the text */
};

struct ws_waiting { struct ws_waiting *next; struct ws_shared *message; };

struct ws {
	struct http_conn *conn;
	struct ws_endpoint *endpoint;
	void *owner;
	struct buf in; /* of the message that is arriving */
	struct ws_waiting *first, **last;
	size_t queued;
	bool open, closing, ended; /* ended: the close frame is libwebsockets' business now */
	bool ping, pinged;         /* ping: to be sent; pinged: nothing was heard since */
	uint16_t code;
	char *reason;
	uint64_t heard; /* uv_now */
	struct ws *newer, *older;
};

/* --- who was heard of when --- */

static void unlink_idle(struct ws *w)
{
	struct ws_endpoint *e = w->endpoint;
	*(w->older ? &w->older->newer : &e->oldest) = w->newer;
	*(w->newer ? &w->newer->older : &e->newest) = w->older;
	w->older = w->newer = NULL;
}

static void link_newest(struct ws *w)
{
	struct ws_endpoint *e = w->endpoint;
	w->heard = uv_now(w->conn->server->loop);
	w->older = e->newest;
	*(e->newest ? &e->newest->newer : &e->oldest) = w;
	e->newest = w;
}

static void heard_of(struct ws *w)
{
	unlink_idle(w);
	link_newest(w);
	w->pinged = false;
}

void http_ws_tick(struct ws_endpoint *e, uint64_t now)
{
	uint64_t idle = (uint64_t)e->limits.ping_s * 1000;
	for (struct ws *w; idle && (w = e->oldest) && now - w->heard >= idle;) {
		unlink_idle(w);
		link_newest(w);
		if (w->pinged) {
			lws_set_timeout(w->conn->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
			continue;
		}
		w->ping = w->pinged = true;
		lws_callback_on_writable(w->conn->wsi);
	}
}

/* --- output --- */

struct ws_shared *ws_shared_create(const char *text, size_t n)
{
	struct ws_shared *m = mem_alloc(sizeof *m + LWS_PRE + n);
	m->refs = 1;
	m->n = n;
	memcpy(m->data + LWS_PRE, text, n);
	return m;
}

void ws_shared_release(struct ws_shared *m)
{
	if (!--m->refs)
		free(m);
}

static struct ws_shared *take_first(struct ws *w)
{
	struct ws_waiting *q = w->first;
	struct ws_shared *m = q->message;
	w->first = q->next;
	if (!w->first)
		w->last = &w->first;
	w->queued -= m->n;
	free(q);
	return m;
}

static void drop_queue(struct ws *w)
{
	while (w->first)
		ws_shared_release(take_first(w));
}

void ws_close(struct ws *w, uint16_t code, const char *reason)
{
	if (w->closing)
		return;
	w->closing = true;
	w->code = code;
	w->reason = mem_strndup(reason, reason ? utf8_cut(reason, strlen(reason), WS_REASON_MAX) : 0);
	/* A peer that takes nothing more never becomes writable. */
	lws_set_timeout(w->conn->wsi, PENDING_TIMEOUT_CLOSE_SEND, WS_CLOSE_S);
	lws_callback_on_writable(w->conn->wsi);
}

bool ws_send_shared(struct ws *w, struct ws_shared *m)
{
	if (w->closing)
		return false;
	if (m->n > w->endpoint->limits.queue - w->queued) {
		drop_queue(w);
		ws_close(w, LWS_CLOSE_STATUS_POLICY_VIOLATION, "too slow");
		return false;
	}
	struct ws_waiting *q = mem_new(struct ws_waiting);
	q->message = m;
	m->refs++;
	*w->last = q;
	w->last = &q->next;
	w->queued += m->n;
	lws_callback_on_writable(w->conn->wsi);
	return true;
}

bool ws_send(struct ws *w, const char *text, size_t n)
{
	struct ws_shared *m = ws_shared_create(text, n);
	bool sent = ws_send_shared(w, m);
	ws_shared_release(m);
	return sent;
}

size_t ws_queued(const struct ws *w)
{
	return w->queued;
}

/* Makes libwebsockets send a close frame and wait for the peer's. */
static int close_with(struct ws *w, uint16_t code, const char *reason)
{
	w->closing = w->ended = true;
	drop_queue(w);
	lws_close_reason(w->conn->wsi, code, (unsigned char *)(uintptr_t)reason, reason ? strlen(reason) : 0);
	return -1;
}

/* Not by the return value of on_writable: some builds of libwebsockets, Debian's among them, then close a second time
 * at once, as a test of their own, and the close frame is never sent. This only begins the closing handshake. */
static void say_goodbye(struct ws *w)
{
	close_with(w, w->code, w->reason);
	lws_set_timeout(w->conn->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

static int on_writable(struct ws *w)
{
	struct lws *wsi = w->conn->wsi;
	if (w->ended)
		return 0;
	if (w->ping) {
		uint8_t b[LWS_PRE + 1] = { 0 }; /* not empty: libwebsockets tells nobody of an empty pong */
		w->ping = false;
		if (lws_write(wsi, b + LWS_PRE, 1, LWS_WRITE_PING) < 0)
			return -1;
	}
	for (int i = 0; i < WS_BURST && w->first && !lws_partial_buffered(wsi) && !lws_send_pipe_choked(wsi); i++) {
		struct ws_shared *m = take_first(w);
		int rc = lws_write(wsi, m->data + LWS_PRE, m->n, LWS_WRITE_TEXT);
		ws_shared_release(m);
		if (rc < 0)
			return -1;
	}
	if (w->first || (w->closing && lws_partial_buffered(wsi)))
		lws_callback_on_writable(wsi);
	else if (w->closing)
		say_goodbye(w);
	return 0;
}

/* --- input --- */

static int on_receive(struct ws *w, const char *p, size_t n)
{
	struct lws *wsi = w->conn->wsi;
	heard_of(w);
	if (w->closing)
		return 0;
	if (lws_frame_is_binary(wsi))
		return close_with(w, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "text only");
	size_t to_come = lws_remaining_packet_payload(wsi);
	if (to_come > w->in.cap || n + to_come > w->in.cap - w->in.len)
		return close_with(w, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too big");
	must(buf_add(&w->in, p, n));
	if (!lws_is_final_fragment(wsi))
		return 0;
	if (!utf8_valid(buf_str(&w->in), w->in.len))
		return close_with(w, LWS_CLOSE_STATUS_INVALID_PAYLOAD, "not UTF-8");
	w->conn->due = 0;
	struct buf whole = w->in;
	buf_init(&w->in, whole.cap);
	w->endpoint->ops->on_text(w, w->owner, buf_str(&whole), whole.len);
	buf_fini(&whole);
	return 0;
}

/* --- life --- */

static void on_established(struct ws *w)
{
	w->open = true;
	link_newest(w);
	if (w->endpoint->limits.first_s)
		http_expect(w->conn, w->endpoint->limits.first_s);
	w->endpoint->ops->on_open(w, w->owner);
}

void http_ws_gone(struct http_conn *c)
{
	struct ws *w = c->ws;
	if (!w)
		return;
	c->ws = NULL;
	if (w->open)
		unlink_idle(w);
	w->closing = true;
	w->endpoint->ops->on_close(w->open ? w : NULL, w->owner);
	drop_queue(w);
	buf_fini(&w->in);
	free(w->reason);
	free(w);
}

int http_ws_callback(struct http_conn *c, enum lws_callback_reasons reason, const char *p, size_t n)
{
	if (!c->ws)
		return -1;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		on_established(c->ws);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return on_receive(c->ws, p, n);
	case LWS_CALLBACK_RECEIVE_PONG:
		heard_of(c->ws);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return on_writable(c->ws);
	default:
		http_ws_gone(c);
		return 0;
	}
}

/* --- the upgrade --- */

static bool is_known(const struct http_server *s, const char *name, size_t n)
{
	for (const struct ws_endpoint *e = s->endpoints; e; e = e->next)
		if (e->subprotocol && strlen(e->subprotocol) == n && !strncmp(e->subprotocol, name, n))
			return true;
	return false;
}

/* Whether libwebsockets, which takes the first offered name that any endpoint has, will choose the endpoint's. An
 * endpoint without one takes no offers: a browser whose offers go unanswered fails the connection anyway. */
static bool subprotocol_fits(const struct http_server *s, const struct ws_endpoint *e, const char *offered)
{
	if (!e->subprotocol || !offered)
		return !e->subprotocol && !offered;
	for (const char *p = offered; *p && strlen(offered) <= WS_PROTOCOLS_MAX; p += strcspn(p, ",")) {
		p += strspn(p, ", \t");
		size_t n = strcspn(p, ", \t");
		if (n && is_known(s, p, n))
			return strlen(e->subprotocol) == n && !strncmp(p, e->subprotocol, n);
	}
	return false;
}

static struct ws_endpoint *find_endpoint(const struct http_server *s, const char *path)
{
	struct ws_endpoint *e = s->endpoints;
	while (e && strcmp(e->path, path))
		e = e->next;
	return e;
}

/* 0, or the status to refuse with. Asks the owner last, and only once. */
static int check(const struct http_req *r, struct ws_endpoint *e, void **owner)
{
	const char *version = http_header(r, "sec-websocket-version"), *key = http_header(r, "sec-websocket-key");
	const char *connection = http_header(r, "connection");
	if (!e)
		return 404;
	if (strcmp(r->method, "GET"))
		return 405;
	if (!version || strcmp(version, "13"))
		return 426;
	if (!key || strlen(key) != 24 || !connection || !strcasestr(connection, "upgrade") || !http_header(r, "host"))
		return 400;
	if (!subprotocol_fits(r->conn->server, e, http_header(r, "sec-websocket-protocol")))
		return 400;
	return e->ops->on_request(r, e->arg, owner);
}

static int refuse(struct http_req *r, int status)
{
	static const char *const headers[] = { "Sec-WebSocket-Version", "13", NULL };
	struct http_conn *c = r->conn;
	c->req = r;
	r->close = true;
	http_answer(r, status, "text/plain; charset=utf-8", "refused\n", 8, headers);
	http_answer_write(c);
	return -1;
}

int http_ws_confirm(struct http_conn *c, char *upgrade)
{
	/* An upgrade unknown to libwebsockets was answered by it already and its headers are freed: upgrade dangles. */
	if (!lws_hdr_total_length(c->wsi, WSI_TOKEN_UPGRADE))
		return -1;
	if (strcasecmp(upgrade, "websocket")) {
		upgrade[0] = '-'; /* h2c, which a server may ignore: plain HTTP goes on */
		return 0;
	}
	char *uri = NULL;
	int n = 0, status;
	void *owner = NULL;
	if (c->req || lws_http_get_uri_and_method(c->wsi, &uri, &n) < 0)
		return -1;
	struct http_req *r = http_req_create(c, uri, (size_t)n, &status);
	struct ws_endpoint *e = find_endpoint(c->server, r->path);
	if (!status)
		status = check(r, e, &owner);
	if (status)
		return refuse(r, status);
	struct ws *w = c->ws = mem_new(struct ws);
	*w = (struct ws){ .conn = c, .endpoint = e, .owner = owner, .last = &w->first };
	buf_init(&w->in, e->limits.message);
	c->due = 0; /* from here on it is pinged */
	http_req_destroy(r);
	return 0;
}
