#include "adapters/email/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/email/compose.h"
#include "adapters/email/pace.h"
#include "gateway/base/blob_load.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/sm.h"
#include "gateway/model/attachment.h"

enum { WORDS_MAX = 300, STEP_MS = 60000, CONTENT_MS = 180000, ANSWER_MS = 600000 /* RFC 5321 */, REPLY_MAX = 16 << 10, IDLE_MS = 30000, QUIT_MS = 2000,
	MAILS_A_LINK = 100, PACED_MAX = 500, LOOK_FIRST_MS = 2000, LOOK_MAX_MS = 300000 };

/* A link, which carries one mail after the other:
 *
 *        ┌───────────────────────────────────────────────────────────┐
 *        │                                                           v
 *   connecting ──> mail ──> rcpt ──> data ──> content ──> answer ──> idle ──> quitting
 *                   ^ └───────┴────────┴─────────────────────┤         │ ^
 *                   │                                        v         │ │
 *                   │                                     resetting ───┼─┘
 *                   └──────────────────────────────────────────────────┘
 *
 * One that only looks whether the server is back connects without a mail. Content is left when its last byte has been given
 * away; each other of mail … answer waits for the reply to what its name says. A refusal resets the dialogue; one within the
 * content, no reply, or one that closes the dialogue, ends the link. */
enum link_state { LINK_CONNECTING, LINK_MAIL, LINK_RCPT, LINK_DATA, LINK_CONTENT, LINK_ANSWER, LINK_IDLE, LINK_RESETTING,
	LINK_QUITTING };
static const struct sm_table machine = {
	.name = "smtp",
	.state = (const char *const[]){ "connecting", "mail", "rcpt", "data", "content", "answer", "idle", "resetting",
		"quitting" },
	.next = (const uint32_t[]){ SM_TO(LINK_MAIL) | SM_TO(LINK_IDLE), SM_TO(LINK_RCPT) | SM_TO(LINK_RESETTING),
		SM_TO(LINK_DATA) | SM_TO(LINK_RESETTING), SM_TO(LINK_CONTENT) | SM_TO(LINK_RESETTING), SM_TO(LINK_ANSWER),
		SM_TO(LINK_IDLE) | SM_TO(LINK_RESETTING), SM_TO(LINK_MAIL) | SM_TO(LINK_QUITTING), SM_TO(LINK_IDLE), 0 },
	.count = 9
};
_Static_assert((int)LINK_CONNECTING == SMTP_CONNECTING && (int)LINK_ANSWER == SMTP_ANSWER, "states of a mail are its steps");

/* One mail: waiting (link NULL), or on a link. */
struct delivery {
	struct smtp *smtp;
	struct delivery *next, **at;
	const struct msg_out *msg; /* lent */
	struct link *link;
	const char *fault;         /* it cannot be a mail: why */
	bool again;                /* was on a link the server had closed meanwhile: once more, on a new one */
	struct blob_load *load;    /* its files are on their way */
	struct buf *file;          /* owned: msg->attachment_count of them */
	struct buf mail;
	char sender[MSG_PEER_MAX];
	char id[COMPOSE_ID_MAX];
};

struct link {
	struct smtp *smtp;
	struct link *next, **at;
	struct mail_link *wire;
	struct delivery *mail;     /* NULL: idle, or none yet */
	uv_timer_t patience;
	unsigned state;            /* enum link_state */
	unsigned mails;
	struct buf reply;
};

struct smtp {
	struct adapter *adapter;
	const struct adapter_host *host;
	const struct smtp_config *c;
	void (*state)(struct adapter *, bool, const char *);
	struct delivery *first, **last; /* in the order they came */
	struct link *links;
	unsigned loans, open;
	struct pace pace;
	bool full;        /* E_AGAIN was said */
	int64_t look_at;  /* sending does not work: when to look again; 0: it works, or a look is under way */
	int64_t look_ms;  /* the last wait before a look; 0: none since a mail was answered */
	uv_timer_t later; /* goes on with what waits, and ends the drain */
	void (*drained)(void *);
	void *arg;
};

