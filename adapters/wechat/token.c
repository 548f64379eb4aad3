#include "adapters/wechat/token.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "adapters/wechat/errors.h"
#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/fetch.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum {
	ANSWER_MAX = 64 * 1024, VALUE_MIN = 16, VALUE_MAX = 4096, LIFE_MAX_S = 7200,
	EARLY_S = 300,               /* before its end, while old and new both serve */
	LOOK_MS = 1000, LOOKS = 10,  /* how long a gateway without the duty looks for what another gets */
	PAUSE_FIRST_MS = 500, PAUSE_MAX_MS = 60 * 1000, PAUSE_ALARM_MS = 60 * 1000,
	FORCE_PAUSE_MS = 31 * 1000, FORCES_A_DAY = 20, DAY_MS = 24 * 3600 * 1000, ASK_TIMEOUT_MS = 15000
};

struct waiter { struct waiter *next; token_f *f; void *arg; };

struct token {
	struct token_settings set;
	uv_timer_t *timer;
	char *value, *rejected;     /* rejected: the last one the platform would not have */
	CURL *asking;
	struct buf answer;
	char *body;                 /* of the question under way */
	struct curl_slist *headers;
	struct waiter *waiters;
	unsigned pause_ms, forces;
	uint64_t asked;
	int64_t until;              /* wall clock */
	int64_t forced_at, forces_since;
	unsigned looks;             /* in vain, in a row */
	bool leads, looking;
	bool force, ending;
};

static void ask(struct token *t);

/* A new one is wanted: from the store, else from the platform. */
static void need(struct token *t)
{
	if (t->asking || t->looking)
		return;
	(void)uv_timer_stop(t->timer);
	if (!t->set.look) {
		ask(t);
		return;
	}
	t->looking = true;
	t->set.look(t->set.arg);
}

static void on_timer(uv_timer_t *timer)
{
	need(timer->data);
}

struct token *token_create(const struct token_settings *s)
{
	struct token *t = mem_new(struct token);
	t->set = *s;
	t->timer = mem_new(uv_timer_t);
	must(uv_timer_init(s->loop, t->timer) == 0);
	t->timer->data = t;
	buf_init(&t->answer, ANSWER_MAX);
	return t;
}

void token_start(struct token *t)
{
	need(t);
}

void token_lead(struct token *t, bool ours)
{
	t->leads = ours;
	if (ours && !t->value)
		need(t);
}

/* --- whoever waits --- */

static void tell_all(struct token *t, const char *words)
{
	struct waiter *w = t->waiters;
	t->waiters = NULL;
	while (w) { /* who is told may want again, and waits for the next answer then */
		struct waiter *next = w->next;
		token_f *f = w->f;
		void *arg = w->arg;
		free(w);
		if (f)
			f(arg, t->value, words);
		w = next;
	}
}

void token_want(struct token *t, token_f *f, void *arg)
{
	if (t->value) {
		f(arg, t->value, "");
		return;
	}
	struct waiter *w = mem_new(struct waiter), **at = &t->waiters;
	*w = (struct waiter){ .f = f, .arg = arg };
	while (*at)
		at = &(*at)->next;
	*at = w;
	if (!t->looks) /* else the next look is under way */
		need(t);
}

/* --- asking --- */

static void later(struct token *t, unsigned ms)
{
	must(uv_timer_start(t->timer, on_timer, ms, 0) == 0);
}

static void failed(struct token *t, const char *words, bool alarm)
{
	t->pause_ms = alarm ? PAUSE_ALARM_MS : t->pause_ms ? 2 * t->pause_ms : PAUSE_FIRST_MS;
	if (t->pause_ms > PAUSE_MAX_MS)
		t->pause_ms = PAUSE_MAX_MS;
	later(t, t->pause_ms);
	if (!t->value) /* else the one from before still serves */
		t->set.state(t->set.arg, false, words);
	tell_all(t, words);
}

static void adopt(struct token *t, const char *value, int64_t until)
{
	int64_t seconds = (until - clock_now()) / 1000;
	free(t->value);
	t->value = mem_strdup(value);
	t->until = until;
	t->pause_ms = t->looks = 0;
	t->force = false;
	later(t, (unsigned)(seconds > 2 * EARLY_S ? seconds - EARLY_S : seconds > 2 ? seconds / 2 : 1) * 1000);
	t->set.state(t->set.arg, true, "");
	tell_all(t, "");
}

static void got(struct token *t, const char *value, json_int_t seconds)
{
	if (seconds > LIFE_MAX_S)
		seconds = LIFE_MAX_S;
	bool same = t->rejected && strcmp(t->rejected, value) == 0;
	if (same && !t->set.wecom && !t->force) {
		int64_t now = clock_monotonic();
		if (!t->forces || now - t->forces_since > DAY_MS)
			t->forces = 0, t->forces_since = now;
		if (t->forces < FORCES_A_DAY && (!t->forces || now - t->forced_at >= FORCE_PAUSE_MS)) {
			t->force = true;
			ask(t);
			return;
		}
		failed(t, "the platform rejects the token it gives; app_secret may have been changed", false);
		return;
	}
	int64_t until = clock_now() + seconds * 1000;
	if (t->set.keep)
		t->set.keep(t->set.arg, value, until);
	adopt(t, value, until);
}

