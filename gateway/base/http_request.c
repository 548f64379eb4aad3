#include <string.h>
#include <unistd.h>

#include "gateway/base/http_internal.h"
#include "gateway/base/percent.h"
#include "gateway/base/utf8.h"

/* --- reading what libwebsockets holds --- */

/* The header's value, in the arena, or NULL. */
static char *copy_token(const struct http_req *r, enum lws_token_indexes token)
{
	int n = lws_hdr_total_length(r->conn->wsi, token);
	if (n <= 0)
		return NULL;
	/* Repeated headers are joined by commas, which the length counts only in part. */
	size_t room = (size_t)n + 32;
	char *p = arena_alloc(r->arena, room);
	return lws_hdr_copy(r->conn->wsi, p, (int)room, token) > 0 ? p : NULL;
}

static char *copy_unknown(const struct http_req *r, const char *name_and_colon, size_t n)
{
	int len = lws_hdr_custom_length(r->conn->wsi, name_and_colon, (int)n);
	if (len < 0)
		return NULL;
	char *p = arena_alloc(r->arena, (size_t)len + 1);
	return lws_hdr_custom_copy(r->conn->wsi, p, len + 1, name_and_colon, (int)n) >= 0 ? p : NULL;
}

const char *http_header(const struct http_req *r, const char *lower_case_name)
{
	if (!r->conn)
		return NULL;
	char *name = arena_printf(r->arena, "%s:", lower_case_name);
	for (int i = 0; i < WSI_TOKEN_COUNT; i++) {
		const unsigned char *known = lws_token_to_string((enum lws_token_indexes)i);
		if (known && !strcmp((const char *)known, name))
			return copy_token(r, (enum lws_token_indexes)i);
	}
	return copy_unknown(r, name, strlen(name));
}

static const char *find_method(const struct lws *wsi)
{
	static const struct { enum lws_token_indexes token; const char *name; } methods[] = {
		{ WSI_TOKEN_GET_URI, "GET" }, { WSI_TOKEN_HEAD_URI, "HEAD" }, { WSI_TOKEN_POST_URI, "POST" },
		{ WSI_TOKEN_PUT_URI, "PUT" }, { WSI_TOKEN_PATCH_URI, "PATCH" }, { WSI_TOKEN_DELETE_URI, "DELETE" },
		{ WSI_TOKEN_OPTIONS_URI, "OPTIONS" },
	};
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (lws_hdr_total_length((struct lws *)(uintptr_t)wsi, methods[i].token) > 0)
			return methods[i].name;
	return NULL;
}

/* libwebsockets decoded the path and resolved its ".." segments; what is still odd is refused. A path that had '&' or
 * ';' was cut there, since libwebsockets takes these for separators of a query: the length tells. */
static bool path_is_good(const char *p, size_t n)
{
	if (!n || p[0] != '/' || strnlen(p, n) != n || p[n] || !utf8_valid(p, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7F || p[i] == '\\')
			return false;
	for (const char *at = p; (at = strstr(at, "/..")); at += 3)
		if (at[3] == '/' || !at[3])
			return false;
	return true;
}

/* --- the query --- */

#define QUERY_PLAIN "-._~:/@!*,"

/* libwebsockets keeps a query as decoded "name=value" pieces. */
static void read_query(struct http_req *r)
{
	struct http_query **tail = &r->query;
	struct buf raw;
	buf_init(&raw, 4 * HTTP_HEAD_MAX);
	struct lws *wsi = r->conn->wsi;
	for (int i = 0, n; (n = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i)) > 0 || i == 0; i++) {
		char *piece = arena_alloc(r->arena, (size_t)n + 1);
		if (lws_hdr_copy_fragment(wsi, piece, n + 1, WSI_TOKEN_HTTP_URI_ARGS, i) <= 0)
			break;
		char *equals = strchr(piece, '=');
		struct http_query *q = arena_alloc(r->arena, sizeof *q);
		if (equals)
			*equals = '\0';
		*q = (struct http_query){ .name = piece, .value = equals ? equals + 1 : "" };
		*tail = q;
		tail = &q->next;
		buf_adds(&raw, raw.len ? "&" : "");
		percent_add(&raw, q->name, QUERY_PLAIN);
		buf_adds(&raw, equals ? "=" : "");
		percent_add(&raw, q->value, QUERY_PLAIN);
	}
	r->query_raw = arena_strdup(r->arena, buf_str(&raw));
	buf_fini(&raw);
}