static void later(struct smtp *s, uint64_t ms);

/* --- the end of a loan --- */

/* Before the loan ends. */
static void files_free(struct delivery *d)
{
	for (size_t i = 0; d->file && i < d->msg->attachment_count; i++)
		buf_fini(&d->file[i]);
	free(d->file);
	d->file = NULL;
}

static void delivery_end(struct delivery *d)
{
	struct smtp *s = d->smtp;
	*d->at = d->next;
	if (d->next)
		d->next->at = d->at;
	else
		s->last = d->at;
	s->loans--;
	buf_fini(&d->mail);
	free(d);
}

static void finish(struct delivery *d, struct smtp_verdict v, const char *reason)
{
	struct smtp *s = d->smtp;
	const char *id = d->id;
	blob_load_cancel(&d->load); /* it reads what is lent */
	files_free(d);
	struct sent_result result = { .sent = v.sent, .reason = v.sent == SENT_ACCEPTED ? NULL : reason, .id = &id,
		.retry_ms = v.retry_ms, .ids = v.sent == SENT_ACCEPTED || v.sent == SENT_UNKNOWN ? 1 : 0,
		.receipts = v.sent == SENT_UNKNOWN }; /* a bounce settles it; of what arrives nobody tells */
	s->host->sent(s->adapter, d->msg, &result);
	delivery_end(d);
	if (s->full) {
		s->full = false;
		s->host->ready(s->adapter);
	}
	later(s, 0);
}

/* --- links --- */

static void patience_closed(uv_handle_t *h)
{
	free(h->data);
}

static void link_end(struct link *l)
{
	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	l->smtp->open--;
	mail_link_close(&l->wire);
	buf_fini(&l->reply);
	uv_close((uv_handle_t *)&l->patience, patience_closed);
	later(l->smtp, 0);
}

static void on_patience(uv_timer_t *t);

static void put(struct link *l, enum link_state state, const void *p, size_t n, uint64_t patience_ms)
{
	sm_move(&machine, &l->state, state, NULL);
	uv_timer_start(&l->patience, on_patience, patience_ms, 0);
	mail_link_write(l->wire, p, n);
}

/* Who is down gets no mail to find out by that sending works again: pump() looks. */
static void tell(struct smtp *s, bool up, const char *why)
{
	if (up) {
		s->look_at = 0;
	} else if (!s->look_at) {
		s->look_ms = !s->look_ms ? LOOK_FIRST_MS : 2 * s->look_ms < LOOK_MAX_MS ? 2 * s->look_ms : LOOK_MAX_MS;
		s->look_at = clock_monotonic() + s->look_ms;
	}
	s->state(s->adapter, up, why);
}

/* A reply, or the want of one (code 0), ends the mail. false: and the link. */
static bool conclude(struct link *l, unsigned code, const char *words)
{
	struct smtp *s = l->smtp;
	struct delivery *d = l->mail;
	char reason[WORDS_MAX];
	(void)snprintf(reason, sizeof reason, "%s", words);
	unsigned step = l->state;
	bool stale = d && step == LINK_MAIL && !code && l->mails > 1 && !d->again;
	bool goes_on = d && step != LINK_CONTENT && (code / 100 == 4 || code / 100 == 5) && code != 421 && code / 10 != 53;
	l->mail = NULL;
	if (goes_on)
		put(l, LINK_RESETTING, "RSET\r\n", 6, STEP_MS);
	else
		link_end(l);
	if (!d) {
		if (step == LINK_CONNECTING)
			tell(s, false, reason);
		return goes_on;
	}
	d->link = NULL;
	if (stale) {
		d->again = true;
		return false;
	}
	struct smtp_verdict v = smtp_verdict((enum smtp_step)step, code, reason);
	log_warn("email", "mail not sent", "channel=%s step=%s code=%u", s->adapter->channel, sm_name(&machine, step), code);
	/* A server that answers to mails is up, whatever it says of this one. */
	bool up = v.sent == SENT_REFUSED || (step > LINK_MAIL && code);
	if (up)
		s->look_ms = 0;
	tell(s, up, up ? NULL : reason);
	finish(d, v, reason);
	return goes_on;
}

