#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/coding.h"
#include "adapters/sms/http/internal.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

enum { ANSWER_MAX = 64 * 1024, CONNECT_MS_MAX = 10000, NONCE_BYTES = 16, MARK_LETTERS = 12 };

/* --- requests --- */

static struct flight *flight_open(struct sms_http *s, void *part)
{
	struct flight *f = mem_new(struct flight);
	f->owner = s;
	f->part = part;
	provider_request_init(&f->request);
	buf_init(&f->answer, ANSWER_MAX);
	f->easy = fetch_handle();
	LIST_INSERT_HEAD(&s->flights, f, link);
	s->requests += part != NULL;
	return f;
}

static void flight_close(struct flight *f)
{
	LIST_REMOVE(f, link);
	f->owner->requests -= f->part != NULL;
	curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->headers);
	provider_request_fini(&f->request);
	buf_fini(&f->answer);
	free(f);
}

/* What is past the cap is dropped: no provider's answer is that long, and the transfer may end well all the same. */
static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
	buf_add(&((struct flight *)arg)->answer, p, size * n);
	return size * n;
}

static void set_options(struct flight *f, const char *url)
{
	const struct sms_http_config *c = f->owner->config;
	long timeout = c->response_timeout * 1000L;
	curl_easy_setopt(f->easy, CURLOPT_URL, url);
	curl_easy_setopt(f->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, timeout);
	curl_easy_setopt(f->easy, CURLOPT_CONNECTTIMEOUT_MS, timeout < CONNECT_MS_MAX ? timeout : (long)CONNECT_MS_MAX);
	curl_easy_setopt(f->easy, CURLOPT_FRESH_CONNECT, 1L); /* see sms_http.h */
	curl_easy_setopt(f->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(f->easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(f->easy, CURLOPT_WRITEDATA, f);
	if (c->tls_ca_file)
		curl_easy_setopt(f->easy, CURLOPT_CAINFO, c->tls_ca_file);
}

static void add_headers(struct flight *f)
{
	char *line = (char *)(uintptr_t)buf_str(&f->request.headers);
	f->headers = curl_slist_append(f->headers, "Expect:");
	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		f->headers = curl_slist_append(f->headers, line);
	}
	must(f->headers);
	curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers);
}

static void set_request(struct flight *f)
{
	const struct sms_http_config *c = f->owner->config;
	set_options(f, buf_str(&f->request.url));
	add_headers(f);
	if (f->request.post) {
		curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE, (long)f->request.body.len);
		curl_easy_setopt(f->easy, CURLOPT_POSTFIELDS, buf_str(&f->request.body));
	}
	if (f->request.basic) {
		curl_easy_setopt(f->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(f->easy, CURLOPT_USERNAME, c->account);
		curl_easy_setopt(f->easy, CURLOPT_PASSWORD, c->secret);
	}
}

/* --- answers --- */

static void answered(struct sms_http *s, void *part, enum submit_answer answer, const char *id, const char *reason)
{
	submit_answered(s->submit, NULL, part, answer, id, reason, sms_http_now(s));
}

/* Written, and nobody knows what became of it. */
static void unanswered(struct sms_http *s, void *part, const char *why)
{
	submit_unanswered(s->submit, part, why, sms_http_now(s));
}

/* Resting begins before submit hears of it, or it would write the next one at once. */
static void settle(struct sms_http *s, void *part, const char *ours, const struct provider_answer *a)
{
	bool trouble = a->verdict == VERDICT_ACCOUNT || a->verdict == VERDICT_UNCLEAR;
	s->resting = s->resting || trouble;
	switch (a->verdict) {
	case VERDICT_ACCEPTED:
		s->troubles = 0;
		pace_accepted(&s->hold);
		answered(s, part, SUBMIT_ACCEPTED, a->id[0] ? a->id : ours, "");
		break;
	case VERDICT_THROTTLED:
		metric_add(s->throttled, 1);
		answered(s, part, SUBMIT_THROTTLED, "", a->reason);
		break;
	case VERDICT_LATER:
	case VERDICT_ACCOUNT:
		answered(s, part, SUBMIT_LATER, "", a->reason);
		break;
	case VERDICT_NEVER:
		answered(s, part, SUBMIT_NEVER, "", a->reason);
		break;
	case VERDICT_UNCLEAR:
		unanswered(s, part, a->reason);
		break;
	}
	if (trouble)
		sms_http_trouble(s, a->reason, a->verdict == VERDICT_ACCOUNT);
}

static void failed(struct sms_http *s, void *part, const char *words, bool written)
{
	s->resting = true;
	if (written)
		unanswered(s, part, words);
	else
		answered(s, part, SUBMIT_LATER, "", words);
	sms_http_trouble(s, words, false);
}

static long request_size(CURL *easy)
{
	long size = 0;
	curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &size);
	return size;
}

static void on_done(CURL *easy, CURLcode result, const char *words, void *arg)
{
	struct flight *f = arg;
	struct sms_http *s = f->owner;
	void *part = f->part;
	struct provider_answer a;
	char ours[PROVIDER_ID_MAX], why[CURL_ERROR_SIZE];
	long status = 0;
	bool written = request_size(easy) > 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	snprintf(why, sizeof why, "%s", words);
	memcpy(ours, f->id, sizeof ours);
	if (part && result == CURLE_OK)
		provider_judge(s->provider, status, buf_str(&f->answer), f->answer.len, &a);
	flight_close(f);
	if (s->ending)
		return;
	if (!part)
		sms_http_looked(s, result == CURLE_OK, why);
	else if (result == CURLE_OK)
		settle(s, part, ours, &a);
	else
		failed(s, part, why, written);
	sms_http_maybe_drained(s);
}

