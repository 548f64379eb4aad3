#include "adapters/email/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/imap_flight.h"
#include "adapters/email/imap_line.h"
#include "adapters/email/imap_mail.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/sm.h"

/* So many numbers fit one answer line (IMAP_LINE_MAX), whatever they are. */
enum { UIDS_MAX = 40000, TAG_MAX = 32, ANSWER_MS = 60000, BACKOFF_MS = 1000, BACKOFF_MAX_MS = 300000,
	RETRY_MS = 5000, DEAF_MAX_MS = 60000, LOOK_BACK_MS = 7 * 24 * 3600 * 1000, DRAIN_MS = 5000 };

/*   off ──> connecting ──> identifying ──> selecting ──> searching ──> fetching ──> storing ──> flagging
 *    ^                                      ^  │            │  ^ ^       │  │          │            │
 *    │                                      │  └──> idle <──┘  │ └───────┼──┴──────────┴────────────┘
 *    │                                      └────────┘         └── next window or next mail
 *    └── any: the connection is lost, the server breaks the protocol, or it says nothing for a minute
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
	unsigned failures;
	char tag_prefix[16];   /* random, so that no text can hold our tags by design */
	unsigned tag_count;
	char tag[TAG_MAX];
	/* the mailbox */
	bool known;            /* the cursor was asked for */
	char which[IMAP_WHICH_MAX]; /* what is searched beside the numbers, until the first round is through */
	uint32_t validity, validity_now, next_uid;
	uint32_t exists;       /* mails in it */
	uint32_t last;         /* read up to here */
	uint32_t window_end;
	uint32_t *uid;         /* of the window; room for UIDS_MAX, while there are any */
	size_t uids, at;
	bool searched;         /* since the mailbox was opened */
	struct imap_flight flight;
	struct imap_job { struct imap *imap; struct intake_job *job; } job[FLIGHT_SLOTS];
	enum imap_flag flag_step;
	const char *folder;    /* where stored mails are moved, or NULL */
	struct imap_mail mail; /* under way */
	char refusal[160];     /* what the server said last when it did not give one */
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

static void fail(struct imap *i, const char *why)
{
	off(i);
	i->report(i->report_arg, false, why);
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
	struct buf name;
	buf_init(&name, 8192);
	if (!imap_mailbox(i->c->mailbox, &name))
		fail(i, "the mailbox has no name a server could know");
	else {
		i->validity_now = i->next_uid = i->exists = 0;
		i->searched = false;
		command(i, IMAP_SELECTING, "SELECT %s", buf_str(&name));
	}
	buf_fini(&name);
}

/* The round is through. While the server gives nothing it is asked ever more seldom, but for new mail each minute. */
static void rest(struct imap *i, bool again)
{
	uint64_t poll = i->c->poll_s * 1000ULL, soon = poll < RETRY_MS ? poll : RETRY_MS, most = poll > DEAF_MAX_MS ? poll : DEAF_MAX_MS;
	bool deaf = !flight_round(&i->flight);
	char words[sizeof i->refusal + 40];
	(void)snprintf(words, sizeof words, "the server gives no mail: %s", i->refusal);
	if (deaf)
		i->report(i->report_arg, false, words);
	for (uint32_t uid; (uid = flight_leave(&i->flight));)
		log_error("email", "mail left in the mailbox: the server does not give it", "channel=%s uid=%u answer=%s", i->adapter->channel,
			uid, i->refusal);
	for (unsigned k = 0; k < i->flight.deaf && soon < most; k++)
		soon *= 2;
	move(i, IMAP_IDLE);
	wait_ms(i, !again && !deaf ? poll : soon < most ? soon : most);
}

static void end_drain(struct imap *i)
{
	off(i);
	uv_timer_stop(&i->timer);
	maybe_drained(i);
}

/* All that is new at once if one line can hold the answer; else so many numbers at a time. A mailbox may have few mails
 * and numbers past 2^31. */
static void search(struct imap *i)
{
	uint32_t from = i->last + 1, owed[FLIGHT_OWED];
	i->uids = i->searched ? 0 : flight_owed(&i->flight, i->last, owed); /* once in a round */
	i->at = 0;
	i->searched = true;
	if (i->last == UINT32_MAX || (i->next_uid && from >= i->next_uid && !i->uids)) {
		i->which[0] = '\0';
		free(i->uid);
		i->uid = NULL;
		rest(i, false);
		return;
	}
	bool all = i->exists <= UIDS_MAX || i->next_uid == 0 || from > UINT32_MAX - UIDS_MAX;
	i->window_end = all ? UINT32_MAX : from + UIDS_MAX - 1;
	if (!i->uid)
		i->uid = mem_alloc(UIDS_MAX * sizeof *i->uid);
	memcpy(i->uid, owed, i->uids * sizeof *owed);
	if (all)
		command(i, IMAP_SEARCHING, "UID SEARCH UID %u:*%s", from, i->which);
	else
		command(i, IMAP_SEARCHING, "UID SEARCH UID %u:%u%s", from, i->window_end, i->which);
}

