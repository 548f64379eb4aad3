#include "gateway/console/call.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/hash.h"
#include "gateway/base/log.h"
#include "gateway/console/again.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/problem.h"
#include "gateway/console/reports.h"
#include "gateway/console/shown.h"
#include "gateway/flow/steps.h"

static const char *const QUERY[Q_COUNT] = {
	"state", "channel", "department", "q", "after", "limit", "open", "waiting", "overdue", "flag",
	"asked", "unassigned", "assignee", "order", "remote", "name", "ticket", "report", "from", "to", "by", "category", "word", "every",
	"format", "least", "core",
};

/* --- the table's rows and a request --- */

/* Whether path fits a route's; the {} segments go into param (parts of path, made in a). */
static bool path_fits(const char *pattern, const char *path, const char **param, struct arena *a)
{
	unsigned n = 0;
	for (;;) {
		size_t want = strcspn(pattern, "/"), have = strcspn(path, "/");
		if (want == 2 && strncmp(pattern, "{}", 2) == 0) {
			if (have == 0)
				return false;
			must(n < CALL_PARAMS);
			param[n++] = arena_strndup(a, path, have);
		} else if (want != have || strncmp(pattern, path, have) != 0) {
			return false;
		}
		pattern += want;
		path += have;
		if (*pattern != *path)
			return false;
		if (*pattern++ == '\0')
			return true;
		path++;
	}
}

/* The route, or NULL with *allow naming the methods that would do ("" when there is no such path). */
static const struct route *route_find(const char *method, const char *path, const char **param, struct arena *a,
	const char **allow)
{
	size_t n;
	const struct route *table = console_routes(&n);
	*allow = "";
	for (size_t i = 0; i < n; i++) {
		if (!path_fits(table[i].path, path, param, a))
			continue;
		if (strcmp(table[i].method, method) == 0 || (strcmp(table[i].method, "GET") == 0 && strcmp(method, "HEAD") == 0))
			return &table[i];
		*allow = arena_printf(a, "%s%s%s", *allow, **allow ? ", " : "", table[i].method);
	}
	return NULL;
}

/* What a job leaves in it; a job whose transaction was lost runs again, and nothing of the first time may count. */
static void call_clear(struct call *c)
{
	json_decref(c->answer);
	json_decref(c->extra);
	json_decref(c->shown);
	free(c->text);
	free(c->page.text);
	free(c->sheet.text);
	if (c->file.fd >= 0)
		(void)close(c->file.fd);
	c->answer = c->extra = c->shown = NULL;
	c->text = c->page.text = c->sheet.text = NULL;
	c->file.fd = -1;
	c->remember_ticket = c->held = 0;
	c->repeated = false;
	c->refused.rc = 0;
}

static void call_free(struct call *c)
{
	call_clear(c);
	json_decref(c->body);
	json_decref(c->previews);
	catalog_unref(&c->catalog);
	suggest_unref(&c->suggest);
	struct arena *a = c->arena;
	arena_destroy(&a);
}

enum { HEADERS_MAX = 12 };

/* What every answer of a call says beside its own headers. */
static void put_headers(const struct call *c, const char **h, size_t n)
{
	const struct { const char *name, *value; } more[] = { { "RateLimit-Policy", c->pace.policy }, { "RateLimit", c->pace.now },
		{ "Retry-After", c->pace.retry }, { "Idempotency-Replayed", c->repeated ? "true" : "" } };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (*more[i].value) {
			h[n++] = more[i].name;
			h[n++] = more[i].value;
		}
	h[n] = NULL;
}

static void call_refuse(struct call *c, int status, const char *code, const char *detail)
{
	const char *headers[HEADERS_MAX] = { "WWW-Authenticate", "Bearer" };
	put_headers(c, headers, status == 401 ? 2 : 0);
	problem_answer(c->req, status, code, detail, c->extra, headers);
	call_free(c);
}