/* The one with the duty wants more of a kept one: it is what the others will find. */
static bool good(const struct token *t, const char *value, int64_t until)
{
	int64_t least = clock_now() + (t->leads ? EARLY_S : LOOKS) * 1000;
	if (!value || until <= least || strlen(value) < VALUE_MIN || (t->rejected && strcmp(t->rejected, value) == 0))
		return false;
	return !t->value || until > t->until || strcmp(t->value, value) != 0;
}

void token_found(struct token *t, const char *value, int64_t until)
{
	t->looking = false;
	if (t->ending || t->asking)
		return;
	if (good(t, value, until)) {
		adopt(t, value, until);
	} else if (t->leads || t->looks >= LOOKS) {
		t->looks = 0;
		ask(t);
	} else {
		t->looks++;
		later(t, LOOK_MS);
	}
}

static void read_answer(struct token *t)
{
	json_t *j = json_loadb(buf_str(&t->answer), t->answer.len, 0, NULL);
	const char *value = json_string_value(json_object_get(j, "access_token"));
	json_int_t seconds = json_integer_value(json_object_get(j, "expires_in"));
	int code = (int)json_integer_value(json_object_get(j, "errcode"));
	char words[200];
	if (value && strlen(value) >= VALUE_MIN && strlen(value) <= VALUE_MAX && seconds > 0) {
		got(t, value, seconds);
	} else if (code == 0) {
		failed(t, "what answers at api_base is not the platform: it gave no token", false);
	} else {
		const char *known = code == 40001 ? "app_secret is wrong" : error_words(code, t->set.wecom);
		enum fate fate = error_fate(code, t->set.wecom);
		bool alarm = code == 40001 || fate == FATE_ALARM || fate == FATE_DEFER || fate == FATE_NEVER;
		(void)snprintf(words, sizeof words, "no access token: %d %s", code, known ? known :
			json_is_string(json_object_get(j, "errmsg")) ? json_string_value(json_object_get(j, "errmsg")) : "");
		if (alarm)
			log_error("wechat", "no access token", "app=%s code=%d hint=\"%s\"", t->set.id, code, known ? known : "");
		failed(t, words, alarm);
	}
	json_decref(j);
}

static void on_asked(CURL *easy, CURLcode result, const char *words, void *arg)
{
	struct token *t = arg;
	t->asking = NULL;
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	curl_easy_cleanup(easy);
	free(t->body);
	t->body = NULL;
	if (t->ending)
		return;
	if (result != CURLE_OK) {
		char why[200];
		(void)snprintf(why, sizeof why, "the platform cannot be reached: %.150s", words);
		failed(t, why, false);
		return;
	}
	read_answer(t);
}

static size_t on_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct token *t = arg;
	return buf_add(&t->answer, p, size * n) ? size * n : 0;
}

static void ask_stable(struct token *t, CURL *c)
{
	json_t *j = json_pack("{s:s, s:s, s:s, s:b}", "grant_type", "client_credential", "appid", t->set.id, "secret", t->set.secret,
		"force_refresh", (int)t->force);
	must(j);
	t->body = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	t->headers = curl_slist_append(NULL, "Content-Type: application/json");
	char *url = mem_printf("%s/cgi-bin/stable_token", t->set.base);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, t->body);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->headers);
	free(url);
	if (t->force) {
		t->forces++;
		t->forced_at = clock_monotonic();
	}
}

static void ask_wecom(struct token *t, CURL *c)
{
	char *id = curl_easy_escape(c, t->set.id, 0), *secret = curl_easy_escape(c, t->set.secret, 0);
	char *url = mem_printf("%s/cgi-bin/gettoken?corpid=%s&corpsecret=%s", t->set.base, id, secret);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_free(id);
	curl_free(secret);
	free(url);
}

static void ask(struct token *t)
{
	if (t->asking)
		return;
	(void)uv_timer_stop(t->timer);
	buf_clear(&t->answer);
	t->asked++;
	CURL *c = t->asking = fetch_handle();
	(t->set.wecom ? ask_wecom : ask_stable)(t, c);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ASK_TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	fetch_start(t->set.fetch, c, on_asked, t);
}

void token_facts(const struct token *t, struct token_facts *out)
{
	unsigned forced = t->forces && clock_monotonic() - t->forces_since <= DAY_MS ? t->forces : 0;
	*out = (struct token_facts){ .asked = t->asked, .forced = forced, .forced_left = t->set.wecom ? 0 : FORCES_A_DAY - forced,
		.until = t->value ? t->until : 0 };
}

/* --- trouble --- */

void token_reject(struct token *t, const char *value)
{
	if (!t->value || strcmp(t->value, value) != 0)
		return; /* another call has said so already */
	free(t->rejected);
	t->rejected = t->value;
	t->value = NULL;
	need(t);
}

void token_trouble(struct token *t, const char *words)
{
	t->set.state(t->set.arg, false, words);
	if (t->asking)
		return;
	if (!t->pause_ms)
		t->pause_ms = PAUSE_FIRST_MS;
	later(t, t->pause_ms);
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h);
}

void token_destroy(struct token **tp)
{
	struct token *t = *tp;
	if (!t)
		return;
	*tp = NULL;
	t->ending = true;
	if (t->asking)
		fetch_cancel(t->set.fetch, t->asking);
	free(t->value);
	t->value = NULL;
	tell_all(t, "the gateway stops");
	uv_close((uv_handle_t *)t->timer, on_timer_closed);
	buf_fini(&t->answer);
	free(t->rejected);
	free(t);
}