/* --- life --- */

struct http_req *http_req_create(struct http_conn *c, const char *uri, size_t n, int *status)
{
	struct http_req *r = mem_new(struct http_req);
	struct arena *a = arena_create(1024);
	const char *method = find_method(c->wsi);
	*r = (struct http_req){ .conn = c, .arena = a, .answer.fd = -1, .path = "/", .rest = "", .query_raw = "" };
	buf_init(&r->body, 0);
	buf_init(&r->answer.head, HTTP_ANSWER_HEAD_MAX);
	r->peer = arena_strdup(a, c->peer);
	r->method = method ? method : "";
	r->head = !strcmp(r->method, "HEAD");
	*status = 0;
	if (!method || !path_is_good(uri, n)) {
		*status = 400;
		return r;
	}
	r->path = arena_strdup(a, uri);
	read_query(r);
	/* HTTP/1.0 would need an explicit keep-alive both ways: not worth it. */
	const char *version = copy_token(r, WSI_TOKEN_HTTP), *connection = copy_token(r, WSI_TOKEN_CONNECTION);
	r->close = !version || strncmp(version, "HTTP/1.1", 8) || (connection && strcasestr(connection, "close"));
	return r;
}

void http_req_destroy(struct http_req *r)
{
	if (r->link)
		http_turn_leave(r);
	if (r->conn)
		r->conn->req = NULL;
	if (r->answer.fd >= 0)
		close(r->answer.fd);
	free(r->answer.body);
	buf_fini(&r->answer.head);
	http_body_drop(r);
	arena_destroy(&r->arena);
	free(r);
}

/* The body's length from its headers; 0 when there is none. Otherwise *status says what to refuse with. */
static uint64_t body_length(const struct http_req *r, int *status)
{
	const char *length = copy_token(r, WSI_TOKEN_HTTP_CONTENT_LENGTH);
	bool carries = !strcmp(r->method, "POST") || !strcmp(r->method, "PUT") || !strcmp(r->method, "PATCH");
	if (lws_hdr_total_length(r->conn->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) || (!length && carries)) {
		*status = 411; /* libwebsockets 4.1 reads no chunked bodies */
		return 0;
	}
	if (!length)
		return 0;
	size_t n = strlen(length);
	if (n > 15 || strspn(length, "0123456789") != n) {
		*status = n > 15 ? 413 : 400;
		return 0;
	}
	return strtoull(length, NULL, 10);
}

void http_req_refuse(struct http_req *r, int status, const char *allow)
{
	const char *const methods[] = { "Allow", allow, NULL }, *const later[] = { "Retry-After", "5", NULL };
	if (status == 405)
		http_answer(r, 405, "text/plain; charset=utf-8", "Method Not Allowed\n", 19, methods);
	else
		http_problem_with(r, status, NULL, NULL, status == 503 ? later : NULL);
}

/* libwebsockets says so again when more input comes before the answer is out. */
int http_req_whole(struct http_conn *c)
{
	struct http_req *r = c->req;
	if (!r || !r->coming)
		return 0;
	r->coming = false;
	lws_rx_flow_control(c->wsi, 0);
	lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
	c->due = 0;
	if (r->answer.ready)
		http_answer_start(c);
	else if (!r->asking)
		http_turn_wait(r);
	return 0;
}

void http_req_read(struct http_req *r)
{
	http_body_expect(r);
	lws_rx_flow_control(r->conn->wsi, 1);
}

static bool is_upgrade_only(const struct http_server *s, const char *path)
{
	for (const struct ws_endpoint *e = s->endpoints; e; e = e->next)
		if (!strcmp(e->path, path))
			return true;
	return false;
}

/* 0, or what to refuse with. */
static int route(struct http_req *r, const char **allow)
{
	const struct http_server *s = r->conn->server;
	const char *method = r->head ? "GET" : r->method;
	int status = 0;
	r->route = http_route_find(s, method, r->path, r->arena, &status, allow);
	if (r->route && r->route->prefix)
		r->rest = r->path + r->route->len;
	return status == 404 && is_upgrade_only(s, r->path) ? 426 : status;
}

