#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/sms/http/internal.h"
#include "adapters/sms/peer.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

/* --- a call and the answer to it --- */

static struct batch *batch_open(struct sms_http *s, struct http_req *req)
{
	struct batch *b = mem_new(struct batch);
	*b = (struct batch){ .req = req, .open = 1, .ok = &s->provider->receipt_ok };
	LIST_INSERT_HEAD(&s->batches, b, link);
	return b;
}

static void later(struct http_req *req)
{
	static const char *const headers[] = { "Retry-After", "10", NULL };
	static const char body[] = "{\"title\":\"Not now\",\"status\":503}";
	http_answer(req, 503, "application/problem+json", body, sizeof body - 1, headers);
}

static void batch_close(struct batch *b)
{
	if (b->again)
		later(b->req);
	else if (b->malformed)
		http_problem(b->req, 400, "Malformed", "this call is not what the provider documents; it was kept for review");
	else
		http_answer(b->req, b->ok->status, b->ok->type, b->ok->body, strlen(b->ok->body), NULL);
	LIST_REMOVE(b, link);
	free(b);
}

static void batch_done(struct batch *b)
{
	if (!--b->open)
		batch_close(b);
}

void sms_http_batches_end(struct sms_http *s)
{
	for (struct batch *b; (b = LIST_FIRST(&s->batches));) {
		b->again = true;
		batch_close(b);
	}
}

static void on_taken(struct adapter *adapter, void *at, enum taken taken, const struct taken_info *info)
{
	struct sms_http *s = (struct sms_http *)adapter;
	struct batch *b = at;
	(void)info;
	b->again |= taken == TAKEN_RETRY;
	s->takes--;
	batch_done(b);
	sms_http_maybe_drained(s);
}

static struct batch *batch_more(struct sms_http *s, struct batch *b)
{
	b->open++;
	s->takes++;
	return b;
}

/* --- its entries --- */

struct reading { struct sms_http *owner; struct batch *batch; int64_t now; };

static void set_aside(const struct reading *r, const char *reason, const char *peer, const char *raw, size_t n)
{
	struct sms_http *s = r->owner;
	metric_add(s->malformed, 1);
	log_warn("sms-http", "entry kept aside", "channel=%s reason=%s", s->base.channel, reason);
	s->host->quarantine(&s->base, reason, peer, raw, n, on_taken, batch_more(s, r->batch));
}

static void message_in(const struct reading *r, const struct provider_entry *e)
{
	struct sms_http *s = r->owner;
	char peer[MSG_PEER_MAX];
	const char *text = e->text ? e->text : "";
	if (!sms_peer(e->peer, e->international, peer)) {
		set_aside(r, "sender-no-number", e->peer, text, strlen(text));
		return;
	}
	struct msg_in m = { .kind = MSG_TEXT, .external_id = e->id, .peer = peer, .text = text, .quoted = e->quoted,
		.account = e->account && e->account[0] ? e->account : s->config->number, .sent_at = e->at, .received_at = r->now,
		.recurs = true, .verified = true };
	s->host->take(&s->base, &m, on_taken, batch_more(s, r->batch));
}

static void receipt_in(const struct reading *r, const struct provider_entry *e)
{
	struct sms_http *s = r->owner;
	char peer[MSG_PEER_MAX];
	struct receipt receipt = { .external_id = e->id, .peer = e->peer && sms_peer(e->peer, false, peer) ? peer : NULL,
		.state = e->state, .reason = e->reason, .at = e->at ? e->at : r->now };
	s->host->receipt(&s->base, &receipt, on_taken, batch_more(s, r->batch));
}

static void each(void *arg, const struct provider_entry *e)
{
	struct reading *r = arg;
	if (e->kind != ENTRY_RECEIPT)
		r->batch->ok = &r->owner->provider->message_ok;
	if (e->kind == ENTRY_MESSAGE && (!e->id || strlen(e->id) <= MSG_EXTERNAL_ID_MAX))
		message_in(r, e);
	else if (e->kind == ENTRY_RECEIPT && strlen(e->id) <= MSG_EXTERNAL_ID_MAX)
		receipt_in(r, e);
	else
		set_aside(r, e->kind == ENTRY_BAD ? e->reason : "id-too-long", e->peer, e->raw ? e->raw : "", e->raw_n);
}

/* --- whose call is it? --- */

/* The part behind our path: "SECRET/MARK", or "MARK" where calls are signed. false: the secret is wrong. */
static bool read_rest(const struct sms_http *s, const char *rest, const char **mark)
{
	const char *secret = s->config->callback_secret;
	*mark = rest;
	if (s->provider->signature)
		return true;
	size_t n = strcspn(rest, "/"), want = strlen(secret);
	*mark = rest + n + (rest[n] == '/');
	return n == want && crypto_equal(rest, secret, n);
}

static bool is_form(const struct http_req *req)
{
	static const char type[] = "application/x-www-form-urlencoded";
	const char *is = http_header(req, "content-type");
	return is && !strncasecmp(is, type, sizeof type - 1);
}

static void fill_call(struct sms_http *s, struct http_req *req, struct provider_call *c, struct form *query,
	struct form *form)
{
	const char *raw = http_query_raw(req), *signature = s->provider->signature ? http_header(req, s->provider->signature)
		: NULL;
	c->body = http_body(req, &c->n);
	c->url = arena_printf(c->arena, "%s%s%s%s", s->host->public_url, http_path(req), raw[0] ? "?" : "", raw);
	c->signature = signature ? signature : "";
	if (form_read(raw, strlen(raw), c->arena, query) < 0)
		query->count = 0;
	if (!is_form(req) || form_read(c->body, c->n, c->arena, form) < 0)
		form->count = 0;
	c->query = query;
	c->form = form;
}

static void deny(struct sms_http *s, struct http_req *req)
{
	metric_add(s->denied, 1);
	log_warn("sms-http", "call is not the provider's", "channel=%s from=%s", s->base.channel, http_peer(req));
	http_problem(req, 403, "Forbidden", "this call does not prove that it comes from the provider");
}

static void read_call(struct sms_http *s, struct http_req *req, const struct provider_call *c)
{
	struct reading r = { s, batch_open(s, req), clock_now() };
	if (s->provider->read(c, each, &r) < 0) {
		r.batch->malformed = true;
		set_aside(&r, "call-malformed", NULL, c->body, c->n);
	}
	batch_done(r.batch);
}

static void on_call(struct http_req *req, void *arg)
{
	struct sms_http *s = arg;
	struct arena *a = arena_create(4096);
	struct provider_call c = { .arena = a };
	struct form query, form;
	bool known = read_rest(s, http_rest(req), &c.mark);
	if (known) {
		fill_call(s, req, &c, &query, &form);
		known = !s->provider->signature || s->provider->genuine(s->config, &c);
	}
	if (!known)
		deny(s, req);
	else if (drain_begun(s->drain) || s->takes >= SMS_HTTP_TAKES_MAX)
		later(req);
	else
		read_call(s, req, &c);
	arena_destroy(&a);
}

void sms_http_routes(struct sms_http *s)
{
	const char *exact = s->config->path, *below = arena_printf(s->arena, "%s/*", exact);
	http_route_body(s->host->http, "POST", exact, SMS_HTTP_CALL_MAX, on_call, s);
	http_route_body(s->host->http, "POST", below, SMS_HTTP_CALL_MAX, on_call, s);
	if (s->provider->gets)
		http_route(s->host->http, "GET", below, on_call, s);
}