static void next_window(struct imap *i)
{
	if (i->searched && i->next_uid == 0 && i->uids == 0) {
		rest(i, false);
		return;
	}
	uint32_t through = i->window_end < i->next_uid ? i->window_end : i->next_uid - 1; /* later mail is numbered from there */
	if (i->searched && i->next_uid && through > i->last)
		i->last = through;
	search(i);
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

/* A mail was pushed back, or not given: it and all behind it come again. */
static void again_from_failed(struct imap *i)
{
	i->last = flight_back(&i->flight);
	i->uids = i->at = 0;
	rest(i, true);
}

/* The last mail of a window is stored alone, so that the place kept with it is the window's end. */
static void proceed(struct imap *i)
{
	imap_mail_drop(&i->mail);
	bool more = i->at < i->uids && !i->draining && !i->flight.failed && !flight_flags_full(&i->flight);
	bool wait = more ? i->flight.busy == FLIGHT_SLOTS || (i->flight.busy && i->at + 1 == i->uids) : i->flight.busy > 0;
	if (wait)
		wait_stored(i);
	else if (more) {
		imap_mail_ask(&i->mail, i->uid[i->at]);
		command(i, IMAP_FETCHING, "UID FETCH %u (UID BODY.PEEK[])", i->uid[i->at]);
	} else if (i->flight.dones)
		flag(i, FLAG_MARK);
	else if (i->draining)
		end_drain(i);
	else if (i->flight.failed)
		again_from_failed(i);
	else
		next_window(i);
}

static void next_mail(struct imap *i)
{
	uint32_t uid = i->uid[i->at++];
	if (uid > i->last) /* not one that was owed */
		i->last = uid;
	proceed(i);
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
	char value[48];
	uint32_t uid = i->uid[i->at];
	flight_given(&i->flight, uid);
	snprintf(value, sizeof value, "%u:%u", i->validity, flight_place(&i->flight, uid));
	struct intake_mail mail = { .raw = &i->mail.spool, .cursor_key = i->c->cursor, .cursor_value = value,
		.truncated = i->mail.truncated };
	struct imap_job *j = &i->job[flight_begin(&i->flight, uid)];
	j->imap = i;
	j->job = intake_start(i->intake, &mail, on_stored, j);
	next_mail(i);
}

/* --- answers --- */

static void selected(struct imap *i)
{
	if (i->validity_now == 0) {
		fail(i, "the server names no UIDVALIDITY");
		return;
	}
	if (i->validity != i->validity_now) {
		imap_look_back(i->validity != 0, clock_now() - LOOK_BACK_MS, i->which);
		i->validity = i->validity_now;
		i->last = 0;
		flight_forget(&i->flight); /* numbers of the mailbox that was */
	}
	i->failures = 0;
	i->uids = i->at = 0;
	if (!i->flight.deaf)
		i->report(i->report_arg, true, NULL);
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

static void not_given(struct imap *i, const char *answer)
{
	uint32_t uid = i->uid[i->at];
	unsigned owed = i->flight.oweds;
	bool goes_on = flight_refused(&i->flight, uid);
	(void)snprintf(i->refusal, sizeof i->refusal, "%s", answer);
	if (!goes_on || owed < i->flight.oweds)
		log_warn("email", "mail not given", "channel=%s uid=%u answer=%s", i->adapter->channel, uid, i->refusal);
	if (goes_on)
		next_mail(i);
	else
		proceed(i);
}

static void gone(struct imap *i)
{
	flight_gone(&i->flight, i->uid[i->at]);
	next_mail(i);
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
	else if (i->state == IMAP_FETCHING && i->mail.failed) {
		flight_failed(&i->flight, i->uid[i->at]);
		proceed(i);
	} else if (i->state == IMAP_FETCHING && ok && i->mail.arrived)
		store(i);
	else if (i->state == IMAP_FETCHING && ok && !i->mail.there)
		gone(i);
	else if (i->state == IMAP_FETCHING)
		not_given(i, ok ? "OK, but without its text" : rest);
	else if (i->state == IMAP_FLAGGING)
		flagged(i, ok, rest);
	else
		fail(i, rest);
}

static void take_uids(struct imap *i, const char *p)
{
	uint32_t uid;
	while ((uid = imap_next_uid(&p)))
		if (uid > i->last && uid <= i->window_end && i->uids < UIDS_MAX)
			i->uid[i->uids++] = uid;
}

static void untagged(struct imap *i, const char *line)
{
	if (i->state == IMAP_SELECTING && imap_code(line, "UIDVALIDITY"))
		i->validity_now = imap_code(line, "UIDVALIDITY");
	if (i->state == IMAP_SELECTING && imap_code(line, "UIDNEXT"))
		i->next_uid = imap_code(line, "UIDNEXT");
	if (i->state == IMAP_SEARCHING && !strncasecmp(line, "* SEARCH", 8)) {
		take_uids(i, line + 8);
		imap_sort(i->uid, i->uids);
		if (i->uids == UIDS_MAX)
			i->window_end = i->uid[UIDS_MAX - 1]; /* more than was asked for: the rest in the next window */
	}
	unsigned exists;
	if (i->state == IMAP_SELECTING && sscanf(line, "* %u EXISTS", &exists) == 1)
		i->exists = exists;
	imap_mail_line(&i->mail, line);
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
	wait_ms(i, ANSWER_MS);
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
		i->last = flight_back(&i->flight);
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
		fail(i, "the server does not answer");
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
	free(i->uid);
	i->draining = true;
	i->drained = NULL;
	uv_close((uv_handle_t *)&i->timer, timer_closed);
	*ip = NULL;
}