static void on_patience(uv_timer_t *t)
{
	struct link *l = t->data;
	if (l->state == LINK_IDLE)
		put(l, LINK_QUITTING, "QUIT\r\n", 6, QUIT_MS);
	else if (l->state == LINK_QUITTING)
		link_end(l);
	else
		(void)conclude(l, 0, "the server does not answer");
}

static void put_line(struct link *l, enum link_state state, const char *word, const char *address)
{
	char line[MSG_PEER_MAX + 40];
	int n = snprintf(line, sizeof line, "%s<%s>\r\n", word, address);
	must(n > 0 && (size_t)n < sizeof line);
	put(l, state, line, (size_t)n, STEP_MS);
}

/* The mail with its leading dots doubled, and the end. Every line of it ends with CRLF (compose.h). */
static void put_mail(struct link *l)
{
	struct buf wire;
	buf_init(&wire, 2 * (COMPOSE_MAX + COMPOSE_FILES_MAX));
	const char *p = buf_str(&l->mail->mail), *end = p + l->mail->mail.len;
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = lf ? (size_t)(lf - p) + 1 : (size_t)(end - p);
		if (*p == '.')
			buf_addc(&wire, '.');
		buf_add(&wire, p, n);
		p += n;
	}
	buf_adds(&wire, ".\r\n");
	put(l, LINK_CONTENT, wire.data, wire.len, CONTENT_MS);
	buf_fini(&wire);
}

/* However long the mail is, it may take its time as long as it moves. */
static void on_written(void *owner, size_t left)
{
	struct link *l = owner;
	if (l->state != LINK_CONTENT)
		return;
	if (!left)
		sm_move(&machine, &l->state, LINK_ANSWER, NULL);
	uv_timer_start(&l->patience, on_patience, left ? CONTENT_MS : ANSWER_MS, 0);
}

static void begin(struct link *l, struct delivery *d)
{
	l->mail = d;
	d->link = l;
	l->mails++;
	put_line(l, LINK_MAIL, "MAIL FROM:", d->sender);
}

static void rest(struct link *l)
{
	sm_move(&machine, &l->state, LINK_IDLE, NULL);
	uv_timer_start(&l->patience, on_patience, l->mails < MAILS_A_LINK ? IDLE_MS : 0, 0);
	later(l->smtp, 0);
}

static void accepted(struct link *l)
{
	struct delivery *d = l->mail;
	l->mail = NULL;
	rest(l);
	l->smtp->look_ms = 0;
	tell(l->smtp, true, NULL);
	finish(d, (struct smtp_verdict){ SENT_ACCEPTED, 0 }, NULL);
}

/* false: the link is gone. */
static bool on_reply(struct link *l, unsigned code, const char *words)
{
	bool hoped = l->state != LINK_CONTENT && code / 100 == (l->state == LINK_DATA ? 3 : 2);
	if (l->state == LINK_QUITTING || l->state == LINK_IDLE) { /* 221, or 421: it has had enough */
		link_end(l);
		return false;
	}
	if (!hoped)
		return conclude(l, code, words);
	if (l->state == LINK_RESETTING)
		rest(l);
	else if (l->state == LINK_MAIL)
		put_line(l, LINK_RCPT, "RCPT TO:", l->mail->msg->peer);
	else if (l->state == LINK_RCPT)
		put(l, LINK_DATA, "DATA\r\n", 6, STEP_MS);
	else if (l->state == LINK_DATA)
		put_mail(l);
	else
		accepted(l);
	return true;
}

static void on_open(void *owner)
{
	struct link *l = owner;
	if (l->mail) {
		begin(l, l->mail);
		return;
	}
	l->mails++; /* it waits, as after a mail: the server may close it meanwhile */
	rest(l);
	tell(l->smtp, true, NULL);
}

