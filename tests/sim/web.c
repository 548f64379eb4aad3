#include "tests/sim/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gateway/base/mem.h"

enum { WATCHERS_MAX = 200, SHOWN_PHONES = 200, TEXT_MAX = 60000, CARRIERS_MAX = 4 };

struct watcher {
	TAILQ_ENTRY(watcher) link;
	struct web *web;
	struct ws *ws;
};

struct web {
	struct phones *phones;
	struct smsc *smsc;
	struct sim_faults *faults;
	const struct carrier *carrier[CARRIERS_MAX]; /* the SMSC's first */
	size_t carriers;
	const char *www, *hotline;
	unsigned links, watchers;
	TAILQ_HEAD(, watcher) watching;
};

static void answer_json(struct http_req *r, int status, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);
	http_answer(r, status, "application/json", text, strlen(text), NULL);
	free(text);
	json_decref(j);
}

static json_t *body_json(const struct http_req *r)
{
	size_t n;
	const char *body = http_body(r, &n);
	json_t *j = json_loadb(body, n, 0, NULL);
	if (j && !json_is_object(j)) {
		json_decref(j);
		return NULL;
	}
	return j;
}

/* --- live --- */

static void broadcast(struct web *w, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);
	struct ws_shared *shared = ws_shared_create(text, strlen(text));
	struct watcher *to, *after;
	for (to = TAILQ_FIRST(&w->watching); to; to = after) {
		after = TAILQ_NEXT(to, link);
		if (to->ws)
			ws_send_shared(to->ws, shared);
	}
	ws_shared_release(shared);
	free(text);
	json_decref(j);
}

void web_on_note(void *web, struct phone *p, const struct note *n)
{
	struct web *w = web;
	if (w->watchers)
		broadcast(w, json_pack("{s:s, s:s, s:o}", "type", "message", "number", phone_number(p), "message", note_json(n)));
}

void web_on_links(void *web, unsigned links)
{
	struct web *w = web;
	w->links = links;
	broadcast(w, json_pack("{s:s, s:I}", "type", "links", "links", (json_int_t)links));
}

static int on_request(const struct http_req *r, void *arg, void **owner)
{
	(void)r;
	struct web *w = arg;
	if (w->watchers == WATCHERS_MAX)
		return 503;
	struct watcher *x = mem_new(struct watcher);
	x->web = w;
	w->watchers++;
	TAILQ_INSERT_TAIL(&w->watching, x, link);
	*owner = x;
	return 0;
}

static void on_open(struct ws *ws, void *owner)
{
	struct watcher *x = owner;
	struct web *w = x->web;
	x->ws = ws;
	json_t *list = json_array();
	struct phone *p;
	for (size_t i = 0; i < SHOWN_PHONES && (p = phones_at(w->phones, i)); i++)
		json_array_append_new(list, phone_json(p, 0));
	json_t *j = json_pack("{s:s, s:I, s:s, s:o}", "type", "hello", "links", (json_int_t)w->links, "hotline", w->hotline,
		"handsets",
		list);
	char *text = json_dumps(j, JSON_COMPACT);
	ws_send(ws, text, strlen(text));
	free(text);
	json_decref(j);
}

static void on_text(struct ws *ws, void *owner, const char *text, size_t n)
{
	(void)ws, (void)owner, (void)text, (void)n;
}

static void on_close(struct ws *ws, void *owner)
{
	(void)ws;
	struct watcher *x = owner;
	TAILQ_REMOVE(&x->web->watching, x, link);
	x->web->watchers--;
	free(x);
}

/* --- the interface for tests --- */

/* NUMBER of "NUMBER/messages"; NULL after answering. */
static struct phone *phone_of(struct http_req *r, struct web *w)
{
	char number[PHONE_NUMBER_MAX];
	const char *rest = http_rest(r), *slash = strchr(rest, '/');
	struct phone *p = NULL;
	if (slash && !strcmp(slash, "/messages") && (size_t)(slash - rest) < sizeof number) {
		snprintf(number, sizeof number, "%.*s", (int)(slash - rest), rest);
		p = phones_get(w->phones, number);
	}
	if (!p)
		http_problem(r, 404, "No such handset", "The path is /api/handset/NUMBER/messages with up to 23 digits.");
	return p;
}

/* The carrier of this name, or NULL; without a name whoever is linked, or the first. */
static const struct carrier *carrier_of(const struct web *w, const char *via)
{
	for (size_t i = 0; i < w->carriers; i++) {
		const struct carrier *c = w->carrier[i];
		if (via ? !strcmp(via, c->name) : c->links(c->arg))
			return c;
	}
	return via ? NULL : w->carrier[0];
}

static void post_message(struct http_req *r, void *arg)
{
	struct web *w = arg;
	struct phone *p = phone_of(r, w);
	if (!p)
		return;
	json_t *j = body_json(r);
	const char *text = json_string_value(json_object_get(j, "text"));
	const char *via = json_string_value(json_object_get(j, "via"));
	const struct carrier *c = carrier_of(w, via);
	if (!text || strlen(text) > TEXT_MAX)
		http_problem(r, 400, "No text", "The body is {\"text\": \"…\"}.");
	else if (!c)
		http_problem(r, 400, "No such carrier", "It is not among those xq-sim was started with.");
	else
		answer_json(r, 201, note_json(c->send(c->arg, p, text)));
	json_decref(j);
}