/* 0, or the status to refuse with. */
static int body_read(struct call *c, const char **detail)
{
	size_t n;
	json_error_t fault;
	const char *text = http_body(c->req, &n);
	bool bytes = c->route->work == work_file_put; /* the body is a file */
	if (bytes || (c->route->job != ROUTE_WRITE && strcmp(c->route->method, "POST") != 0))
		return 0;
	if (n == 0) {
		c->body = json_object();
		return 0;
	}
	c->body = json_loadb(text, n, JSON_REJECT_DUPLICATES, &fault);
	if (c->body == NULL)
		*detail = arena_printf(c->arena, "line %d: %s", fault.line, fault.text);
	else if (!json_is_object(c->body))
		*detail = "the body must be a JSON object";
	return *detail ? 400 : 0;
}

static int request_read(struct call *c, const char **detail)
{
	for (unsigned i = 0; i < Q_COUNT; i++) {
		const char *value = http_query(c->req, QUERY[i]);
		if (value != NULL && strlen(value) > CALL_TEXT_MAX) {
			*detail = arena_printf(c->arena, "%s: too long", QUERY[i]);
			return 400;
		}
		c->query[i] = arena_strdup(c->arena, value && *value ? value : NULL);
	}
	const char *key = http_header(c->req, "idempotency-key");
	if (key != NULL && (*key == '\0' || strlen(key) > CALL_KEY_MAX)) {
		*detail = "Idempotency-Key: 1 to 200 characters";
		return 400;
	}
	if (c->route->job == ROUTE_WRITE && key != NULL) {
		size_t n;
		const void *body = http_body(c->req, &n);
		c->idempotency = arena_strdup(c->arena, key);
		again_mark(c, body, n);
	}
	return body_read(c, detail);
}

/* --- rights --- */

/* Default deny: a route that names no role and no scope lets nobody in. */
static int call_allowed(const struct call *c, struct err *e)
{
	const struct route *r = c->route;
	const struct who *w = &c->who;
	if (w->token)
		return r->scopes && (w->scopes & r->scopes) == r->scopes ? 0 :
			err_set(e, E_DENIED, "the token's scopes do not reach this");
	if (!(r->roles & 1u << w->role))
		return err_set(e, E_DENIED, "a %s may not do this", role_name(w->role));
	bool csrf = strlen(w->csrf) == strlen(c->credentials.csrf) && *w->csrf &&
		crypto_equal(w->csrf, c->credentials.csrf, strlen(w->csrf));
	if (strcmp(r->method, "GET") != 0 && (!c->credentials.origin_ok || !csrf))
		return err_rule(e, E_DENIED, "page", "the request did not come from the console's own page (X-XQ-CSRF, Origin)");
	return 0;
}

/* A long list takes a while to write and to take apart: the loop need not wait for it. What is still added to on the loop stays. */
static void write_answer(struct call *c)
{
	if (c->answer == NULL || c->route->job == ROUTE_WRITE || c->route->after != NULL)
		return;
	c->text = json_dumps(c->answer, JSON_COMPACT);
	must(c->text != NULL);
	json_decref(c->answer);
	c->answer = NULL;
}

enum { NOBODY = 401 };

static int call_run(struct tx *tx, void *arg, struct err *e)
{
	struct call *c = arg;
	call_clear(c);
	c->status = 0;
	int rc = who_find(tx, &c->credentials, &c->who, e);
	if (rc < 0) {
		c->status = rc == E_DENIED ? NOBODY : 0;
		return rc;
	}
	if ((rc = call_allowed(c, e)) < 0)
		return rc;
	c->status = 200;
	if ((rc = again_find(c, tx, e)) == 0 && (rc = c->route->run(c, tx, e)) == 0 && c->refused.rc == 0)
		rc = again_keep(c, tx, e);
	if (rc < 0)
		return rc;
	write_answer(c);
	return c->route->job == ROUTE_WRITE && session_is_stale(&c->who, tx_now(tx)) ? session_touch(tx, c->credentials.session) : 0;
}

/* --- a worker between two jobs --- */

/* Nothing slow is done for whoever may not have it done; the job checks again. */
static int check_run(struct tx *tx, void *arg, struct err *e)
{
	struct call *c = arg;
	int rc = who_find(tx, &c->credentials, &c->who, e);
	if (rc < 0) {
		c->status = rc == E_DENIED ? NOBODY : 0;
		return rc;
	}
	return call_allowed(c, e);
}

