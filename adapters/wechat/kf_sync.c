/* WeCom's messages, pulled: the doorbell only says that there are some.
 *
 *   idle ──ring──▶ pulling a page ──▶ names ──▶ its messages, one after the other ──more──▶ pulling …
 *     ▲                │ failed                        │ not kept                    └─none─▶ idle
 *     └──── pause ─────┴───────────────────────────────┘
 *
 * When a few pulls failed one after the other the channel is down until one succeeds: nobody hears what citizens write.
 * The place to go on from is stored with the page's last message, so whatever was not stored is pulled again. */
#include <stdio.h>
#include <string.h>

#include "adapters/wechat/internal.h"
#include "adapters/wechat/kf.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { PAGE = 500, PAUSE_MS = 1000, PAUSE_MAX_MS = 60 * 1000, NAMES_MAX = 100, CURSOR_KEY_MAX = 80, FAILS_MAX = 4 };

struct kf {
	struct wx *wx;
	char key[CURSOR_KEY_MAX];
	char *cursor, *token;      /* token: of the latest ring; NULL: none */
	json_t *page, *names;      /* under way; names: external user id to nickname */
	size_t at;
	struct arena *arena;
	uv_timer_t *timer;
	unsigned pause_ms, fails; /* in a row */
	bool busy, again, ending;
};

static void pull(struct kf *k);

static void page_free(struct kf *k)
{
	json_decref(k->page);
	json_decref(k->names);
	k->page = k->names = NULL;
	if (k->arena)
		arena_destroy(&k->arena);
}

static void rest(struct kf *k)
{
	page_free(k);
	k->busy = false;
	if (k->again && !k->wx->draining)
		pull(k);
	else
		wx_settle(k->wx);
}

static void on_timer(uv_timer_t *t)
{
	struct kf *k = t->data;
	if (!k->busy && !k->wx->draining)
		pull(k);
}

static void pause_then(struct kf *k)
{
	k->pause_ms = k->pause_ms ? 2 * k->pause_ms : PAUSE_MS;
	if (k->pause_ms > PAUSE_MAX_MS)
		k->pause_ms = PAUSE_MAX_MS;
	k->again = false;
	must(uv_timer_start(k->timer, on_timer, k->pause_ms, 0) == 0);
	rest(k);
}

/* --- a page's messages --- */

static void next_message(struct kf *k);

static void page_done(struct kf *k)
{
	free(k->cursor);
	k->cursor = mem_strdup(json_string_value(json_object_get(k->page, "next_cursor")));
	k->pause_ms = 0;
	if (json_integer_value(json_object_get(k->page, "has_more")))
		k->again = true;
	rest(k);
}

static void on_kept(void *arg, enum taken taken)
{
	struct kf *k = arg;
	if (k->ending)
		return;
	if (taken == TAKEN_RETRY) {
		pause_then(k);
		return;
	}
	k->at++;
	next_message(k);
}

static void on_placed(struct adapter *a, void *ack, enum taken taken, const struct taken_info *info)
{
	struct kf *k = ack;
	(void)a, (void)info;
	if (taken == TAKEN_RETRY)
		pause_then(k);
	else
		page_done(k);
}

static const char *place(const struct kf *k)
{
	return json_string_value(json_object_get(k->page, "next_cursor"));
}

/* The first from `at` on that is for the gateway; false: none. What cannot be read is set aside. */
static bool next_push(struct kf *k, struct push *p)
{
	const json_t *list = json_object_get(k->page, "msg_list");
	for (; k->at < json_array_size(list); k->at++) {
		const json_t *item = json_array_get(list, k->at);
		if (kf_read(k->arena, item, p) < 0) {
			char *raw = json_dumps(item, JSON_COMPACT);
			k->wx->host->quarantine(&k->wx->base, "malformed", NULL, raw ? raw : "", raw ? strlen(raw) : 0, NULL, NULL);
			free(raw);
		} else if (p->kind != PUSH_NOTHING) {
			return true;
		}
	}
	return false;
}

static void next_message(struct kf *k)
{
	struct push p;
	struct deliver_more more = { 0 };
	if (next_push(k, &p)) {
		more.name = json_string_value(json_object_get(k->names, p.from));
		if (k->at + 1 == json_array_size(json_object_get(k->page, "msg_list")) && place(k)) {
			more.cursor_key = k->key;
			more.cursor_value = place(k);
		}
		deliver(k->wx, &p, &more, on_kept, k);
	} else if (place(k) && strcmp(place(k), k->cursor ? k->cursor : "") != 0) {
		k->wx->host->remember(&k->wx->base, &(struct memo){ .cursor_key = k->key, .cursor_value = place(k) }, on_placed, k);
	} else {
		page_done(k);
	}
}

