#include "gateway/forward/post.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/fetch.h"
#include "gateway/base/mem.h"

enum { ANSWER_SHOWN = 160, RETRY_AFTER_MAX_S = 3600 };

struct post {
	struct fetch *fetch;
	CURL *easy;
	struct curl_slist *headers;
	struct buf answer; /* its beginning */
	bool cancelled;
	post_done_f *done;
	void *arg;
};

enum post_result post_meaning(long status)
{
	static const long busy[] = { 401, 403, 404, 405, 408, 421, 425, 429 };
	if (status >= 200 && status < 300)
		return POST_DELIVERED;
	for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
		if (status == busy[i])
			return POST_BUSY;
	return status == 0 ? POST_AWAY : status >= 400 && status < 500 ? POST_REFUSED : POST_BUSY;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct post *t = arg;
	size_t room = ANSWER_SHOWN - t->answer.len, got = size * n;
	(void)buf_add(&t->answer, p, got < room ? got : room);
	return got;
}

static void add_header(struct post *t, const char *fmt, ...) XQ_PRINTF(2, 3);
static void add_header(struct post *t, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	struct curl_slist *more = curl_slist_append(t->headers, line);
	must(more);
	t->headers = more;
}

static void words_of(const struct post *t, CURLcode result, long status, const char *curl_words, char out[POST_WORDS])
{
	if (result != CURLE_OK) {
		(void)snprintf(out, POST_WORDS, "no answer: %s", curl_words);
		return;
	}
	int n = snprintf(out, POST_WORDS, "answered %ld%s%s", status, t->answer.len ? ": " : "", buf_str(&t->answer));
	for (int i = 0; i < n && i < POST_WORDS; i++)
		if ((unsigned char)out[i] < ' ')
			out[i] = ' ';
}

static void on_done(CURL *easy, CURLcode result, const char *curl_words, void *arg)
{
	struct post *t = arg;
	long status = 0;
	curl_off_t after = 0;
	char words[POST_WORDS];
	if (result == CURLE_OK)
		(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after);
	if (after > RETRY_AFTER_MAX_S)
		after = RETRY_AFTER_MAX_S;
	words_of(t, result, status, curl_words, words);
	bool ended = t->cancelled || result == CURLE_ABORTED_BY_CALLBACK;
	t->done(t->arg, ended ? POST_ENDED : post_meaning(status), words, after > 0 ? (unsigned)after * 1000 : 0);
	curl_easy_cleanup(easy);
	curl_slist_free_all(t->headers);
	buf_fini(&t->answer);
	free(t);
}

static void set_headers(struct post *t, const struct forward_key *key, uint64_t event, const char *body)
{
	char id[32], signature[FORWARD_SIGNATURE];
	int64_t at = clock_now() / 1000;
	(void)snprintf(id, sizeof id, "evt_%" PRIu64, event);
	forward_sign(key, id, at, body, signature);
	add_header(t, "Content-Type: application/json");
	add_header(t, "webhook-id: %s", id);
	add_header(t, "webhook-timestamp: %" PRId64, at);
	add_header(t, "webhook-signature: %s", signature);
	add_header(t, "Expect:"); /* libcurl would wait a second for 100 Continue */
}

struct post *post_start(struct fetch *f, const struct forward_config *c, const struct forward_key *key, uint64_t event,
	const char *body, post_done_f *done, void *arg)
{
	struct post *t = mem_new(struct post);
	*t = (struct post){ .fetch = f, .easy = fetch_handle(), .done = done, .arg = arg };
	buf_init(&t->answer, ANSWER_SHOWN);
	set_headers(t, key, event, body);
	CURL *h = t->easy;
	curl_easy_setopt(h, CURLOPT_URL, c->url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_USERAGENT, "Xinqiao/" XQ_VERSION);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
	curl_easy_setopt(h, CURLOPT_COPYPOSTFIELDS, body);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)c->timeout * 1000);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, t);
	if (c->tls_ca_file)
		curl_easy_setopt(h, CURLOPT_CAINFO, c->tls_ca_file);
	fetch_start(f, h, on_done, t);
	return t;
}

void post_cancel(struct post *t)
{
	t->cancelled = true;
	fetch_cancel(t->fetch, t->easy);
}