static void call_done(void *arg, int rc, const struct err *e);

static void job_start(struct call *c)
{
	const struct store_job job = { .run = call_run, .done = call_done, .arg = c, .write = c->route->job == ROUTE_WRITE,
		.far = c->route->job == ROUTE_REPORT || reports_asked(c), .lane = c->lane };
	if (store_give(c->console->set.store, &job) < 0)
		call_refuse(c, 503, NULL, NULL);
}

static void work_run(uv_work_t *w)
{
	struct call *c = w->data;
	c->work_rc = c->route->work(c, &c->work_err);
}

static void work_done(uv_work_t *w, int status)
{
	struct call *c = w->data;
	struct console *console = c->console;
	console->works--;
	if (status != 0 || console->closing)
		call_refuse(c, 503, NULL, NULL);
	else if (c->work_rc < 0)
		call_done(c, c->work_rc, &c->work_err);
	else
		job_start(c);
}

static void check_done(void *arg, int rc, const struct err *e)
{
	struct call *c = arg;
	c->worker.data = c;
	if (rc < 0)
		call_done(c, rc, e);
	else if (uv_queue_work(c->console->set.loop, &c->worker, work_run, work_done) != 0)
		call_refuse(c, 503, NULL, NULL);
	else
		c->console->works++;
}

/* --- back on the loop --- */

struct touch { char session[HEX_SHA256]; };

static int touch_run(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	return session_touch(tx, ((struct touch *)arg)->session);
}

static void touch_done(void *arg, int rc, const struct err *e)
{
	if (rc < 0)
		log_warn("console", "session not renewed", "reason=%s", e->words);
	free(arg);
}

/* A read has used the session too. */
static void touch_later(const struct call *c)
{
	struct touch *t = mem_new(struct touch);
	memcpy(t->session, c->credentials.session, sizeof t->session);
	const struct store_job job = { .run = touch_run, .done = touch_done, .arg = t, .write = true, .lane = c->lane };
	if (store_give(c->console->set.store, &job) < 0)
		free(t); /* the next request tries again */
}

/* A citizen's HTML: no script, no form, nothing from elsewhere unless it was asked for, and no way out of its frame. */
static void page_answer(struct call *c)
{
	const char *const headers[] = { "Content-Security-Policy", c->page.remote ?
		"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; frame-ancestors 'self'" :
		"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
		"Cache-Control", "private, no-store", "X-DNS-Prefetch-Control", "off", NULL };
	http_answer(c->req, 200, "text/html; charset=utf-8", c->page.text, strlen(c->page.text), headers);
}

static void sheet_answer(struct call *c)
{
	const char *const headers[] = { "Content-Disposition", arena_printf(c->arena, "attachment; filename=\"%s\"", c->sheet.name),
		"Cache-Control", "no-store", NULL };
	http_answer(c->req, 200, "text/csv; charset=utf-8", c->sheet.text, strlen(c->sheet.text), headers);
}

static void call_answer(struct call *c)
{
	const char *headers[HEADERS_MAX] = { "Cache-Control", "no-store" };
	put_headers(c, headers, 2);
	if (c->file.fd >= 0) {
		int fd = c->file.fd;
		c->file.fd = -1;
		http_answer_fd(c->req, fd, c->file.size, c->file.type, c->file.name);
		return;
	}
	if (c->sheet.text != NULL) {
		sheet_answer(c);
		return;
	}
	if (c->page.text != NULL) {
		page_answer(c);
		return;
	}
	if (c->answer != NULL)
		c->text = json_dumps(c->answer, JSON_COMPACT);
	http_answer(c->req, c->status, c->text ? "application/json" : NULL, c->text, c->text ? strlen(c->text) : 0, headers);
}