/* --- names --- */

static void on_names(void *arg, const struct api_answer *a)
{
	struct kf *k = arg;
	size_t i;
	json_t *one;
	if (k->ending)
		return;
	json_array_foreach(json_object_get(a->json, "customer_list"), i, one) {
		const char *id = json_string_value(json_object_get(one, "external_userid"));
		json_t *name = json_object_get(one, "nickname");
		if (id && json_is_string(name))
			(void)json_object_set(k->names, id, name);
	}
	next_message(k);
}

static void ask_names(struct kf *k)
{
	json_t *ids = json_array(), *seen = json_object(), *item;
	size_t i;
	json_array_foreach(json_object_get(k->page, "msg_list"), i, item) {
		const char *id = json_string_value(json_object_get(item, "external_userid"));
		if (!id || json_object_get(seen, id) || json_array_size(ids) == NAMES_MAX)
			continue;
		(void)json_object_set_new(seen, id, json_true());
		(void)json_array_append_new(ids, json_string(id));
	}
	json_decref(seen);
	if (json_array_size(ids) == 0) {
		json_decref(ids);
		next_message(k);
		return;
	}
	json_t *body = json_pack("{s:o}", "external_userid_list", ids);
	must(body);
	api_post(k->wx->api, "/cgi-bin/kf/customer/batchget", true, body, on_names, k);
	json_decref(body);
}

/* --- pages --- */

/* A ring's token serves for ten minutes, and it may be hours until the next. Without one the platform answers too, though less often. */
static void token_drop(struct kf *k)
{
	if (!k->token || k->again) /* it has rung meanwhile */
		return;
	k->pause_ms = 0;
	free(k->token);
	k->token = NULL;
}

static void not_pulled(struct kf *k, const struct api_answer *a)
{
	char words[STATE_WORDS_MAX];
	log_warn(k->wx->base.channel, "messages not pulled", "reason=%s", a->words);
	if (++k->fails >= FAILS_MAX) {
		const char *why = *a->words ? a->words : "what the platform answers is no list";
		(void)snprintf(words, sizeof words, "messages cannot be pulled: %.300s", why);
		wx_pulling(k->wx, words);
	}
	if (a->code && a->fate != FATE_BUSY && a->fate != FATE_DEFER)
		token_drop(k);
	pause_then(k);
}

static void on_page(void *arg, const struct api_answer *a)
{
	struct kf *k = arg;
	if (k->ending)
		return;
	if (a->fate != FATE_OK || !a->json) {
		not_pulled(k, a);
		return;
	}
	k->fails = 0;
	wx_pulling(k->wx, "");
	k->page = json_deep_copy(a->json);
	k->names = json_object();
	k->at = 0;
	k->arena = arena_create(8192);
	ask_names(k);
}

static void ask(struct kf *k)
{
	json_t *body = json_pack("{s:s, s:s*, s:i, s:s}", "cursor", k->cursor, "token", k->token, "limit", PAGE, "open_kfid",
		k->wx->c->kf);
	must(body);
	api_post(k->wx->api, "/cgi-bin/kf/sync_msg", true, body, on_page, k);
	json_decref(body);
}

static void on_cursor(struct adapter *a, void *arg, int rc, const char *value)
{
	struct kf *k = arg;
	(void)a;
	if (rc < 0) {
		pause_then(k);
		return;
	}
	k->cursor = mem_strdup(value);
	ask(k);
}

static void pull(struct kf *k)
{
	(void)uv_timer_stop(k->timer);
	k->busy = true;
	k->again = false;
	if (k->cursor)
		ask(k);
	else
		k->wx->host->cursor(&k->wx->base, k->key, on_cursor, k);
}

/* --- life --- */

struct kf *kf_create(struct wx *w)
{
	struct kf *k = mem_new(struct kf);
	k->wx = w;
	(void)snprintf(k->key, sizeof k->key, "kf %.60s", w->c->kf);
	k->timer = mem_new(uv_timer_t);
	must(uv_timer_init(w->host->loop, k->timer) == 0);
	k->timer->data = k;
	return k;
}

void kf_start(struct kf *k)
{
	pull(k);
}

void kf_ring(struct kf *k, const char *token)
{
	free(k->token);
	k->token = mem_strdup(token);
	k->again = true;
	if (!k->busy)
		pull(k);
}

bool kf_idle(const struct kf *k)
{
	return !k->busy;
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h);
}

void kf_destroy(struct kf **kp)
{
	struct kf *k = *kp;
	if (!k)
		return;
	*kp = NULL;
	k->ending = true;
	api_forget(k->wx->api, k);
	page_free(k);
	uv_close((uv_handle_t *)k->timer, on_timer_closed);
	free(k->cursor);
	free(k->token);
	free(k);
}
