#include "adapters/email/smtp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/email/compose.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/sm.h"

enum { WORDS_MAX = 300, STEP_MS = 60000, ANSWER_MS = 180000, REPLY_MAX = 16 << 10 };

/*   connecting ──> mail ──> rcpt ──> data ──> answer
 * Each waits for the reply to what its name says; any of them ends the delivery when the reply is another than hoped
 * for. */
static const struct sm_table machine = {
	.name = "smtp",
	.state = (const char *const[]){ "connecting", "mail", "rcpt", "data", "answer" },
	.next = (const uint32_t[]){ SM_TO(SMTP_MAIL), SM_TO(SMTP_RCPT), SM_TO(SMTP_DATA), SM_TO(SMTP_ANSWER), 0 },
	.count = 5
};

/* One mail under way. */
struct delivery {
	struct smtp *smtp;
	struct delivery *next, **link;
	const struct msg_out *msg; /* lent */
	struct mail_link *wire;    /* NULL: could not even be composed */
	uv_timer_t patience;
	unsigned step; /* enum smtp_step */
	struct buf mail, reply;
	char sender[MSG_PEER_MAX];
	char id[COMPOSE_ID_MAX];
	char words[WORDS_MAX];
};

struct smtp {
	struct adapter *adapter;
	const struct adapter_host *host;
	const struct smtp_config *c;
	void (*state)(struct adapter *, bool, const char *);
	struct delivery *deliveries;
	unsigned under_way;
	bool full;        /* E_AGAIN was said */
	uv_timer_t later; /* ends deliveries that never connect, and the drain */
	void (*drained)(void *);
	void *arg;
};

/* --- pure --- */

enum sent smtp_verdict(enum smtp_step step, unsigned code)
{
	if (step == SMTP_ANSWER && code / 100 == 2)
		return SENT_ACCEPTED;
	if (step == SMTP_ANSWER && code / 100 != 4 && code / 100 != 5)
		return SENT_UNKNOWN;
	/* 53x: the server wants a login or TLS. That is our trouble, not the mail's. */
	bool ours = code == 530 || code == 534 || code == 535 || code == 538;
	return code / 100 == 5 && step != SMTP_CONNECTING && !ours ? SENT_REFUSED : SENT_RETRY;
}

size_t smtp_reply(const char *p, size_t len, unsigned *code, const char **words, size_t *n)
{
	for (size_t at = 0; at < len;) {
		const char *line = p + at, *lf = memchr(line, '\n', len - at);
		if (!lf)
			return 0;
		*n = (size_t)(lf - line);
		at += *n + 1;
		while (*n > 0 && line[*n - 1] == '\r')
			--*n;
		*words = line;
		bool digits = *n >= 3 && isdigit((unsigned char)line[0]) && isdigit((unsigned char)line[1]) &&
			isdigit((unsigned char)line[2]);
		*code = digits ? (unsigned)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0')) : 0;
		if (!digits || *n == 3 || line[3] != '-')
			return at;
	}
	return 0;
}

/* --- the end of a loan --- */

static void patience_closed(uv_handle_t *h)
{
	free(h->data);
}

static void delivery_end(struct delivery *d)
{
	*d->link = d->next;
	if (d->next)
		d->next->link = d->link;
	d->smtp->under_way--;
	mail_link_close(&d->wire);
	buf_fini(&d->mail);
	buf_fini(&d->reply);
	uv_close((uv_handle_t *)&d->patience, patience_closed);
}

static void later(struct smtp *s);

static void finish(struct delivery *d, enum sent sent, const char *reason)
{
	struct smtp *s = d->smtp;
	const char *id = d->id;
	struct sent_result result = { .sent = sent, .reason = sent == SENT_ACCEPTED ? NULL : reason, .id = &id,
		.ids = sent == SENT_ACCEPTED || sent == SENT_UNKNOWN ? 1 : 0 };
	s->host->sent(s->adapter, d->msg, &result);
	delivery_end(d);
	if (s->full) {
		s->full = false;
		s->host->ready(s->adapter);
	}
	if (s->drained)
		later(s);
}

/* A reply, or the want of one (code 0), ends the delivery. */
static void conclude(struct delivery *d, unsigned code, const char *words)
{
	enum sent sent = smtp_verdict((enum smtp_step)d->step, code);
	char reason[WORDS_MAX];
	snprintf(reason, sizeof reason, "%s", words);
	if (sent != SENT_ACCEPTED)
		log_warn("email", "mail not sent", "channel=%s step=%s code=%u", d->smtp->adapter->channel,
			sm_name(&machine, d->step), code);
	/* A server that answers to mails is up, whatever it says of this one. */
	bool up = sent == SENT_ACCEPTED || sent == SENT_REFUSED || (d->step > SMTP_MAIL && code);
	d->smtp->state(d->smtp->adapter, up, up ? NULL : reason);
	finish(d, sent, reason);
}

/* --- the dialogue --- */

static void on_patience(uv_timer_t *t)
{
	conclude(t->data, 0, "the server does not answer");
}