static void call_end(void *arg, int rc, const struct err *e)
{
	struct call *c = arg;
	if (rc < 0) {
		int status = c->status == NOBODY ? NOBODY : status_of(rc);
		if (status == 500)
			log_error("console", "request failed", "path=%s reason=%s", c->route->path, e->words);
		call_refuse(c, status, e->rule, status == 500 ? NULL : e->words);
		return;
	}
	if (c->remember_ticket)
		live_remember(c->console->live, c->remember_ticket, c->who.department);
	if (c->route->after != NULL && !c->waits)
		c->route->after(c);
	else
		c->waits = false;
	if (c->waits)
		return;
	if (c->req != NULL)
		call_answer(c);
	if (c->route->job != ROUTE_WRITE && session_is_stale(&c->who, clock_now()))
		touch_later(c);
	call_free(c);
}

static void call_done(void *arg, int rc, const struct err *e)
{
	struct call *c = arg;
	edit_take(c);
	if (rc == 0 && c->refused.rc < 0)
		call_end(c, c->refused.rc, &c->refused.why);
	else if (rc == 0 && c->shown != NULL)
		shown_write(c, call_end);
	else
		call_end(c, rc, e);
}

void call_wait(struct call *c)
{
	c->waits = true;
	c->console->waits++;
}

void call_resume(struct call *c, int rc, const struct err *e)
{
	struct console *console = c->console;
	console->waits--;
	if (console->closing)
		call_refuse(c, 503, NULL, NULL);
	else
		call_end(c, rc, e);
	console_release(console);
}

static void written(void *arg, int rc, const struct err *e)
{
	call_resume(arg, rc, e);
}

void call_then_write(struct call *c, int (*run)(struct tx *, void *call, struct err *))
{
	struct err e = { 0 };
	const struct store_job job = { .run = run, .done = written, .arg = c, .write = true, .lane = c->lane };
	if (store_give(c->console->set.store, &job) < 0)
		call_resume(c, err_set(&e, E_AGAIN, "the store is busy"), &e);
}

unsigned lane_of(const char *who)
{
	return store_lane_of_caller(hash_text(who));
}

static struct call *call_create(struct console *console, struct http_req *r)
{
	struct arena *a = arena_create(2048);
	struct call *c = arena_alloc(a, sizeof *c);
	*c = (struct call){ .console = console, .req = r, .arena = a, .file.fd = -1,
		.catalog = catalog_ref(flow_catalog(console->set.flow)), .suggest = flow_suggest(console->set.flow) };
	credentials_read(&c->credentials, r, console->set.public_url);
	const struct credentials *who = &c->credentials;
	c->lane = lane_of(*who->token ? who->token : *who->session ? who->session : http_peer(r));
	return c;
}

/* NULL: there is no such route, and that has been answered. */
static struct call *call_begin(struct console *console, struct http_req *r)
{
	struct call *c = call_create(console, r);
	const char *allow;
	c->route = route_find(http_method(r), http_path(r), c->param, c->arena, &allow);
	if (c->route != NULL)
		return c;
	const char *const headers[] = { "Allow", allow, NULL };
	problem_answer(r, *allow ? 405 : 404, NULL, NULL, NULL, *allow ? headers : NULL);
	call_free(c);
	return NULL;
}

static void check_start(struct call *c, void (*done)(void *, int, const struct err *))
{
	const struct store_job job = { .run = check_run, .done = done, .arg = c, .lane = c->lane };
	if (store_give(c->console->set.store, &job) < 0)
		call_refuse(c, 503, NULL, NULL);
}

static void admit_done(void *arg, int rc, const struct err *e)
{
	struct call *c = arg;
	struct http_req *r = c->req;
	if (rc < 0) {
		call_done(c, rc, e);
		return;
	}
	call_free(c);
	http_admit(r);
}

/* A large body is held for nobody who may not send it. */
static void admit(struct http_req *r, void *arg)
{
	struct call *c = call_begin(arg, r);
	if (c != NULL)
		check_start(c, admit_done);
}

