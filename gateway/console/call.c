#include "gateway/console/call_internal.h"

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

void call_free(struct call *c)
{
	call_clear(c);
	json_decref(c->body);
	json_decref(c->previews);
	catalog_unref(&c->catalog);
	suggest_unref(&c->suggest);
	struct arena *a = c->arena;
	arena_destroy(&a);
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

/* A job has looked who it is. */
static void meet(struct call *c)
{
	struct callers *k = &c->console->callers;
	if (c->status == NOBODY)
		callers_forget(k, credentials_hash(&c->credentials));
	else if (c->who.name != NULL)
		callers_met(k, credentials_hash(&c->credentials), clock_now());
}

static void call_done(void *arg, int rc, const struct err *e)
{
	struct call *c = arg;
	edit_take(c);
	meet(c);
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

unsigned lane_of_known(const char *hash)
{
	return store_lane_of_caller(hash_text(hash));
}

unsigned lane_of_network(const char *network)
{
	return store_lane_of_stranger(hash_text(network));
}

void network_asking(const struct console *c, const struct http_req *r, char out[NETWORK_MAX])
{
	const struct config_list *ours = &c->set.proxies;
	network_of_client(http_peer(r), http_header(r, "x-forwarded-for"), ours->item, ours->count, out);
}

unsigned lane_of_stranger(const struct console *c, const struct http_req *r)
{
	char network[NETWORK_MAX];
	network_asking(c, r, network);
	return lane_of_network(network);
}

unsigned lane_asking(const struct console *c, const struct http_req *r, const struct credentials *by, bool *known)
{
	const char *hash = credentials_hash(by);
	*known = callers_know(&c->callers, hash);
	return *known ? lane_of_known(hash) : lane_of_stranger(c, r);
}

static struct call *call_create(struct console *console, struct http_req *r)
{
	struct arena *a = arena_create(2048);
	struct call *c = arena_alloc(a, sizeof *c);
	*c = (struct call){ .console = console, .req = r, .arena = a, .file.fd = -1,
		.catalog = catalog_ref(flow_catalog(console->set.flow)), .suggest = flow_suggest(console->set.flow) };
	credentials_read(&c->credentials, r, console->set.public_url);
	c->lane = lane_asking(console, r, &c->credentials, &c->known);
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
	meet(c);
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
	if (pace->rate && *c->credentials.token && !api_pace_take(pace, c->credentials.token, c->known, clock_now(), &c->pace)) {
		call_refuse(c, 429, "pace", "this token asks faster than it may: wait as long as Retry-After says");
		return;
	}
	int status = call_read(c, &detail);
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
	static const char *const method[] = { "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS" };
	for (size_t i = 0; i < sizeof method / sizeof *method; i++) {
		http_route_body(c->set.http, method[i], "/api/v1/*", CALL_BODY_MAX, dispatch, c);
		http_route_body(c->set.http, method[i], "/console/api/*", CALL_BODY_MAX, dispatch, c);
	}
	http_route_admit(c->set.http, "POST", "/api/v1/files", ATTACHMENT_OUT_BYTES, admit, dispatch, c);
}
