#include "adapters/email/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "adapters/email/imap_line.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/sm.h"

enum { WINDOW = 500, UIDS_MAX = WINDOW, TAG_MAX = 32, ANSWER_MS = 60000, BACKOFF_MS = 1000, BACKOFF_MAX_MS = 300000,
	RETRY_MS = 5000, LOOK_BACK_S = 7 * 24 * 3600, DRAIN_MS = 5000 };

/*   off ──> connecting ──> identifying ──> selecting ──> searching ──> fetching ──> storing ──> flagging
 *    ^                                      ^  │            │  ^ ^       │  │          │            │
 *    │                                      │  └──> idle <──┘  │ └───────┼──┴──────────┴────────────┘
 *    │                                      └────────┘         └── next window or next mail
 *    └── any: the connection is lost, the server breaks the protocol, or it says nothing for a minute */
enum imap_state { IMAP_OFF, IMAP_CONNECTING, IMAP_IDENTIFYING, IMAP_SELECTING, IMAP_SEARCHING, IMAP_FETCHING,
	IMAP_STORING,
	IMAP_FLAGGING, IMAP_IDLE };
#define OR_OFF SM_TO(IMAP_OFF)
static const struct sm_table machine = {
	.name = "imap",
	.state = (const char *const[]){ "off", "connecting", "identifying", "selecting", "searching", "fetching", "storing",
		"flagging", "idle" },
	.next = (const uint32_t[]){
		[IMAP_OFF] = SM_TO(IMAP_CONNECTING),
		[IMAP_CONNECTING] = SM_TO(IMAP_IDENTIFYING) | OR_OFF,
		[IMAP_IDENTIFYING] = SM_TO(IMAP_SELECTING) | OR_OFF,
		[IMAP_SELECTING] = SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_SEARCHING] = SM_TO(IMAP_FETCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_FETCHING] = SM_TO(IMAP_STORING) | SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_STORING] = SM_TO(IMAP_FLAGGING) | SM_TO(IMAP_FETCHING) | SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_FLAGGING] = SM_TO(IMAP_FETCHING) | SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_IDLE] = SM_TO(IMAP_SELECTING) | OR_OFF,
	},
	.count = 9
};

struct imap {
	struct adapter *adapter;
	const struct adapter_host *host;
	const struct imap_config *c;
	struct intake *intake;
	void (*report)(struct adapter *, bool, const char *);
	unsigned state; /* enum imap_state */
	struct mail_link *link;
	struct imap_reader reader;
	uv_timer_t timer;      /* the next poll, the next try, or the end of patience */
	unsigned failures;
	char tag_prefix[16];   /* random, so that no text can hold our tags by design */
	unsigned tag_count;
	char tag[TAG_MAX];
	char *cursor_key;
	/* the mailbox */
	bool known;            /* the cursor was asked for */
	char which[64];        /* what is searched beside the numbers, until the first round is through */
	uint32_t validity, validity_now, next_uid;
	uint32_t last;         /* done up to here */
	uint32_t window_end;
	uint32_t uid[UIDS_MAX];
	size_t uids, at;
	/* the mail under way */
	struct spool mail;
	bool arriving, arrived, truncated, spool_failed;
	struct intake_job *job;
	bool draining;
	void (*drained)(void *);
	void *arg;
	bool destroyed, asking;
};

static void on_timer(uv_timer_t *t);

static void move(struct imap *i, enum imap_state to)
{
	sm_move(&machine, &i->state, to, i->adapter->channel);
}

static void wait_ms(struct imap *i, uint64_t ms)
{
	uv_timer_start(&i->timer, on_timer, ms, 0);
}

static void drop_mail(struct imap *i)
{
	spool_fini(&i->mail);
	i->arriving = i->arrived = i->truncated = i->spool_failed = false;
}

/* --- the connection's end --- */

static void maybe_drained(struct imap *i)
{
	if (!i->draining || !i->drained || i->job || i->asking)
		return;
	void (*done)(void *) = i->drained;
	i->drained = NULL;
	done(i->arg);
}

static void off(struct imap *i)
{
	mail_link_close(&i->link);
	if (!i->job)
		drop_mail(i);
	if (i->state != IMAP_OFF)
		move(i, IMAP_OFF);
}

static void fail(struct imap *i, const char *why)
{
	off(i);
	i->report(i->adapter, false, why);
	log_warn("email", "imap connection lost", "channel=%s reason=%s", i->adapter->channel, why);
	uint64_t ms = BACKOFF_MS;
	for (unsigned k = 0; k < i->failures && ms < BACKOFF_MAX_MS; k++)
		ms *= 2;
	i->failures++;
	if (!i->draining)
		wait_ms(i, ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS);
}

/* --- commands --- */