void sms_http_look(struct sms_http *s)
{
	struct flight *f = flight_open(s, NULL);
	set_options(f, sms_http_url(s->config));
	curl_easy_setopt(f->easy, CURLOPT_CONNECT_ONLY, 1L);
	fetch_start(s->host->fetch, f->easy, on_done, f);
}

void sms_http_flights_end(struct sms_http *s)
{
	s->ending = s->resting = true;
	for (struct flight *f; (f = LIST_FIRST(&s->flights));) {
		void *part = f->part;
		bool written = request_size(f->easy) > 0;
		fetch_cancel(s->host->fetch, f->easy);
		if (part && !written)
			answered(s, part, SUBMIT_LATER, "", "the gateway stopped");
	}
}

/* --- what submit asks --- */

static void on_wake(uv_timer_t *t)
{
	struct sms_http *s = t->data;
	submit_pump(s->submit, sms_http_now(s));
}

static void wake(void *owner, unsigned ms)
{
	struct sms_http *s = owner;
	must(uv_timer_start(s->wake, on_wake, ms, 0) == 0);
}

/* After trouble one at a time, until one is accepted. */
static bool room(void *owner)
{
	struct sms_http *s = owner;
	unsigned held = pace_take(&s->hold, sms_http_now(s));
	if (held)
		wake(s, held);
	return !held && !s->resting && s->requests < (s->troubles ? 1u : (unsigned)s->config->window);
}

/* The text of a part that was cut here; of a whole message, as it is. */
static const char *part_text(const struct submit_part *part, bool cut, struct arena *a)
{
	struct buf text;
	if (!cut)
		return part->msg->text;
	buf_init(&text, MSG_TEXT_MAX);
	coding_decode(part->coding, part->bytes, part->n, &text);
	const char *copy = arena_strdup(a, buf_str(&text));
	buf_fini(&text);
	return copy;
}

/* Unique for each try of each part. */
static void make_id(struct flight *f, const struct submit_part *part, char nonce[PROVIDER_NONCE])
{
	uint8_t random[NONCE_BYTES];
	crypto_random(random, sizeof random);
	crypto_hex(random, sizeof random, nonce);
	snprintf(f->id, sizeof f->id, "%llu-%u-%.*s", (unsigned long long)part->msg->id, part->index, MARK_LETTERS, nonce);
}

static int choose_words(struct sms_http *s, const struct msg_out *m, struct provider_part *p, struct filled *into,
	struct arena *a, struct err *e)
{
	if (s->provider->words == WORDS_TEXT)
		return 0;
	const struct wording *w = wording_find(&s->wordings, m->event ? m->event : "", m->language ? m->language : "");
	if (!w && s->provider->words == WORDS_TEMPLATE)
		return err_set(e, E_RANGE, "no template for \"%s\"; add one to [channel %s]", m->event ? m->event : "",
			s->base.channel);
	if (w) {
		wording_fill(w, m, a, into);
		p->filled = into;
	}
	return 0;
}

static int fill_request(struct sms_http *s, struct flight *f, const struct submit_part *part, struct arena *a,
	struct err *e)
{
	struct filled filled;
	char nonce[PROVIDER_NONCE], reason[PROVIDER_REASON_MAX] = "";
	make_id(f, part, nonce);
	const char *account = part->msg->account;
	struct provider_part p = { .msg = part->msg, .from = s->config->number, .index = part->index, .total = part->total,
		.ref = part->ref, .wide = part->coding == CODING_UCS2, .id = f->id, .nonce = nonce, .now = clock_now(),
		.callback = arena_printf(a, "%s/%s", s->callback, f->id), .text = part_text(part, s->provider->cuts_not, a) };
	if (account && account[0] && s->provider->words != WORDS_TEMPLATE && strncmp(p.from, "MG", 2))
		p.from = account;
	int rc = choose_words(s, part->msg, &p, &filled, a, e);
	if (rc == 0 && s->provider->request(s->config, &p, &f->request, reason) < 0)
		rc = err_set(e, E_RANGE, "%s", reason);
	return rc;
}

static int write_part(void *owner, const struct submit_part *part, struct err *e)
{
	struct sms_http *s = owner;
	struct flight *f = flight_open(s, part->request);
	struct arena *a = arena_create(2048);
	int rc = fill_request(s, f, part, a, e);
	arena_destroy(&a);
	if (rc < 0) {
		flight_close(f);
		return rc;
	}
	submit_named(part->request, f->id);
	set_request(f);
	fetch_start(s->host->fetch, f->easy, on_done, f);
	return 0;
}

static void hold(void *owner, void *link, int64_t now)
{
	struct sms_http *s = owner;
	(void)link;
	pace_throttled(&s->hold, now);
}

static void sent(void *owner, const struct msg_out *m, const struct sent_result *r)
{
	struct sms_http *s = owner;
	if (r->sent != SENT_ACCEPTED)
		log_info("sms-http", "message not accepted", "channel=%s id=%llu result=%s why=%s", s->base.channel,
			(unsigned long long)m->id, sent_name(r->sent), r->reason ? r->reason : "");
	s->host->sent(&s->base, m, r);
	sms_http_maybe_drained(s);
}

static void ready(void *owner)
{
	struct sms_http *s = owner;
	s->host->ready(&s->base);
}

const struct submit_ops sms_http_submit_ops = { room, write_part, wake, hold, sent, ready };