static void on_bytes(void *owner, const char *p, size_t n)
{
	struct link *l = owner;
	if (!buf_add(&l->reply, p, n)) {
		(void)conclude(l, 0, "the server's reply is too long");
		return;
	}
	unsigned code;
	const char *words;
	char line[WORDS_MAX];
	size_t used, len;
	while ((used = smtp_reply(buf_str(&l->reply), l->reply.len, &code, &words, &len))) {
		(void)snprintf(line, sizeof line, "%.*s", (int)(len < sizeof line ? len : sizeof line - 1), words);
		buf_drop(&l->reply, used);
		if (!on_reply(l, code, line))
			return;
	}
}

static void on_close(void *owner, const char *why)
{
	struct link *l = owner;
	l->wire = NULL;
	(void)conclude(l, 0, why);
}

static const struct mail_link_ops ops = { .on_open = on_open, .on_bytes = on_bytes, .on_written = on_written,
	.on_close = on_close };

static struct link *idle_link(const struct smtp *s)
{
	for (struct link *l = s->links; l; l = l->next)
		if (l->state == LINK_IDLE && !l->mail && l->mails < MAILS_A_LINK)
			return l;
	return NULL;
}

/* d NULL: only to see whether the server is back. */
static void connect_link(struct smtp *s, struct delivery *d)
{
	struct link *l = mem_new(struct link);
	*l = (struct link){ .smtp = s, .next = s->links, .at = &s->links, .mail = d };
	if (s->links)
		s->links->at = &l->next;
	s->links = l;
	s->open++;
	buf_init(&l->reply, REPLY_MAX);
	uv_timer_init(s->host->loop, &l->patience);
	l->patience.data = l;
	if (d)
		d->link = l;
	l->wire = mail_link_open(s->host->loop, &s->c->link, &ops, l);
}

/* Begins this mail if a link and its domain's pace allow. Returns the ms to wait; -1: no link. */
static int64_t try_begin(struct smtp *s, struct delivery *d, int64_t now)
{
	struct link *l = d->again ? NULL : idle_link(s);
	if (!l && s->open >= s->c->connections)
		return -1;
	int64_t wait = pace_wait(&s->pace, d->msg->peer, now);
	if (wait > 0)
		return wait;
	if (l)
		begin(l, d);
	else
		connect_link(s, d);
	return 0;
}

static void look(struct smtp *s, int64_t now)
{
	if (!s->look_at)
		return;
	if (now < s->look_at) {
		later(s, (uint64_t)(s->look_at - now));
	} else if (idle_link(s)) {
		tell(s, true, NULL);
	} else if (s->open == 0) { /* else what is open will tell, and its end comes here */
		s->look_at = 0;
		connect_link(s, NULL);
	}
}

static void pump(struct smtp *s)
{
	int64_t now = clock_monotonic(), soonest = 0;
	for (struct delivery *d = s->first, *next; d; d = next) {
		next = d->next;
		if (d->link || d->fault || d->load)
			continue;
		int64_t wait = try_begin(s, d, now);
		if (wait < 0)
			break;
		if (wait > 0 && (!soonest || wait < soonest))
			soonest = wait;
	}
	if (soonest)
		later(s, (uint64_t)soonest);
	look(s, now);
}

/* --- sending --- */

static void on_later(uv_timer_t *t)
{
	struct smtp *s = t->data;
	for (struct delivery *d = s->first, *next; d; d = next) {
		next = d->next;
		if (d->fault)
			finish(d, (struct smtp_verdict){ SENT_REFUSED, 0 }, d->fault);
		else if (s->drained && !d->link) /* not begun: after the next start */
			finish(d, (struct smtp_verdict){ SENT_RETRY, 0 }, "stopping");
	}
	if (!s->drained) {
		pump(s);
	} else if (s->loans == 0) {
		void (*done)(void *) = s->drained;
		s->drained = NULL;
		uv_timer_stop(&s->later);
		done(s->arg);
	}
}