static void put(struct delivery *d, enum smtp_step step, const void *p, size_t n)
{
	sm_move(&machine, &d->step, step, NULL);
	uv_timer_start(&d->patience, on_patience, step == SMTP_ANSWER ? ANSWER_MS : STEP_MS, 0);
	mail_link_write(d->wire, p, n);
}

static void put_line(struct delivery *d, enum smtp_step step, const char *word, const char *address)
{
	char line[MSG_PEER_MAX + 40];
	int n = snprintf(line, sizeof line, "%s<%s>\r\n", word, address);
	must(n > 0 && (size_t)n < sizeof line);
	put(d, step, line, (size_t)n);
}

/* The mail with its leading dots doubled, and the end. Every line of it ends with CRLF (compose.h). */
static void put_mail(struct delivery *d)
{
	struct buf wire;
	buf_init(&wire, 2 * COMPOSE_MAX);
	const char *p = buf_str(&d->mail), *end = p + d->mail.len;
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = lf ? (size_t)(lf - p) + 1 : (size_t)(end - p);
		if (*p == '.')
			buf_addc(&wire, '.');
		buf_add(&wire, p, n);
		p += n;
	}
	buf_adds(&wire, ".\r\n");
	put(d, SMTP_ANSWER, wire.data, wire.len);
	buf_fini(&wire);
}

/* false: the delivery is over. */
static bool on_reply(struct delivery *d, unsigned code, const char *words)
{
	unsigned hoped = d->step == SMTP_DATA ? 3 : 2;
	if (d->step == SMTP_ANSWER || code / 100 != hoped) {
		conclude(d, code, words);
		return false;
	}
	if (d->step == SMTP_MAIL)
		put_line(d, SMTP_RCPT, "RCPT TO:", d->msg->peer);
	else if (d->step == SMTP_RCPT)
		put(d, SMTP_DATA, "DATA\r\n", 6);
	else
		put_mail(d);
	return true;
}

static void on_open(void *owner)
{
	struct delivery *d = owner;
	put_line(d, SMTP_MAIL, "MAIL FROM:", d->sender);
}

static void on_bytes(void *owner, const char *p, size_t n)
{
	struct delivery *d = owner;
	if (!buf_add(&d->reply, p, n)) {
		conclude(d, 0, "the server's reply is too long");
		return;
	}
	unsigned code;
	const char *words;
	size_t used, len;
	while ((used = smtp_reply(buf_str(&d->reply), d->reply.len, &code, &words, &len))) {
		snprintf(d->words, sizeof d->words, "%.*s", (int)(len < sizeof d->words ? len : sizeof d->words - 1), words);
		buf_drop(&d->reply, used);
		if (!on_reply(d, code, d->words))
			return;
	}
}

static void on_close(void *owner, const char *why)
{
	struct delivery *d = owner;
	d->wire = NULL;
	conclude(d, 0, why);
}

static const struct mail_link_ops ops = { .on_open = on_open, .on_bytes = on_bytes, .on_close = on_close };

/* --- sending --- */

static void on_later(uv_timer_t *t)
{
	struct smtp *s = t->data;
	for (struct delivery *d = s->deliveries, *next; d; d = next) {
		next = d->next;
		if (!d->wire)
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

static struct delivery *delivery_create(struct smtp *s, const struct msg_out *m)
{
	struct delivery *d = mem_new(struct delivery);
	*d = (struct delivery){ .smtp = s, .msg = m, .next = s->deliveries, .link = &s->deliveries };
	if (s->deliveries)
		s->deliveries->link = &d->next;
	s->deliveries = d;
	s->under_way++;
	buf_init(&d->mail, COMPOSE_MAX);
	buf_init(&d->reply, REPLY_MAX);
	uv_timer_init(s->host->loop, &d->patience);
	d->patience.data = d;
	return d;
}

int smtp_send(struct smtp *s, const struct msg_out *m)
{
	if (s->under_way >= s->c->connections || s->drained) {
		s->full = true;
		return E_AGAIN;
	}
	struct delivery *d = delivery_create(s, m);
	struct compose c = { .msg = m, .own = s->c->own, .hotline = s->host->hotline, .language = s->host->language,
		.secret = s->host->secret, .now = clock_now(), .reply_token = s->c->reply_token };
	const char *fault = !s->c->link.url ? "this channel has no smtp_url" :
		compose_mail(&c, &d->mail, d->id, d->sender) ? NULL : "not an address a mail can go to";
	if (fault) {
		snprintf(d->words, sizeof d->words, "%s", fault);
		later(s);
	} else {
		d->wire = mail_link_open(s->host->loop, &s->c->link, &ops, d);
	}
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
	while (s->deliveries)
		finish(s->deliveries, s->deliveries->step == SMTP_ANSWER ? SENT_UNKNOWN : SENT_RETRY, "stopping");
	uv_close((uv_handle_t *)&s->later, later_closed);
	*sp = NULL;
}