/* Waits its client to be told so? What then comes is all of it: no answer can go before. */
static int go_on(struct http_req *r)
{
	static const char words[] = "HTTP/1.1 100 Continue\r\n\r\n";
	uint8_t b[LWS_PRE + sizeof words];
	bool waits = lws_hdr_total_length(r->conn->wsi, WSI_TOKEN_HTTP_EXPECT) > 0;
	r->discard = true;
	memcpy(b + LWS_PRE, words, sizeof words);
	return waits && lws_write(r->conn->wsi, b + LWS_PRE, sizeof words - 1, LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

/* What came together with the head is kept; the rest is not read meanwhile. */
static void ask(struct http_req *r)
{
	r->asking = true;
	r->route->admit(r, r->route->arg);
	if (!r->asking)
		return;
	r->conn->due = 0;
	lws_rx_flow_control(r->conn->wsi, 0);
}

void http_admit(struct http_req *r)
{
	must(r->asking);
	r->asking = false;
	if (!r->conn) {
		http_req_destroy(r);
	} else if (!r->coming) {
		http_turn_wait(r);
	} else if (go_on(r) < 0) {
		lws_set_timeout(r->conn->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	} else {
		http_req_read(r);
	}
}

int http_req_begin(struct http_conn *c, const char *uri, size_t n)
{
	const char *allow = NULL;
	int status;
	if (c->req)
		return -1;
	struct http_req *r = c->req = http_req_create(c, uri, n, &status);
	uint64_t length = status ? 0 : body_length(r, &status);
	r->coming = true;
	if (status) {
		http_req_refuse(r, status, NULL);
		return 0;
	}
	status = route(r, &allow);
	if (r->route && length > r->route->body_cap)
		status = 413;
	buf_init(&r->body, (size_t)length);
	http_body_expect(r);
	bool waits = lws_hdr_total_length(c->wsi, WSI_TOKEN_HTTP_EXPECT) > 0;
	r->discard = !length || (!waits && (length <= HTTP_DISCARD_MAX || !status));
	if (status)
		http_req_refuse(r, status, allow);
	else if (length && r->route->admit)
		ask(r);
	else if (length && go_on(r) < 0)
		return -1;
	/* libwebsockets announces the end of a body also when a POST says it is empty, but only then. */
	return !length && strcmp(r->method, "POST") ? http_req_whole(c) : 0;
}

int http_req_body(struct http_conn *c, const void *p, size_t n)
{
	struct http_req *r = c->req;
	if (r && r->coming && !r->answer.ready && !http_body_add(r, p, n))
		http_req_refuse(r, 503, NULL);
	return 0;
}

/* --- what handlers ask --- */

const char *http_method(const struct http_req *r) { return r->method; }
const char *http_path(const struct http_req *r) { return r->path; }
const char *http_rest(const struct http_req *r) { return r->rest; }
const char *http_query_raw(const struct http_req *r) { return r->query_raw; }
const char *http_peer(const struct http_req *r) { return r->peer; }

const char *http_query(const struct http_req *r, const char *name)
{
	for (const struct http_query *q = r->query; q; q = q->next)
		if (!strcmp(q->name, name))
			return q->value;
	return NULL;
}

const char *http_query_other(const struct http_req *r, const char *const *name, size_t n)
{
	for (const struct http_query *q = r->query; q; q = q->next) {
		size_t i = 0;
		while (i < n && strcmp(q->name, name[i]) != 0)
			i++;
		if (i == n)
			return q->name;
	}
	return NULL;
}

const void *http_body(const struct http_req *r, size_t *n)
{
	*n = r->body.len;
	return buf_str(&r->body);
}

const char *http_cookie(const struct http_req *r, const char *name)
{
	const char *p = http_header(r, "cookie");
	size_t n = strlen(name);
	while (p && *p) {
		p += strspn(p, " ;\t");
		size_t len = strcspn(p, ";");
		if (len > n && !strncmp(p, name, n) && p[n] == '=')
			return arena_strndup(r->arena, p + n + 1, len - n - 1);
		p += len;
	}
	return NULL;
}
