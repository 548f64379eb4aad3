#include "adapters/email/smtp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/compose.h"
#include "gateway/base/clock.h"
#include "gateway/base/fetch.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { WORDS_MAX = 300, WHOLE_MS = 120000, SMTP_RETRY_MS = 0 };

/* One mail under way. */
struct delivery {
	struct smtp *smtp;
	struct delivery *next, **link;
	const struct msg_out *msg; /* lent */
	CURL *easy;                /* NULL: could not even be composed */
	struct curl_slist *to;
	struct buf mail;
	size_t at;                 /* read by libcurl so far */
	bool begun, all_read;
	char id[COMPOSE_ID_MAX];
	char words[WORDS_MAX];     /* the server's last line */
};

struct smtp {
	struct adapter *adapter;
	const struct adapter_host *host;
	const struct smtp_config *c;
	void (*state)(struct adapter *, bool, const char *);
	struct delivery *deliveries;
	unsigned under_way;
	bool full;     /* E_AGAIN was said */
	uv_timer_t later; /* ends deliveries that never reached libcurl, and the drain */
	void (*drained)(void *);
	void *arg;
};

bool mail_url_loopback(const char *url)
{
	const char *host = strstr(url, "://") ? strstr(url, "://") + 3 : url;
	const char *end = host + strcspn(host, "/");
	const char *at = memrchr(host, '@', (size_t)(end - host));
	host = at ? at + 1 : host;
	return !strncasecmp(host, "127.", 4) || !strncasecmp(host, "localhost", 9) || !strncmp(host, "[::1]", 5);
}

void mail_tls_options(CURL *easy, const char *url, enum mail_tls tls, const char *ca_file)
{
	if (tls == TLS_AUTO)
		tls = mail_url_loopback(url) ? TLS_NONE : TLS_REQUIRED;
	curl_easy_setopt(easy, CURLOPT_USE_SSL, tls == TLS_REQUIRED ? (long)CURLUSESSL_ALL :
		tls == TLS_OPPORTUNISTIC ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_NONE);
	if (tls == TLS_OPPORTUNISTIC) { /* taken when offered, against listeners only: nobody is vouched for */
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
}

enum sent smtp_verdict(CURLcode result, long code, bool begun, bool all_written)
{
	if (result == CURLE_OK)
		return SENT_ACCEPTED;
	/* The answer to the mail itself, or to MAIL, RCPT, DATA (libcurl calls those a send error). Refused greetings and
	 * logins are our trouble, not the mail's. */
	bool of_mail = all_written || (!begun && result == CURLE_SEND_ERROR);
	if (of_mail && code >= 500 && code < 600 && code != 530 && code != 535 && code != 538)
		return SENT_REFUSED;
	if (of_mail && code >= 400 && code < 500)
		return SENT_RETRY;
	return all_written ? SENT_UNKNOWN : SENT_RETRY;
}

/* --- libcurl asks and tells --- */

static size_t on_read(char *to, size_t size, size_t n, void *arg)
{
	struct delivery *d = arg;
	size_t k = d->mail.len - d->at;
	d->begun = true;
	if (k > size * n)
		k = size * n;
	if (k > 0)
		memcpy(to, d->mail.data + d->at, k);
	d->at += k;
	d->all_read = d->at == d->mail.len;
	return k;
}

static size_t on_line(char *p, size_t size, size_t n, void *arg)
{
	struct delivery *d = arg;
	size_t len = size * n, k = len;
	while (k > 0 && (p[k - 1] == '\r' || p[k - 1] == '\n'))
		k--;
	if (k > 0)
		snprintf(d->words, sizeof d->words, "%.*s", (int)k, p);
	return len;
}

/* --- the end of a loan --- */

static void delivery_free(struct delivery *d)
{
	*d->link = d->next;
	if (d->next)
		d->next->link = d->link;
	d->smtp->under_way--;
	curl_slist_free_all(d->to);
	buf_fini(&d->mail);
	free(d);
}

static void later(struct smtp *s);

static void finish(struct delivery *d, enum sent sent, const char *reason)
{
	struct smtp *s = d->smtp;
	const char *id = d->id;
	struct sent_result result = { .sent = sent, .reason = sent == SENT_ACCEPTED ? NULL : reason, .id = &id,
		.ids = sent == SENT_ACCEPTED || sent == SENT_UNKNOWN ? 1 : 0, .retry_ms = SMTP_RETRY_MS };
	s->host->sent(s->adapter, d->msg, &result);
	delivery_free(d);
	if (s->full) {
		s->full = false;
		s->host->ready(s->adapter);
	}
	if (s->drained)
		later(s);
}

static void on_done(CURL *easy, CURLcode result, const char *words, void *arg)
{
	struct delivery *d = arg;
	long code = 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	enum sent sent = smtp_verdict(result, code, d->begun, d->all_read);
	const char *reason = code >= 400 && *d->words ? d->words : words;
	if (result != CURLE_OK)
		log_warn("email", "mail not sent", "channel=%s sent=%d curl=%d code=%ld", d->smtp->adapter->channel, sent, result, code);
	if (result != CURLE_ABORTED_BY_CALLBACK)
		d->smtp->state(d->smtp->adapter, sent == SENT_ACCEPTED || sent == SENT_REFUSED || code >= 400, reason);
	curl_easy_cleanup(easy);
	d->easy = NULL;
	finish(d, sent, reason);
}

static void on_later(uv_timer_t *t)
{
	struct smtp *s = t->data;
	for (struct delivery *d = s->deliveries, *next; d; d = next) {
		next = d->next;
		if (!d->easy)
			finish(d, SENT_REFUSED, d->words);
	}
	if (s->drained && s->under_way == 0) {
		void (*done)(void *) = s->drained;
		s->drained = NULL;
		done(s->arg);
	}
}

static void later(struct smtp *s)
{
	uv_timer_start(&s->later, on_later, 0, 0);
}

/* --- sending --- */

static CURL *handle(struct delivery *d, const char *sender)
{
	const struct smtp_config *c = d->smtp->c;
	CURL *easy = fetch_handle();
	struct buf address;
	buf_init(&address, 2 * MSG_PEER_MAX);
	curl_easy_setopt(easy, CURLOPT_URL, c->url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS);
	mail_tls_options(easy, c->url, c->tls, c->ca_file);
	if (c->user && *c->user) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, c->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, c->password ? c->password : "");
	}
	buf_addf(&address, "<%s>", sender);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, buf_str(&address));
	buf_clear(&address);
	buf_addf(&address, "<%s>", d->msg->peer);
	d->to = curl_slist_append(NULL, buf_str(&address));
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, d->to);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, d);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, d);
	buf_fini(&address);
	return easy;
}

