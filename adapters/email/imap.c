#include "adapters/email/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/imap_flight.h"
#include "adapters/email/imap_line.h"
#include "adapters/email/imap_mail.h"
#include "adapters/email/imap_place.h"
#include "adapters/email/imap_window.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/pace.h"
#include "gateway/base/sm.h"

enum { TAG_MAX = 32, BACKOFF_MS = 1000, BACKOFF_MAX_MS = 300000,
	RETRY_MS = 5000, PROBE_MS = 60000, LOOK_BACK_MS = 7 * 24 * 3600 * 1000, DRAIN_MS = 5000 };

/*   off ──> connecting ──> identifying ──> selecting ──> searching ──> fetching ──> storing ──> flagging
 *    ^                                      ^  │            │  ^ ^       │  │          │            │
 *    │                                      │  └──> idle <──┘  │ └───────┼──┴──────────┴────────────┘
 *    │                                      └────────┘         └── next window or next mail
 *    └── any: the connection is lost, the server breaks the protocol, or does not answer in time
 * Storing: nothing is read until mails in flight are on disk. Flags left over from a lost connection are set first. */
enum imap_state { IMAP_OFF, IMAP_CONNECTING, IMAP_IDENTIFYING, IMAP_SELECTING, IMAP_SEARCHING, IMAP_FETCHING,
	IMAP_STORING, IMAP_FLAGGING, IMAP_IDLE };
#define OR_OFF SM_TO(IMAP_OFF)
static const struct sm_table machine = {
	.name = "imap",
	.state = (const char *const[]){ "off", "connecting", "identifying", "selecting", "searching", "fetching", "storing",
		"flagging", "idle" },
	.next = (const uint32_t[]){
		[IMAP_OFF] = SM_TO(IMAP_CONNECTING),
		[IMAP_CONNECTING] = SM_TO(IMAP_IDENTIFYING) | OR_OFF,
		[IMAP_IDENTIFYING] = SM_TO(IMAP_SELECTING) | OR_OFF,
		[IMAP_SELECTING] = SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_FLAGGING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_SEARCHING] = SM_TO(IMAP_FETCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_FETCHING] = SM_TO(IMAP_STORING) | SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_FLAGGING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_STORING] = SM_TO(IMAP_FLAGGING) | SM_TO(IMAP_FETCHING) | SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_FLAGGING] = SM_TO(IMAP_FETCHING) | SM_TO(IMAP_STORING) | SM_TO(IMAP_SEARCHING) | SM_TO(IMAP_IDLE) | OR_OFF,
		[IMAP_IDLE] = SM_TO(IMAP_SELECTING) | OR_OFF,
	},
	.count = 9
};