static void command(struct imap *i, enum imap_state state, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void command(struct imap *i, enum imap_state state, const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	buf_init(&b, 8192);
	snprintf(i->tag, sizeof i->tag, "%s%u", i->tag_prefix, ++i->tag_count);
	buf_addf(&b, "%s ", i->tag);
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	buf_adds(&b, "\r\n");
	if (i->state != state)
		move(i, state);
	mail_link_write(i->link, b.data, b.len);
	buf_fini(&b);
	wait_ms(i, ANSWER_MS);
}

static void select_mailbox(struct imap *i)
{
	struct buf url, name;
	buf_init(&url, 1024);
	buf_init(&name, 8192);
	if (!imap_url_mailbox(i->c->link.url, &url) || !imap_mailbox(buf_str(&url), &name))
		fail(i, "imap_url names no mailbox");
	else {
		i->validity_now = i->next_uid = 0;
		command(i, IMAP_SELECTING, "SELECT %s", buf_str(&name));
	}
	buf_fini(&url);
	buf_fini(&name);
}

static void idle(struct imap *i, uint64_t ms)
{
	move(i, IMAP_IDLE);
	wait_ms(i, ms);
}

static void end_drain(struct imap *i)
{
	off(i);
	uv_timer_stop(&i->timer);
	maybe_drained(i);
}

static void search(struct imap *i)
{
	uint32_t from = i->last + 1;
	i->uids = i->at = 0;
	if (i->last == UINT32_MAX || (i->next_uid && from >= i->next_uid)) {
		i->which[0] = '\0';
		idle(i, i->c->poll_s * 1000ULL);
		return;
	}
	bool all = i->next_uid == 0 || from > UINT32_MAX - WINDOW; /* a server need not name UIDNEXT */
	i->window_end = all ? UINT32_MAX : from + WINDOW - 1;
	if (all)
		command(i, IMAP_SEARCHING, "UID SEARCH UID %u:*%s", from, i->which);
	else
		command(i, IMAP_SEARCHING, "UID SEARCH UID %u:%u%s", from, i->window_end, i->which);
}

/* The next mail of the window, or the next window. */
static void proceed(struct imap *i)
{
	drop_mail(i);
	if (i->draining) {
		end_drain(i);
	} else if (i->at < i->uids) {
		command(i, IMAP_FETCHING, "UID FETCH %u (UID BODY.PEEK[])", i->uid[i->at]);
	} else if (i->next_uid == 0 && i->uids == 0) {
		idle(i, i->c->poll_s * 1000ULL);
	} else {
		if (i->next_uid)
			/* later mail is numbered from next_uid */
			i->last = i->window_end < i->next_uid ? i->window_end : i->next_uid - 1;
		search(i);
	}
}

static void next_mail(struct imap *i)
{
	i->last = i->uid[i->at++];
	proceed(i);
}

/* --- one mail --- */

static void after_stored(struct imap *i)
{
	uint32_t uid = i->uid[i->at];
	if (!strncasecmp(i->c->after, "move:", 5)) {
		struct buf folder;
		buf_init(&folder, 8192);
		if (imap_mailbox(i->c->after + 5, &folder))
			command(i, IMAP_FLAGGING, "UID MOVE %u %s", uid, buf_str(&folder));
		else
			next_mail(i);
		buf_fini(&folder);
	} else if (!strcasecmp(i->c->after, "seen")) {
		command(i, IMAP_FLAGGING, "UID STORE %u +FLAGS.SILENT (\\Seen)", uid);
	} else {
		next_mail(i);
	}
}

static void on_stored(void *owner, enum taken taken, const char *reason)
{
	struct imap *i = owner;
	i->job = NULL;
	if (i->state != IMAP_STORING) { /* the connection went away meanwhile */
		drop_mail(i);
		maybe_drained(i);
		return;
	}
	mail_link_pause(i->link, false);
	if (taken == TAKEN_RETRY) {
		log_warn("email", "imap round stopped", "channel=%s uid=%u reason=%s", i->adapter->channel, i->uid[i->at],
			reason ? reason : "");
		drop_mail(i);
		if (i->draining)
			end_drain(i);
		else
			idle(i, RETRY_MS);
		return;
	}
	if (taken == TAKEN_REFUSED)
		log_info("email", "mail kept aside", "channel=%s uid=%u reason=%s", i->adapter->channel, i->uid[i->at],
			reason ? reason : "");
	after_stored(i);
}

static void store(struct imap *i)
{
	char value[48];
	snprintf(value, sizeof value, "%u:%u", i->validity, i->uid[i->at]);
	struct intake_mail mail = { .raw = &i->mail, .cursor_key = i->cursor_key, .cursor_value = value,
		.truncated = i->truncated };
	move(i, IMAP_STORING);
	uv_timer_stop(&i->timer);
	mail_link_pause(i->link, true);
	i->job = intake_start(i->intake, &mail, on_stored, i);
}

/* --- answers --- */

/* What is looked for in a mailbox whose numbers are new to us. */
static void look_back(struct imap *i)
{
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	time_t t = (time_t)(clock_now() / 1000) - LOOK_BACK_S;
	struct tm tm;
	gmtime_r(&t, &tm);
	if (i->validity) /* another numbering: what was stored before is found by its id */
		snprintf(i->which, sizeof i->which, " OR UNSEEN SINCE %d-%s-%d", tm.tm_mday, month[tm.tm_mon],
			tm.tm_year + 1900);
	else
		snprintf(i->which, sizeof i->which, " UNSEEN");
}

static void selected(struct imap *i)
{
	if (i->validity_now == 0) {
		fail(i, "the server names no UIDVALIDITY");
		return;
	}
	if (i->validity != i->validity_now) {
		look_back(i);
		i->validity = i->validity_now;
		i->last = 0;
	}
	i->failures = 0;
	i->report(i->adapter, true, NULL);
	search(i);
}

static void tagged(struct imap *i, const char *rest)
{
	bool ok = !strncasecmp(rest, "OK", 2);
	if (i->state == IMAP_IDENTIFYING)
		select_mailbox(i); /* a server without ID says BAD; 163 opens no mailbox without it */
	else if (i->state == IMAP_SELECTING && ok)
		selected(i);
	else if (i->state == IMAP_SEARCHING && ok)
		proceed(i);
	else if (i->state == IMAP_FETCHING && i->spool_failed) {
		drop_mail(i);
		idle(i, RETRY_MS);
	} else if (i->state == IMAP_FETCHING && ok && i->arrived)
		store(i);
	else if (i->state == IMAP_FETCHING)
		next_mail(i); /* gone meanwhile, or the server cannot give it */
	else if (i->state == IMAP_FLAGGING) {
		if (!ok)
			log_warn("email", "imap_after refused", "channel=%s answer=%.200s", i->adapter->channel, rest);
		next_mail(i);
	} else
		fail(i, rest);
}

static void take_uids(struct imap *i, const char *p)
{
	uint32_t uid;
	while ((uid = imap_next_uid(&p)))
		if (uid > i->last && uid <= i->window_end && i->uids < UIDS_MAX)
			i->uid[i->uids++] = uid;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void untagged(struct imap *i, const char *line)
{
	if (i->state == IMAP_SELECTING && imap_code(line, "UIDVALIDITY"))
		i->validity_now = imap_code(line, "UIDVALIDITY");
	if (i->state == IMAP_SELECTING && imap_code(line, "UIDNEXT"))
		i->next_uid = imap_code(line, "UIDNEXT");
	if (i->state == IMAP_SEARCHING && !strncasecmp(line, "* SEARCH", 8)) {
		take_uids(i, line + 8);
		qsort(i->uid, i->uids, sizeof *i->uid, by_number);
	}
	if (i->arriving) {
		i->arriving = false;
		i->arrived = true;
	}
}

static void on_answer(void *arg, const char *line, size_t n)
{
	(void)n;
	struct imap *i = arg;
	size_t k = strlen(i->tag);
	if (!i->link)
		return; /* an answer before this one ended the connection */
	bool asked = i->state >= IMAP_IDENTIFYING && i->state != IMAP_IDLE && i->state != IMAP_STORING;
	if (asked && k > 0 && !strncmp(line, i->tag, k) && line[k] == ' ')
		tagged(i, line + k + 1);
	else if (!strncasecmp(line, "* BYE", 5))
		fail(i, line);
	else if (line[0] == '*')
		untagged(i, line);
}

static bool on_literal(void *arg, const char *line, uint64_t n)
{
	(void)n;
	struct imap *i = arg;
	if (i->state != IMAP_FETCHING || line[0] != '*' || !strcasestr(line, "BODY[]"))
		return false;
	/* Only the mail that was asked for, if its number stands before the text. */
	const char *uid = strcasestr(line, "(UID ");
	if (uid && strtoul(uid + 5, NULL, 10) != i->uid[i->at])
		return true; /* read and thrown away: not arriving */
	i->arriving = !i->arrived;
	return true;
}

static void on_literal_bytes(void *arg, const void *p, size_t n)
{
	struct imap *i = arg;
	struct err e;
	wait_ms(i, ANSWER_MS);
	if (!i->arriving || i->spool_failed || i->truncated)
		return;
	if (i->mail.len + n > i->c->max_size) {
		n = i->c->max_size - i->mail.len;
		i->truncated = true;
	}
	if (n > 0 && spool_add(&i->mail, p, n, &e) < 0) {
		log_error("email", "mail could not be spooled", "reason=%s", e.words);
		i->spool_failed = true;
	}
}

/* --- the link's calls --- */

static void on_open(void *owner)
{
	struct imap *i = owner;
	uint8_t random[5];
	crypto_random(random, sizeof random);
	crypto_base32(random, sizeof random, i->tag_prefix);
	i->tag_count = 0;
	command(i, IMAP_IDENTIFYING, "ID (\"name\" \"xinqiao\" \"version\" \"%s\")", XQ_VERSION);
}

static void on_bytes(void *owner, const char *p, size_t n)
{
	struct imap *i = owner;
	struct imap_sink sink = { .answer = on_answer, .literal = on_literal, .bytes = on_literal_bytes, .arg = i };
	/* The reader may be emptied by an answer that ends the connection; on_answer then drops what is left of this
	 * piece. */
	if (!imap_read(&i->reader, p, n, &sink) && i->link)
		fail(i, "the server's answer is no IMAP, or too long");
}

static void on_close(void *owner, const char *why)
{
	struct imap *i = owner;
	i->link = NULL;
	fail(i, why);
}

static const struct mail_link_ops link_ops = { .on_open = on_open, .on_bytes = on_bytes, .on_close = on_close };

static void connect_now(struct imap *i)
{
	imap_reader_fini(&i->reader); /* what the last connection left half read */
	imap_reader_init(&i->reader);
	move(i, IMAP_CONNECTING);
	i->link = mail_link_open(i->host->loop, &i->c->link, &link_ops, i);
}

static void on_cursor(struct adapter *a, void *arg, int rc, const char *value)
{
	(void)a;
	struct imap *i = arg;
	i->asking = false;
	if (i->destroyed) {
		free(i);
		return;
	}
	if (i->draining) {
		maybe_drained(i);
		return;
	}
	if (rc < 0) {
		wait_ms(i, RETRY_MS);
		return;
	}
	unsigned validity, last;
	i->known = true;
	if (sscanf(value, "%u:%u", &validity, &last) == 2) {
		i->validity = validity;
		i->last = last;
	}
	connect_now(i);
}

static void on_timer(uv_timer_t *t)
{
	struct imap *i = t->data;
	if (i->draining)
		end_drain(i);
	else if (i->state == IMAP_OFF && i->job)
		wait_ms(i, RETRY_MS); /* the mail of the lost connection is still being stored */
	else if (i->state == IMAP_OFF && !i->known) {
		i->asking = true;
		i->host->cursor(i->adapter, i->cursor_key, on_cursor, i);
	} else if (i->state == IMAP_OFF)
		connect_now(i);
	else if (i->state == IMAP_IDLE)
		select_mailbox(i);
	else
		fail(i, "the server does not answer");
}

/* --- the whole --- */

struct imap *imap_create(struct adapter *adapter, const struct adapter_host *host, const struct imap_config *c,
	struct intake *intake, void (*state)(struct adapter *, bool up, const char *words))
{
	struct imap *i = mem_new(struct imap);
	*i = (struct imap){ .adapter = adapter, .host = host, .c = c, .intake = intake, .report = state };
	i->cursor_key = mem_printf("imap:%s", c->link.url);
	imap_reader_init(&i->reader);
	spool_init(&i->mail);
	uv_timer_init(host->loop, &i->timer);
	i->timer.data = i;
	return i;
}

void imap_start(struct imap *i)
{
	wait_ms(i, 0);
}

void imap_drain(struct imap *i, void (*done)(void *arg), void *arg)
{
	i->draining = true;
	i->drained = done;
	i->arg = arg;
	/* A mail being stored is finished and flagged; anything else is left where it is. */
	if (i->state != IMAP_STORING)
		wait_ms(i, i->state == IMAP_FLAGGING ? DRAIN_MS : 0);
}

static void timer_closed(uv_handle_t *h)
{
	struct imap *i = h->data;
	i->destroyed = true;
	if (!i->asking)
		free(i);
}

void imap_destroy(struct imap **ip)
{
	struct imap *i = *ip;
	if (!i)
		return;
	if (i->job)
		intake_forget(i->job);
	mail_link_close(&i->link);
	imap_reader_fini(&i->reader);
	spool_fini(&i->mail);
	free(i->cursor_key);
	i->draining = true;
	i->drained = NULL;
	uv_close((uv_handle_t *)&i->timer, timer_closed);
	*ip = NULL;
}

bool imap_url_mailbox(const char *url, struct buf *name)
{
	const char *p = !strncasecmp(url, "imap://", 7) ? url + 7 : !strncasecmp(url, "imaps://", 8) ? url + 8 : NULL;
	if (!p || !*p || *p == '/')
		return false;
	p += strcspn(p, "/");
	p += *p == '/';
	if (!*p)
		return buf_adds(name, "INBOX");
	for (; *p; p++) {
		unsigned c = (unsigned char)*p;
		if (c == '%' && sscanf(p + 1, "%2x", &c) == 1)
			p += 2;
		buf_addc(name, (char)c);
	}
	return true;
}