static void dispatch(struct http_req *r, void *arg)
{
	struct console *console = arg;
	struct call *c = call_begin(console, r);
	const char *detail = NULL;
	if (c == NULL)
		return;
	struct api_pace *pace = &console->pace;
	if (pace->rate && *c->credentials.token && !api_pace_take(pace, c->credentials.token, clock_now(), &c->pace)) {
		call_refuse(c, 429, "pace", "this token asks faster than it may: wait as long as Retry-After says");
		return;
	}
	int status = request_read(c, &detail);
	if (status != 0) {
		call_refuse(c, status, NULL, detail);
		return;
	}
	if (c->route->work == NULL)
		job_start(c);
	else
		check_start(c, check_done);
}

void calls_register(struct console *c)
{
	static const char *const method[] = { "GET", "POST", "PUT", "DELETE", "PATCH" };
	for (size_t i = 0; i < sizeof method / sizeof *method; i++) {
		http_route_body(c->set.http, method[i], "/api/v1/*", CALL_BODY_MAX, dispatch, c);
		http_route_body(c->set.http, method[i], "/console/api/*", CALL_BODY_MAX, dispatch, c);
	}
	http_route_admit(c->set.http, "POST", "/api/v1/files", ATTACHMENT_OUT_BYTES, admit, dispatch, c);
}

/* --- for handlers --- */

static int number_read(const char *s, uint64_t *out)
{
	char *end;
	if (s == NULL || *s < '0' || *s > '9' || strlen(s) > 20)
		return E_MALFORMED;
	errno = 0;
	*out = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : E_MALFORMED;
}

int call_limit(const struct call *c, unsigned *limit, struct err *e)
{
	uint64_t n = LIST_DEFAULT;
	if (c->query[Q_LIMIT] != NULL && (number_read(c->query[Q_LIMIT], &n) < 0 || n < 1 || n > LIST_MAX))
		return err_set(e, E_MALFORMED, "limit: a number from 1 to %d", LIST_MAX);
	*limit = (unsigned)n;
	return 0;
}

int call_after(const struct call *c, uint64_t *after, struct err *e)
{
	*after = 0;
	if (c->query[Q_AFTER] != NULL && (number_read(c->query[Q_AFTER], after) < 0 || *after > INT64_MAX))
		return err_set(e, E_MALFORMED, "after: the 'next' of an earlier answer");
	return 0;
}

int call_id(const struct call *c, unsigned i, uint64_t *id)
{
	return number_read(c->param[i], id) < 0 || *id > INT64_MAX ? E_NOTFOUND : 0;
}

int call_string(const struct call *c, const char *name, const char **value, struct err *e)
{
	json_t *v = json_object_get(c->body, name);
	*value = json_string_value(v);
	if (v != NULL && !json_is_null(v) && *value == NULL)
		return err_set(e, E_MALFORMED, "%s: a string is wanted", name);
	return 0;
}

int call_ticket(struct call *c, struct tx *tx, struct ticket_row *t, struct err *e)
{
	int rc = ticket_get_number(tx, c->param[0], t);
	if (rc == 0 && who_sees(&c->who, t))
		return 0;
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the ticket could not be read");
	return err_set(e, E_NOTFOUND, "there is no ticket %.30s", c->param[0]);
}

uint32_t call_legal(const struct call *c, const struct ticket_row *t)
{
	return steps_here(flow_words(c->console->set.flow), c->who.token, ticket_legal(t, c->who.role, who_department(&c->who)));
}

int call_embedded(struct call *c, struct err *e)
{
	if (c->who.token || !flow_words(c->console->set.flow)->remote)
		return 0;
	return err_rule(e, E_CONFLICT, "remote", REMOTE_WORDS);
}

void call_list_text(struct call *c, json_t *items, const char *next)
{
	c->answer = json_pack("{s:o, s:s?}", "items", items, "next", next);
	must(c->answer != NULL);
}

void call_list(struct call *c, json_t *items, uint64_t next)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)next);
	call_list_text(c, items, next ? text : NULL);
}

int call_integer(const struct call *c, const char *name, int64_t absent, int64_t *value, struct err *e)
{
	json_t *v = json_object_get(c->body, name);
	*value = v == NULL || json_is_null(v) ? absent : json_integer_value(v);
	if (v != NULL && !json_is_null(v) && !json_is_integer(v))
		return err_set(e, E_MALFORMED, "%s: a whole number is wanted", name);
	return 0;
}
