/* Quotas are asked for every ten minutes, and when an administrator looks, but never more often than once a minute: the question
 * is itself a call with a quota (developers.weixin.qq.com, "query API call quota"). */
#include "adapters/wechat/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/wechat/internal.h"
#include "adapters/wechat/menu.h"
#include "gateway/base/clock.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"

enum {
	EVERY_MS = 10 * 60 * 1000, FIRST_MS = 60 * 1000, LEAST_MS = 60 * 1000, ASK_MS = 20000,
	LABELS_MAX = 300, MENU_MAX = 64 * 1024
};

/* The calls whose use a day the platform bounds and we watch. */
static const char *const WATCHED[] = { "/cgi-bin/message/custom/send", "/cgi-bin/message/template/send",
	"/cgi-bin/message/subscribe/bizsend", "/cgi-bin/media/upload", "/cgi-bin/media/get", "/cgi-bin/stable_token" };
enum { WATCHED_COUNT = sizeof WATCHED / sizeof *WATCHED };

struct quota { bool known; json_int_t limit, used, remain; int64_t at; };

struct office {
	struct wx *wx;
	uv_timer_t *timer, *soon;
	struct question *refused; /* without the platform; told soon */
	struct quota quota[WATCHED_COUNT];
	size_t asking;      /* of WATCHED; WATCHED_COUNT: nothing is under way */
	int64_t asked_at;   /* monotonic; 0: never */
};

/* --- quotas --- */

static const char *call_name(const char *path)
{
	return path + sizeof "/cgi-bin/" - 1;
}

static void quota_next(struct office *o);

static void gauge(const struct office *o, const char *name, const char *help, size_t i, json_int_t value)
{
	char labels[LABELS_MAX];
	(void)snprintf(labels, sizeof labels, "channel=\"%.100s\",call=\"%s\"", o->wx->base.channel, call_name(WATCHED[i]));
	metric_set(metric_gauge(name, labels, help), value);
}

static void on_quota(void *arg, const struct api_answer *a)
{
	struct office *o = arg;
	const json_t *q = json_object_get(a->json, "quota");
	if (o->wx->ending)
		return;
	if (a->fate == FATE_OK && json_is_integer(json_object_get(q, "remain"))) {
		o->quota[o->asking] = (struct quota){ true, json_integer_value(json_object_get(q, "daily_limit")),
			json_integer_value(json_object_get(q, "used")), json_integer_value(json_object_get(q, "remain")), clock_now() };
		gauge(o, "xinqiao_wechat_quota_remain", "Calls the platform still takes today", o->asking, o->quota[o->asking].remain);
		gauge(o, "xinqiao_wechat_quota_limit", "Calls the platform takes a day", o->asking, o->quota[o->asking].limit);
	}
	bool goes_on = a->fate == FATE_OK || a->fate == FATE_NEVER || a->fate == FATE_ALARM; /* of this call it says nothing */
	o->asking = goes_on ? o->asking + 1 : WATCHED_COUNT;
	quota_next(o);
}

static void quota_next(struct office *o)
{
	if (o->asking == WATCHED_COUNT || o->wx->draining) {
		o->asking = WATCHED_COUNT;
		return;
	}
	json_t *body = json_pack("{s:s}", "cgi_path", WATCHED[o->asking]);
	api_post(o->wx->api, "/cgi-bin/openapi/quota/get", true, body, on_quota, o);
	json_decref(body);
}

static void quota_ask(struct office *o)
{
	int64_t now = clock_monotonic();
	if (o->wx->wecom || o->asking < WATCHED_COUNT || (o->asked_at && now - o->asked_at < LEAST_MS))
		return;
	o->asked_at = now;
	o->asking = 0;
	quota_next(o);
}

static void on_timer(uv_timer_t *t)
{
	quota_ask(t->data);
}

/* --- facts --- */

static json_t *quota_json(const struct office *o)
{
	char at[CLOCK_TEXT];
	json_t *list = json_array();
	for (size_t i = 0; i < WATCHED_COUNT; i++)
		if (o->quota[i].known)
			must(json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:s}", "call", call_name(WATCHED[i]), "limit",
				o->quota[i].limit, "used", o->quota[i].used, "remain", o->quota[i].remain, "at",
				clock_rfc3339(o->quota[i].at, at))) == 0);
	return list;
}

static json_t *calls_json(const struct api *a)
{
	const char *path;
	uint64_t n;
	json_t *list = json_array();
	for (size_t i = 0; (path = api_counted(a, i, &n)) != NULL; i++)
		must(json_array_append_new(list, json_pack("{s:s, s:I}", "call", call_name(path), "count", (json_int_t)n)) == 0);
	return list;
}

void office_facts(struct adapter *adapter, struct buf *json)
{
	struct wx *w = (struct wx *)adapter;
	struct token_facts t;
	char until[CLOCK_TEXT];
	api_token_facts(w->api, &t);
	json_t *o = json_pack("{s:{s:I, s:i, s:i, s:s?}, s:o, s:o}", "token", "asked", (json_int_t)t.asked, "forced",
		(int)t.forced, "forced_left", (int)t.forced_left, "until", t.until ? clock_rfc3339(t.until, until) : NULL, "calls",
		calls_json(w->api), "quota", quota_json(w->office));
	must(o);
	char *text = json_dumps(o, JSON_COMPACT);
	buf_add(json, text + 1, strlen(text) - 2);
	free(text);
	json_decref(o);
}