static void later(struct smtp *s, uint64_t ms)
{
	if (!uv_is_closing((uv_handle_t *)&s->later) && (!uv_is_active((uv_handle_t *)&s->later) || uv_timer_get_due_in(&s->later) > ms))
		uv_timer_start(&s->later, on_later, ms, 0);
}

/* With files it runs on a worker: what is lent does not change meanwhile. */
static void write_mail(void *arg)
{
	struct delivery *d = arg;
	const struct smtp *s = d->smtp;
	struct compose c = { .msg = d->msg, .own = s->c->own, .hotline = s->host->hotline, .language = s->host->language,
		.secret = s->host->secret, .now = clock_now(), .file = d->file, .reply_token = s->c->reply_token };
	d->fault = compose_mail(&c, &d->mail, d->id, d->sender) ? NULL : d->mail.overflow ? "too large for a mail" :
		"not an address a mail can go to";
}

static void loaded(void *arg, int rc, const char *words)
{
	struct delivery *d = arg;
	struct smtp *s = d->smtp;
	d->load = NULL;
	files_free(d);
	if (rc < 0) {
		log_error("email", "a file was not read", "channel=%s message=%llu reason=\"%s\"", s->adapter->channel,
			(unsigned long long)d->msg->id, words);
		finish(d, (struct smtp_verdict){ rc == E_NOTFOUND ? SENT_REFUSED : SENT_RETRY, 0 }, words);
		return;
	}
	later(s, 0);
}

static void load(struct delivery *d)
{
	const struct msg_out *m = d->msg;
	const char *sha256[ATTACHMENT_OUT_MAX];
	must(m->attachment_count <= ATTACHMENT_OUT_MAX);
	d->file = mem_array(struct buf, m->attachment_count);
	for (size_t i = 0; i < m->attachment_count; i++) {
		sha256[i] = m->attachment[i].sha256;
		buf_init(&d->file[i], ATTACHMENT_OUT_BYTES);
	}
	d->load = blob_load_start(d->smtp->host->loop, d->smtp->host->blobs, sha256, d->file, m->attachment_count, write_mail, loaded, d);
}

int smtp_send(struct smtp *s, const struct msg_out *m)
{
	unsigned most = s->c->connections + (s->pace.per_minute ? PACED_MAX : 0);
	if (s->loans >= most || s->drained) {
		s->full = true;
		return E_AGAIN;
	}
	struct delivery *d = mem_new(struct delivery);
	*d = (struct delivery){ .smtp = s, .msg = m, .at = s->last };
	*s->last = d;
	s->last = &d->next;
	s->loans++;
	buf_init(&d->mail, m->attachment_count ? COMPOSE_MAX + COMPOSE_FILES_MAX : COMPOSE_MAX);
	if (!s->c->link.url)
		d->fault = "this channel has no smtp_url";
	else if (m->attachment_count)
		load(d);
	else
		write_mail(d);
	later(s, 0);
	return 0;
}

struct smtp *smtp_create(struct adapter *adapter, const struct adapter_host *host, const struct smtp_config *c,
	void (*state)(struct adapter *, bool up, const char *words))
{
	struct smtp *s = mem_new(struct smtp);
	*s = (struct smtp){ .adapter = adapter, .host = host, .c = c, .state = state, .pace = { .per_minute = c->pace } };
	s->last = &s->first;
	uv_timer_init(host->loop, &s->later);
	s->later.data = s;
	return s;
}

void smtp_drain(struct smtp *s, void (*done)(void *arg), void *arg)
{
	s->drained = done;
	s->arg = arg;
	later(s, 0);
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
	uv_close((uv_handle_t *)&s->later, later_closed);
	while (s->first) {
		struct link *l = s->first->link;
		enum sent sent = l && l->state == LINK_ANSWER ? SENT_UNKNOWN : SENT_RETRY;
		if (l)
			l->mail = NULL;
		finish(s->first, (struct smtp_verdict){ sent, 0 }, "stopping");
	}
	while (s->links)
		link_end(s->links);
	*sp = NULL;
}
