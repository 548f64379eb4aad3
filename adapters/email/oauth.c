#include "adapters/email/oauth.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/mem.h"

enum { ANSWER_MAX = 256 << 10, EARLY_MS = 60000, LIFE_S = 3600, LIFE_S_MAX = 24 * 3600, WAIT_MS = 30000 };

struct oauth_wait {
	struct oauth *oauth; /* NULL: told, or nobody waits */
	struct oauth_wait *next, **at;
	uv_timer_t soon;
	void (*done)(void *, const char *, const char *);
	void *arg;
};

struct oauth {
	struct fetch *fetch;
	const struct oauth_config *c;
	char *token, *refresh; /* refresh: when the provider gave a newer one */
	int64_t good_until;    /* monotonic */
	CURL *easy;            /* a request under way */
	char *form;
	struct buf answer;
	struct oauth_wait *waits;
};

static bool good(const struct oauth *o)
{
	return o->token && clock_monotonic() < o->good_until;
}

/* --- who waits --- */

static void wait_closed(uv_handle_t *h)
{
	free(h->data);
}

static void wait_end(struct oauth_wait *w)
{
	*w->at = w->next;
	if (w->next)
		w->next->at = w->at;
	uv_close((uv_handle_t *)&w->soon, wait_closed);
}

static void tell_all(struct oauth *o, const char *why)
{
	struct oauth_wait *list = o->waits;
	o->waits = NULL;
	if (list)
		list->at = &list;
	while (list) {
		struct oauth_wait *w = list;
		void (*done)(void *, const char *, const char *) = w->done;
		void *arg = w->arg;
		wait_end(w);
		done(arg, why ? NULL : o->token, why);
	}
}

/* --- the request --- */

static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
	return buf_add(arg, p, size * n) ? size * n : 0;
}

static const char *text_of(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void keep(char **to, const char *text)
{
	free(*to);
	*to = mem_strdup(text);
}

/* NULL, or why there is no token. */
static const char *take_answer(struct oauth *o, json_t *answer)
{
	const char *token = text_of(answer, "access_token"), *refresh = text_of(answer, "refresh_token");
	const char *fault = text_of(answer, "error");
	json_int_t life = json_integer_value(json_object_get(answer, "expires_in"));
	if (!token)
		return fault ? fault : "the token server's answer holds no access_token";
	if (life <= 0 || life > LIFE_S_MAX)
		life = LIFE_S;
	keep(&o->token, token);
	if (refresh)
		keep(&o->refresh, refresh);
	o->good_until = clock_monotonic() + life * 1000 - (life * 1000 > 2 * EARLY_MS ? EARLY_MS : 0);
	return NULL;
}

static void on_done(CURL *easy, CURLcode result, const char *words, void *arg)
{
	struct oauth *o = arg;
	char why[300];
	json_t *answer = result == CURLE_OK ? json_loadb(buf_str(&o->answer), o->answer.len, 0, NULL) : NULL;
	const char *fault = result != CURLE_OK ? words : take_answer(o, answer);
	(void)snprintf(why, sizeof why, "no OAuth token: %s", fault ? fault : "");
	json_decref(answer);
	curl_easy_cleanup(easy);
	o->easy = NULL;
	free(o->form);
	o->form = NULL;
	buf_clear(&o->answer);
	if (result != CURLE_ABORTED_BY_CALLBACK)
		tell_all(o, fault ? why : NULL);
}

static void form_field(struct buf *form, CURL *easy, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	char *escaped = curl_easy_escape(easy, value, 0);
	buf_addf(form, "%s%s=%s", form->len ? "&" : "", name, escaped ? escaped : "");
	curl_free(escaped);
}

static void request(struct oauth *o)
{
	struct buf form;
	o->easy = fetch_handle();
	buf_init(&form, 64 << 10);
	form_field(&form, o->easy, "grant_type", "refresh_token");
	form_field(&form, o->easy, "client_id", o->c->client_id);
	form_field(&form, o->easy, "client_secret", o->c->client_secret);
	form_field(&form, o->easy, "refresh_token", o->refresh ? o->refresh : o->c->refresh_token);
	form_field(&form, o->easy, "scope", o->c->scope);
	o->form = mem_strdup(buf_str(&form));
	buf_fini(&form);
	curl_easy_setopt(o->easy, CURLOPT_URL, o->c->token_url);
	curl_easy_setopt(o->easy, CURLOPT_POSTFIELDS, o->form);
	curl_easy_setopt(o->easy, CURLOPT_TIMEOUT_MS, (long)WAIT_MS);
	curl_easy_setopt(o->easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(o->easy, CURLOPT_WRITEDATA, &o->answer);
	if (o->c->ca_file)
		curl_easy_setopt(o->easy, CURLOPT_CAINFO, o->c->ca_file);
	fetch_start(o->fetch, o->easy, on_done, o);
}

/* --- the outside --- */

static void on_soon(uv_timer_t *t)
{
	struct oauth_wait *w = t->data;
	struct oauth *o = w->oauth;
	if (good(o))
		tell_all(o, NULL);
	else if (!o->easy)
		request(o);
}

struct oauth *oauth_create(struct fetch *fetch, const struct oauth_config *c)
{
	struct oauth *o = mem_new(struct oauth);
	*o = (struct oauth){ .fetch = fetch, .c = c };
	buf_init(&o->answer, ANSWER_MAX);
	return o;
}

struct oauth_wait *oauth_ask(struct oauth *o, uv_loop_t *loop, void (*done)(void *, const char *, const char *), void *arg)
{
	struct oauth_wait *w = mem_new(struct oauth_wait);
	*w = (struct oauth_wait){ .oauth = o, .next = o->waits, .at = &o->waits, .done = done, .arg = arg };
	if (o->waits)
		o->waits->at = &w->next;
	o->waits = w;
	uv_timer_init(loop, &w->soon);
	w->soon.data = w;
	uv_timer_start(&w->soon, on_soon, 0, 0);
	return w;
}

void oauth_forget(struct oauth_wait **w)
{
	if (*w)
		wait_end(*w);
	*w = NULL;
}

void oauth_refused(struct oauth *o)
{
	o->good_until = 0;
}

void oauth_destroy(struct oauth **op)
{
	struct oauth *o = *op;
	if (!o)
		return;
	while (o->waits)
		wait_end(o->waits);
	if (o->easy)
		fetch_cancel(o->fetch, o->easy);
	free(o->token);
	free(o->refresh);
	buf_fini(&o->answer);
	free(o);
	*op = NULL;
}