static void get_messages(struct http_req *r, void *arg)
{
	struct web *w = arg;
	struct phone *p = phone_of(r, w);
	if (!p)
		return;
	const char *after = http_query(r, "after");
	json_t *j = phone_json(p, after ? (unsigned)strtoul(after, NULL, 10) : 0);
	json_t *items = json_incref(json_object_get(j, "messages"));
	json_decref(j);
	answer_json(r, 200, json_pack("{s:o}", "items", items));
}

static void get_handsets(struct http_req *r, void *arg)
{
	struct web *w = arg;
	json_t *list = json_array();
	struct phone *p;
	for (size_t i = 0; (p = phones_at(w->phones, i)); i++)
		json_array_append_new(list, json_string(phone_number(p)));
	answer_json(r, 200, json_pack("{s:o}", "items", list));
}

static json_t *faults_json(const struct sim_faults *f)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "drop", f->drop, "throttle", f->throttle, "refuse", f->refuse,
		"undeliverable", f->undeliverable, "forget", f->forget, "delay_receipt", f->delay_receipt, "mute", f->mute);
}

static void post_faults(struct http_req *r, void *arg)
{
	struct web *w = arg;
	struct sim_faults *set = w->faults, wanted = *set, *f = &wanted;
	json_t *j = body_json(r);
	int mute = f->mute, cut = 0;
	json_error_t why;
	if (!j || json_unpack_ex(j, &why, JSON_STRICT, "{s?i, s?i, s?i, s?i, s?i, s?i, s?b, s?b}", "drop", &f->drop, "throttle",
		&f->throttle,
		"refuse", &f->refuse, "undeliverable", &f->undeliverable, "forget", &f->forget,
		"delay_receipt", &f->delay_receipt, "mute", &mute, "cut",
			&cut)) {
		http_problem(r, 400, "No such fault", j ? why.text : "The body is no JSON object.");
	} else {
		f->mute = mute;
		*set = wanted;
		for (size_t i = 0; cut && i < w->carriers; i++)
			w->carrier[i]->cut(w->carrier[i]->arg);
		answer_json(r, 200, faults_json(f));
	}
	json_decref(j);
}

static void post_load(struct http_req *r, void *arg)
{
	struct web *w = arg;
	json_t *j = body_json(r);
	json_int_t first = 13900000000, count = 0;
	const char *text = "路灯坏了";
	json_error_t why;
	if (!j || json_unpack_ex(j, &why, JSON_STRICT, "{s?I, s:I, s?s}", "first", &first, "count", &count, "text",
		&text) || count < 0 ||
		count > 10000000 || !smsc_load(w->smsc, (uint64_t)first, (unsigned)count, text))
		http_problem(r, 400, "No load", "The body is {\"count\": 1000, \"first\": 13900000000, \"text\": \"…\"}.");
	else
		answer_json(r, 202, json_pack("{s:i}", "queued", (int)count));
	json_decref(j);
}

static void get_stats(struct http_req *r, void *arg)
{
	struct web *w = arg;
	json_t *all = w->carrier[0]->stats(w->carrier[0]->arg);
	for (size_t i = 1; i < w->carriers; i++)
		json_object_set_new(all, w->carrier[i]->name, w->carrier[i]->stats(w->carrier[i]->arg));
	answer_json(r, 200, all);
}

/* --- the page --- */

static void get_file(struct http_req *r, void *arg)
{
	static const char *const files[] = { "index.html", "phone.css", "phone.js", "words.js" };
	struct web *w = arg;
	const char *name = http_path(r) + 1;
	char path[4096];
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		if (strcmp(*name ? name : "index.html", files[i]))
			continue;
		snprintf(path, sizeof path, "%s/%s", w->www, files[i]);
		http_answer_file(r, path, "no-cache");
		return;
	}
	http_problem(r, 404, "Not found", "There is no such page.");
}

struct web *web_create(struct http_server *http, struct phones *phones, const char *www, const char *hotline)
{
	static const struct ws_ops ws_ops = { on_request, on_open, on_text, on_close };
	static const struct ws_limits ws_limits = { .message = 1024, .queue = 8 << 20, .ping_s = 30 };
	struct web *w = mem_new(struct web);
	*w = (struct web){ .phones = phones, .www = www, .hotline = hotline };
	TAILQ_INIT(&w->watching);
	http_route(http, "GET", "/*", get_file, w);
	http_route(http, "GET", "/api/handset", get_handsets, w);
	http_route(http, "GET", "/api/handset/*", get_messages, w);
	http_route_body(http, "POST", "/api/handset/*", TEXT_MAX * 2, post_message, w);
	http_route(http, "POST", "/api/faults", post_faults, w);
	http_route_body(http, "POST", "/api/load", TEXT_MAX * 2, post_load, w);
	http_route(http, "GET", "/api/stats", get_stats, w);
	http_websocket(http, "/ws", NULL, &ws_ops, &ws_limits, w);
	return w;
}

void web_destroy(struct web **w)
{
	free(*w);
	*w = NULL;
}

void web_set_smsc(struct web *w, struct smsc *s, struct sim_faults *faults)
{
	w->smsc = s;
	w->faults = faults;
	web_add_carrier(w, smsc_carrier(s));
}

void web_add_carrier(struct web *w, const struct carrier *c)
{
	must(w->carriers < CARRIERS_MAX);
	w->carrier[w->carriers++] = c;
}