struct imap {
	struct adapter *adapter;
	const struct adapter_host *host;
	const struct imap_config *c;
	struct intake *intake;
	void (*report)(void *arg, bool, const char *);
	void *report_arg;
	unsigned state; /* enum imap_state */
	struct mail_link *link;
	struct imap_reader reader;
	uv_timer_t timer;      /* the next poll, the next try, or the end of patience */
	unsigned failures;     /* of connections, since one gave a mail or had none to give */
	char tag_prefix[16];   /* random, so that no text can hold our tags by design */
	unsigned tag_count;
	char tag[TAG_MAX];
	/* the mailbox */
	bool known;            /* the cursor was asked for */
	uint32_t validity, validity_now;
	struct imap_window window;
	struct imap_flight flight;
	struct imap_job { struct imap *imap; struct intake_job *job; } job[FLIGHT_SLOTS];
	enum imap_flag flag_step;
	const char *folder;    /* where stored mails are moved, or NULL */
	struct imap_mail mail; /* under way */
	char refusal[160];     /* the last there was */
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

/* As it is kept with the mail `uid`, or now (0). */
static const char *place(const struct imap *i, uint32_t uid, char value[IMAP_PLACE_MAX])
{
	imap_place_write(i->validity, flight_place(&i->flight, uid, i->window.last), i->c->link.user, value);
	return value;
}

/* --- the connection's end --- */

static void maybe_drained(struct imap *i)
{
	if (!i->draining || !i->drained || i->flight.busy || i->asking)
		return;
	void (*done)(void *) = i->drained;
	i->drained = NULL;
	done(i->arg);
}

static void off(struct imap *i)
{
	mail_link_close(&i->link);
	imap_mail_drop(&i->mail);
	if (i->state != IMAP_OFF)
		move(i, IMAP_OFF);
}

/* One mail that is not given is no trouble of the mailbox's. */
static void tell(struct imap *i)
{
	char words[sizeof i->refusal + 40];
	bool silent = flight_silence(&i->flight) >= FLIGHT_SILENT;
	(void)snprintf(words, sizeof words, "the server gives no mail: %s", i->refusal);
	i->report(i->report_arg, !silent, silent ? words : NULL);
}

static uint64_t soon(const struct imap *i)
{
	uint64_t poll = i->c->poll_s * 1000ULL;
	return poll < RETRY_MS ? poll : RETRY_MS;
}

static void leave(struct imap *i, uint32_t uid, const char *answer)
{
	log_error("email", "mail left in the mailbox: the server does not give it", "channel=%s mailbox=%s uid=%u answer=%s",
		i->adapter->channel, i->c->mailbox, uid, answer);
	char *words = mem_printf("%s, UID %u: %s", i->c->mailbox, uid, answer), value[IMAP_PLACE_MAX];
	i->host->quarantine(i->adapter, "mail-not-given", "", words, strlen(words), NULL, NULL);
	free(words);
	struct memo memo = { .cursor_key = i->c->cursor, .cursor_value = place(i, 0, value) };
	i->host->remember(i->adapter, &memo, NULL, NULL);
}

/* Its number; the place goes on to it. */
static uint32_t asked(struct imap *i)
{
	uint32_t uid = i->window.uid[i->window.at++];
	if (uid > i->window.last) /* not one that was refused before */
		i->window.last = uid;
	return uid;
}

/* away: so long nothing can be asked for. */
static void refused(struct imap *i, const char *answer, uint64_t away)
{
	uint32_t uid = asked(i);
	(void)snprintf(i->refusal, sizeof i->refusal, "%s", answer);
	enum flight_refusal r = flight_refused(&i->flight, uid, uv_now(i->host->loop) + away, soon(i));
	if (r == FLIGHT_LEFT)
		leave(i, uid, i->refusal);
	else if (r == FLIGHT_FIRST)
		log_warn("email", "mail not given", "channel=%s mailbox=%s uid=%u answer=%s", i->adapter->channel, i->c->mailbox,
			uid, i->refusal);
}

static uint64_t backoff(const struct imap *i)
{
	uint64_t ms = BACKOFF_MS;
	for (unsigned k = 0; k < i->failures && ms < BACKOFF_MAX_MS; k++)
		ms *= 2;
	return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

/* One that ends at a mail is that mail's refusal. */
static void fail(struct imap *i, const char *why)
{
	uint64_t ms = backoff(i);
	log_warn("email", "imap connection lost", "channel=%s reason=%s", i->adapter->channel, why);
	if (i->state == IMAP_FETCHING) {
		refused(i, why, ms);
		tell(i);
	} else {
		i->report(i->report_arg, false, why);
	}
	off(i);
	i->failures++;
	if (!i->draining)
		wait_ms(i, ms);
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
	wait_ms(i, i->c->answer_ms);
}

static void select_mailbox(struct imap *i)
{
	struct buf name;
	buf_init(&name, 8192);
	if (!imap_mailbox(i->c->mailbox, &name))
		fail(i, "the mailbox has no name a server could know");
	else {
		i->validity_now = 0;
		imap_window_open(&i->window);
		command(i, IMAP_SELECTING, "SELECT %s", buf_str(&name));
	}
	buf_fini(&name);
}

/* The round is through; again: some of it comes again. While the server gives nothing it is asked once a minute. */
static void rest(struct imap *i, bool again)
{
	uint64_t poll = i->c->poll_s * 1000ULL, now = uv_now(i->host->loop);
	uint64_t ms = again ? soon(i) : flight_wait(&i->flight, now, poll);
	if (again && flight_silence(&i->flight) >= FLIGHT_PROBES)
		ms = poll > PROBE_MS ? poll : PROBE_MS;
	tell(i);
	i->failures = 0;
	move(i, IMAP_IDLE);
	wait_ms(i, ms > soon(i) ? ms : soon(i));
}

static void end_drain(struct imap *i)
{
	off(i);
	uv_timer_stop(&i->timer);
	maybe_drained(i);
}

static void search(struct imap *i)
{
	struct buf line;
	buf_init(&line, 8192);
	if (imap_window_next(&i->window, &i->flight, &line))
		command(i, IMAP_SEARCHING, "%s", buf_str(&line));
	else
		rest(i, false);
	buf_fini(&line);
}

/* --- flags --- */

/* Marks, or moves, what is stored. A server without MOVE gets its parts one after the other. */
static void flag(struct imap *i, enum imap_flag step)
{
	struct buf line;
	buf_init(&line, 24 << 10);
	i->flag_step = step;
	flight_command(&i->flight, step, i->folder, &line);
	command(i, IMAP_FLAGGING, "%s", buf_str(&line));
	buf_fini(&line);
}

/* --- what is next --- */

/* Reads nothing more until mails in flight are on disk. */
static void wait_stored(struct imap *i)
{
	if (i->state != IMAP_STORING)
		move(i, IMAP_STORING);
	uv_timer_stop(&i->timer);
	mail_link_pause(i->link, true);
}

/* It and all behind it come again. */
static void again_from_failed(struct imap *i)
{
	imap_window_back(&i->window, flight_back(&i->flight));
	rest(i, true);
}

/* The last mail of a window is stored alone, so that the place kept with it is the window's end. */
static void proceed(struct imap *i)
{
	imap_mail_drop(&i->mail);
	const struct imap_window *w = &i->window;
	const struct imap_flight *f = &i->flight;
	bool more = w->at < w->uids && !i->draining && !f->failed && !flight_flags_full(f);
	bool wait = more ? f->busy == FLIGHT_SLOTS || (f->busy && w->at + 1 == w->uids) : f->busy > 0;
	if (wait)
		wait_stored(i);
	else if (more) {
		imap_mail_ask(&i->mail, w->uid[w->at]);
		command(i, IMAP_FETCHING, "UID FETCH %u (UID BODY.PEEK[])", w->uid[w->at]);
	} else if (f->dones)
		flag(i, FLAG_MARK);
	else if (i->draining)
		end_drain(i);
	else if (f->failed)
		again_from_failed(i);
	else
		search(i);
}

/* --- one mail --- */

static void on_stored(void *owner, enum taken taken, const char *reason)
{
	struct imap_job *j = owner;
	struct imap *i = j->imap;
	unsigned slot = (unsigned)(j - i->job);
	uint32_t uid = i->flight.uid[slot];
	j->job = NULL;
	flight_end(&i->flight, slot, taken != TAKEN_RETRY, strcasecmp(i->c->after, "keep") != 0);
	if (taken == TAKEN_RETRY || taken == TAKEN_REFUSED)
		log_info("email", taken == TAKEN_RETRY ? "imap round stopped" : "mail kept aside", "channel=%s uid=%u reason=%s",
			i->adapter->channel, uid, reason ? reason : "");
	if (i->state == IMAP_STORING) {
		mail_link_pause(i->link, false);
		proceed(i);
	} else if (i->state == IMAP_OFF) { /* the connection went away meanwhile */
		maybe_drained(i);
	}
}

static void store(struct imap *i)
{
	char value[IMAP_PLACE_MAX];
	uint32_t uid = asked(i);
	i->failures = 0;
	flight_given(&i->flight);
	tell(i);
	struct intake_mail mail = { .raw = &i->mail.spool, .cursor_key = i->c->cursor, .cursor_value = place(i, uid, value),
		.truncated = i->mail.truncated };
	struct imap_job *j = &i->job[flight_begin(&i->flight, uid)];
	j->imap = i;
	j->job = intake_start(i->intake, &mail, on_stored, j);
}

/* --- answers --- */

static void selected(struct imap *i)
{
	if (i->validity_now == 0) {
		fail(i, "the server names no UIDVALIDITY");
		return;
	}
	bool again = imap_window_again(&i->window) && i->validity == i->validity_now;
	if (again)
		log_warn("email", "imap numbers begin again", "channel=%s mailbox=%s", i->adapter->channel, i->c->mailbox);
	if (again || i->validity != i->validity_now) {
		imap_look_back(i->validity != 0, clock_now() - LOOK_BACK_MS, i->window.which);
		i->validity = i->validity_now;
		i->window.last = 0;
		flight_forget(&i->flight); /* numbers of the mailbox that was */
	}
	tell(i);
	proceed(i);
}

static void flagged(struct imap *i, bool ok, const char *rest)
{
	static const enum imap_flag after[] = { [FLAG_COPY] = FLAG_DELETE, [FLAG_DELETE] = FLAG_EXPUNGE };
	bool parts = i->flag_step == FLAG_COPY || i->flag_step == FLAG_DELETE;
	if (ok && parts) {
		flag(i, after[i->flag_step]);
	} else if (!ok && i->flag_step == FLAG_MARK && i->folder) {
		flag(i, FLAG_COPY);
	} else {
		if (!ok)
			log_warn("email", "imap_after refused", "channel=%s answer=%.200s", i->adapter->channel, rest);
		i->flight.dones = 0;
		proceed(i);
	}
}

static void found(struct imap *i)
{
	for (uint32_t uid; (uid = imap_window_found(&i->window, &i->flight, uv_now(i->host->loop), i->failures > 0));)
		log_info("email", "mail gone that was not given", "channel=%s mailbox=%s uid=%u", i->adapter->channel,
			i->c->mailbox, uid);
	proceed(i);
}

static void fetched(struct imap *i, bool ok, const char *answer)
{
	if (i->mail.failed)
		flight_failed(&i->flight, asked(i));
	else if (ok && i->mail.arrived)
		store(i);
	else /* one that was taken away, too: the next search shows it */
		refused(i, ok ? "OK, but without the mail" : answer, 0);
	proceed(i);
}

static void tagged(struct imap *i, const char *rest)
{
	bool ok = !strncasecmp(rest, "OK", 2);
	if (i->state == IMAP_IDENTIFYING)
		select_mailbox(i); /* a server without ID says BAD; 163 opens no mailbox without it */
	else if (i->state == IMAP_SELECTING && ok)
		selected(i);
	else if (i->state == IMAP_SEARCHING && ok)
		found(i);
	else if (i->state == IMAP_FETCHING)
		fetched(i, ok, rest);
	else if (i->state == IMAP_FLAGGING)
		flagged(i, ok, rest);
	else
		fail(i, rest);
}

static void untagged(struct imap *i, const char *line)
{
	if (i->state == IMAP_SELECTING && imap_code(line, "UIDVALIDITY"))
		i->validity_now = imap_code(line, "UIDVALIDITY");
	if (i->state == IMAP_SELECTING && imap_code(line, "UIDNEXT"))
		i->window.next_uid = imap_code(line, "UIDNEXT");
	if (i->state == IMAP_SEARCHING && !strncasecmp(line, "* SEARCH", 8))
		imap_window_take(&i->window, &i->flight, line + 8);
	unsigned exists;
	if (i->state == IMAP_SELECTING && sscanf(line, "* %u EXISTS", &exists) == 1)
		i->window.exists = exists;
	imap_mail_line(&i->mail);
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
	return i->state == IMAP_FETCHING && imap_mail_literal(&i->mail, line);
}

static void on_literal_bytes(void *arg, const void *p, size_t n)
{
	struct imap *i = arg;
	if (!i->draining)
		wait_ms(i, (uint64_t)pace_paid((int64_t)uv_timer_get_due_in(&i->timer), 0, n, i->c->answer_ms));
	imap_mail_bytes(&i->mail, p, n, i->c->max_size);
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
	/* The reader may be emptied by an answer that ends the connection; on_answer then drops what is left of this piece. */
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
	if (i->flight.failed)
		imap_window_back(&i->window, flight_back(&i->flight));
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
	i->known = true;
	(void)imap_place_read(value, i->c->link.user, &i->validity, &i->window.last); /* else it is the very first start */
	connect_now(i);
}

static void on_timer(uv_timer_t *t)
{
	struct imap *i = t->data;
	if (i->draining)
		end_drain(i);
	else if (i->state == IMAP_OFF && i->flight.busy)
		wait_ms(i, RETRY_MS); /* mails of the lost connection are still being stored */
	else if (i->state == IMAP_OFF && !i->known) {
		i->asking = true;
		i->host->cursor(i->adapter, i->c->cursor, on_cursor, i);
	} else if (i->state == IMAP_OFF)
		connect_now(i);
	else if (i->state == IMAP_IDLE)
		select_mailbox(i);
	else
		fail(i, i->reader.literal ? "the server stopped within a mail, or gives it too slowly" : "the server does not answer");
}

/* --- the whole --- */

struct imap *imap_create(struct adapter *adapter, const struct adapter_host *host, const struct imap_config *c,
	struct intake *intake, void (*state)(void *arg, bool up, const char *words), void *arg)
{
	struct imap *i = mem_new(struct imap);
	*i = (struct imap){ .adapter = adapter, .host = host, .c = c, .intake = intake, .report = state, .report_arg = arg,
		.folder = strncasecmp(c->after, "move:", 5) ? NULL : c->after + 5 };
	imap_reader_init(&i->reader);
	imap_mail_init(&i->mail);
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
	/* Mails being stored are finished and flagged; anything else is left where it is. */
	bool under_way = i->state == IMAP_FETCHING || i->state == IMAP_FLAGGING;
	if (i->state != IMAP_STORING)
		wait_ms(i, under_way ? DRAIN_MS : 0);
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
	for (unsigned k = 0; k < FLIGHT_SLOTS; k++)
		if (i->job[k].job)
			intake_forget(i->job[k].job);
	mail_link_close(&i->link);
	imap_reader_fini(&i->reader);
	imap_mail_drop(&i->mail);
	imap_window_fini(&i->window);
	i->draining = true;
	i->drained = NULL;
	uv_close((uv_handle_t *)&i->timer, timer_closed);
	*ip = NULL;
}