int smtp_send(struct smtp *s, const struct msg_out *m)
{
	if (s->under_way >= s->c->connections || s->drained) {
		s->full = true;
		return E_AGAIN;
	}
	struct delivery *d = mem_new(struct delivery);
	*d = (struct delivery){ .smtp = s, .msg = m, .next = s->deliveries, .link = &s->deliveries };
	if (s->deliveries)
		s->deliveries->link = &d->next;
	s->deliveries = d;
	s->under_way++;
	buf_init(&d->mail, COMPOSE_MAX);
	char sender[MSG_PEER_MAX];
	struct compose c = { .msg = m, .own = s->c->own, .hotline = s->host->hotline, .language = s->host->language,
		.secret = s->host->secret, .now = clock_now(), .reply_token = s->c->reply_token };
	const char *fault = !s->c->url ? "this channel has no smtp_url" :
		compose_mail(&c, &d->mail, d->id, sender) ? NULL : "not an address a mail can go to";
	if (fault) {
		snprintf(d->words, sizeof d->words, "%s", fault);
		later(s);
		return 0;
	}
	d->easy = handle(d, sender);
	fetch_start(s->host->fetch, d->easy, on_done, d);
	return 0;
}

struct smtp *smtp_create(struct adapter *adapter, const struct adapter_host *host, const struct smtp_config *c,
	void (*state)(struct adapter *, bool up, const char *words))
{
	struct smtp *s = mem_new(struct smtp);
	*s = (struct smtp){ .adapter = adapter, .host = host, .c = c, .state = state };
	uv_timer_init(host->loop, &s->later);
	s->later.data = s;
	return s;
}

void smtp_drain(struct smtp *s, void (*done)(void *arg), void *arg)
{
	s->drained = done;
	s->arg = arg;
	later(s);
}

static void later_closed(uv_handle_t *h)
{
	free(h->data);
}

void smtp_destroy(struct smtp **sp)
{
	struct smtp *s = *sp;
	if (!s)
		return;
	s->drained = NULL;
	s->full = false;
	while (s->deliveries) {
		struct delivery *d = s->deliveries;
		if (d->easy)
			fetch_cancel(s->host->fetch, d->easy);
		else
			finish(d, SENT_RETRY, "stopping");
	}
	uv_close((uv_handle_t *)&s->later, later_closed);
	*sp = NULL;
}
