#include "tests/sim/core/maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/mem.h"

enum { AT_ONCE = 8, AGAIN_MS = 300, ANSWER_MAX = 64 * 1024 };

struct making {
	struct maker *maker;
	struct action action; /* case_id 0: free */
	char *body;
	struct curl_slist *headers;
	struct buf answer;
	CURL *easy;
};

struct maker {
	struct fetch *fetch;
	struct cases *cases;
	const char *url, *token;
	struct making making[AT_ONCE];
	unsigned lose;
	bool closing;
	uv_timer_t timer;
};

static void on_timer(uv_timer_t *t)
{
	maker_kick(t->data);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct making *m = arg;
	(void)buf_add(&m->answer, p, size * n);
	return size * n;
}

/* What the gateway expects next where the order of our words was not kept; else 0. */
static int64_t expected(const struct making *m)
{
	json_t *o = json_loads(buf_str(&m->answer), 0, NULL);
	const char *code = json_string_value(json_object_get(o, "code"));
	int64_t next = code != NULL && strcmp(code, "order") == 0 ? json_integer_value(json_object_get(o, "expected")) : 0;
	json_decref(o);
	return next;
}

/* 2xx: done. Most of 4xx is the gateway's last word. */
static bool is_final(long status)
{
	return (status >= 200 && status < 300) || (status >= 400 && status < 500 && status != 401 && status != 408 && status != 429);
}

static void on_done(CURL *easy, CURLcode result, const char *words, void *arg)
{
	struct making *m = arg;
	struct maker *k = m->maker;
	long status = 0;
	(void)words;
	if (result == CURLE_OK)
		(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	int64_t next = status == 409 ? expected(m) : 0;
	bool end = next == 0 && is_final(status), lost = end && k->lose > 0;
	if (next > 0)
		cases_resync(k->cases, m->action.case_id, next);
	k->lose -= lost;
	if (end && !lost)
		cases_done(k->cases, &m->action, status >= 300, status >= 300 ? buf_str(&m->answer) : "");
	curl_easy_cleanup(easy);
	curl_slist_free_all(m->headers);
	buf_fini(&m->answer);
	free(m->body);
	m->action.case_id = 0;
	if (!k->closing)
		must(uv_timer_start(&k->timer, on_timer, end && !lost ? 0 : AGAIN_MS, AGAIN_MS) == 0);
}

static void begin(struct making *m)
{
	struct maker *k = m->maker;
	char line[600];
	m->body = json_dumps(m->action.body, JSON_COMPACT);
	json_decref(m->action.body);
	m->easy = fetch_handle();
	buf_init(&m->answer, ANSWER_MAX);
	m->headers = curl_slist_append(NULL, "Content-Type: application/json");
	(void)snprintf(line, sizeof line, "Authorization: Bearer %s", k->token);
	m->headers = curl_slist_append(m->headers, line);
	(void)snprintf(line, sizeof line, "Idempotency-Key: %s-%lld", m->action.number, (long long)m->action.id);
	m->headers = curl_slist_append(m->headers, line);
	(void)snprintf(line, sizeof line, "%s/api/v1/tickets/%s/steps", k->url, m->action.ticket);
	curl_easy_setopt(m->easy, CURLOPT_URL, line);
	curl_easy_setopt(m->easy, CURLOPT_HTTPHEADER, m->headers);
	curl_easy_setopt(m->easy, CURLOPT_POSTFIELDS, m->body);
	curl_easy_setopt(m->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(m->easy, CURLOPT_WRITEDATA, m);
	fetch_start(k->fetch, m->easy, on_done, m);
}

void maker_kick(struct maker *k)
{
	for (unsigned i = 0; i < AT_ONCE && !k->closing; i++) {
		int64_t busy[AT_ONCE];
		size_t n = 0;
		struct making *m = &k->making[i];
		for (unsigned j = 0; j < AT_ONCE; j++)
			if (k->making[j].action.case_id != 0)
				busy[n++] = k->making[j].action.case_id;
		if (m->action.case_id != 0)
			continue;
		if (!cases_next(k->cases, busy, n, &m->action)) {
			m->action.case_id = 0;
			return;
		}
		begin(m);
	}
}

void maker_lose(struct maker *k, unsigned n)
{
	k->lose = n;
}

struct maker *maker_create(uv_loop_t *loop, struct fetch *fetch, struct cases *cases, const char *url, const char *token)
{
	struct maker *k = mem_new(struct maker);
	*k = (struct maker){ .fetch = fetch, .cases = cases, .url = url, .token = token };
	for (unsigned i = 0; i < AT_ONCE; i++)
		k->making[i].maker = k;
	must(uv_timer_init(loop, &k->timer) == 0);
	k->timer.data = k;
	must(uv_timer_start(&k->timer, on_timer, 0, AGAIN_MS) == 0);
	return k;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void maker_destroy(struct maker **out)
{
	struct maker *k = *out;
	*out = NULL;
	k->closing = true;
	for (unsigned i = 0; i < AT_ONCE; i++)
		if (k->making[i].action.case_id != 0)
			fetch_cancel(k->fetch, k->making[i].easy);
	uv_close((uv_handle_t *)&k->timer, on_closed);
}