/* --- the menu --- */

struct question { struct question *next; struct wx *wx; platform_f *done; void *arg; json_t *menu; struct err err; };

static void tell(struct question *q, const struct platform_answer *answer)
{
	if (q->done)
		q->done(q->arg, answer);
	json_decref(q->menu);
	free(q);
}

static void tell_json(struct question *q, json_t *menu)
{
	char *text = json_dumps(menu, JSON_COMPACT);
	must(text);
	tell(q, &(struct platform_answer){ .json = text, .words = "" });
	free(text);
	json_decref(menu);
}

static void refused(struct question *q, const struct api_answer *a)
{
	bool later = a->fate == FATE_UNREACHED || a->fate == FATE_LOST || a->fate == FATE_BUSY || a->fate == FATE_TOKEN ||
		a->fate == FATE_DEFER;
	int rc = q->wx->ending ? E_CLOSED : later ? E_AGAIN : E_RANGE;
	tell(q, &(struct platform_answer){ .rc = rc, .code = a->code, .words = a->words });
}

static void on_menu(void *arg, const struct api_answer *a)
{
	enum { NO_MENU = 46003 };
	struct question *q = arg;
	json_t *menu = a->fate == FATE_OK ? menu_read(a->json) :
		a->code == NO_MENU ? json_pack("{s:b, s:[]}", "open", 0, "button") : NULL;
	if (menu)
		tell_json(q, menu);
	else if (a->fate == FATE_OK)
		tell(q, &(struct platform_answer){ .rc = E_AGAIN, .words = "what the platform answered is no menu" });
	else
		refused(q, a);
}

static void on_saved(void *arg, const struct api_answer *a)
{
	struct question *q = arg;
	if (a->fate == FATE_OK)
		tell_json(q, json_incref(q->menu));
	else
		refused(q, a);
}

static void tell_refused(struct office *o)
{
	for (struct question *q; (q = o->refused);) {
		o->refused = q->next;
		tell(q, &(struct platform_answer){ .rc = o->wx->ending ? E_CLOSED : q->err.code, .words = q->err.words });
	}
}

static void on_soon(uv_timer_t *t)
{
	tell_refused(t->data);
}

/* Nobody is told inside his question. */
static void refuse(struct question *q, int code, const char *words)
{
	struct office *o = q->wx->office;
	(void)err_set(&q->err, code, "%s", words);
	q->next = o->refused;
	o->refused = q;
	must(uv_timer_start(o->soon, on_soon, 0, 0) == 0);
}

static void save(struct question *q, const char *json)
{
	struct err e = { 0 };
	json_t *menu = json ? json_loads(json, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (!json_is_object(menu) || menu_check(menu, &e) < 0) {
		json_decref(menu);
		refuse(q, E_RANGE, *e.words ? e.words : "a menu is wanted");
		return;
	}
	q->menu = menu_body(menu);
	json_decref(menu);
	if (json_array_size(json_object_get(q->menu, "button")) > 0)
		api_post(q->wx->api, "/cgi-bin/menu/create", true, q->menu, on_saved, q);
	else
		api_download(q->wx->api, "/cgi-bin/menu/delete", "", MENU_MAX, ASK_MS, on_saved, q);
}

void office_ask(struct adapter *a, const char *what, const char *json, platform_f *done, void *arg)
{
	struct wx *w = (struct wx *)a;
	if (strcmp(what, "refresh") == 0) {
		quota_ask(w->office);
		return;
	}
	struct question *q = mem_new(struct question);
	*q = (struct question){ .wx = w, .done = done, .arg = arg };
	if (w->draining)
		refuse(q, E_CLOSED, "the channel stops");
	else if (strcmp(what, "menu") == 0)
		api_download(w->api, "/cgi-bin/get_current_selfmenu_info", "", MENU_MAX, ASK_MS, on_menu, q);
	else if (strcmp(what, "menu-save") == 0)
		save(q, json);
	else
		refuse(q, E_RANGE, "there is no such thing to ask");
}

/* --- life --- */

struct office *office_create(struct wx *w)
{
	struct office *o = mem_new(struct office);
	*o = (struct office){ .wx = w, .asking = WATCHED_COUNT, .timer = mem_new(uv_timer_t), .soon = mem_new(uv_timer_t) };
	must(uv_timer_init(w->host->loop, o->timer) == 0 && uv_timer_init(w->host->loop, o->soon) == 0);
	o->timer->data = o->soon->data = o;
	return o;
}

void office_start(struct office *o)
{
	if (!o->wx->wecom)
		must(uv_timer_start(o->timer, on_timer, FIRST_MS, EVERY_MS) == 0);
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h);
}

void office_close(struct office *o)
{
	tell_refused(o);
	uv_close((uv_handle_t *)o->timer, on_timer_closed);
	uv_close((uv_handle_t *)o->soon, on_timer_closed);
}

void office_destroy(struct office **o)
{
	free(*o);
	*o = NULL;
}
