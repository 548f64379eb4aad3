#include "adapters/email/lmtp_conn.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/email/automatic.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/sm.h"

enum { RCPT_MAX = 100, BAD_MAX = 20, PIECE = 16 << 10, OUT_MAX = 256 << 10, IN_MAX = 128 << 10 };

static const struct sm_table machine = {
	.name = "lmtp",
	.state = (const char *const[]){ "command", "data", "chunk", "waiting", "closing" },
	.next = (const uint32_t[]){ SM_TO(LMTP_DATA) | SM_TO(LMTP_CHUNK) | SM_TO(LMTP_CLOSING),
		SM_TO(LMTP_WAITING) | SM_TO(LMTP_COMMAND) | SM_TO(LMTP_CLOSING),
		SM_TO(LMTP_WAITING) | SM_TO(LMTP_COMMAND) | SM_TO(LMTP_CLOSING), SM_TO(LMTP_COMMAND) | SM_TO(LMTP_CLOSING), 0 },
	.count = 5
};

/* --- answers --- */

static void say(struct lmtp_conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct lmtp_conn *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&c->out, fmt, ap);
	va_end(ap);
	buf_adds(&c->out, "\r\n");
}

static void say_each(struct lmtp_conn *c, const char *words)
{
	for (unsigned i = 0; i < c->recipients; i++)
		say(c, "%s", words);
}

static void move(struct lmtp_conn *c, enum lmtp_state to)
{
	sm_move(&machine, &c->state, to, c->stream ? stream_peer(c->stream) : NULL);
}

/* Everything gathered goes out in one write: several small ones cost each connection 40 ms (Nagle, delayed ACK). */
static void send_wire(struct lmtp_conn *c, const struct buf *wire)
{
	if (wire->len == 0 || stream_write(c->stream, wire->data, wire->len) == 0)
		return;
	log_warn("email", "lmtp peer reads no answers", "peer=%s", stream_peer(c->stream));
	if (c->state != LMTP_CLOSING)
		move(c, LMTP_CLOSING);
	stream_close(c->stream, false);
}

static void flush(struct lmtp_conn *c)
{
	struct buf wire;
	buf_init(&wire, 2 * OUT_MAX);
	if (!c->tls)
		send_wire(c, &c->out);
	else if (c->out.len > 0 && tls_output(c->tls, c->out.data, c->out.len, &wire) == 0)
		send_wire(c, &wire); /* else the handshake is not through: there is nobody to tell */
	buf_fini(&wire);
	buf_clear(&c->out);
}

void lmtp_conn_close(struct lmtp_conn *c, const char *words)
{
	if (c->state == LMTP_CLOSING)
		return;
	say(c, "%s", words);
	move(c, LMTP_CLOSING);
	flush(c);
	stream_close(c->stream, true);
}

/* --- one transaction --- */

static void reset(struct lmtp_conn *c)
{
	if (c->counted)
		c->server->messages--;
	c->counted = c->mail = c->chunked = c->too_big = c->failed = false;
	c->recipients = 0;
	c->recipient[0] = '\0';
	spool_fini(&c->mail_in);
}

static void take_plain(struct lmtp_conn *c);

static void on_stored(void *owner, enum taken taken, const char *reason)
{
	struct lmtp_conn *c = owner;
	char refused[200];
	snprintf(refused, sizeof refused, "250 2.0.0 Kept aside for review: %.100s", reason ? reason : "refused");
	c->job = NULL;
	const char *words = taken == TAKEN_STORED ? "250 2.0.0 Stored" :
		taken == TAKEN_DUPLICATE ? "250 2.0.0 Stored before" :
		taken == TAKEN_REFUSED ? refused : "451 4.3.0 Could not be stored now, try again later";
	say_each(c, words);
	reset(c);
	if (c->server->drained) {
		lmtp_conn_close(c, "421 4.3.2 Shutting down");
		return;
	}
	move(c, LMTP_COMMAND);
	lmtp_slow_step(&c->slow, clock_monotonic());
	flush(c);
	stream_pause(c->stream, false);
	take_plain(c);
}

/* The whole mail is here. */
static void complete(struct lmtp_conn *c)
{
	if (c->too_big || c->failed) {
		say_each(c, c->too_big ? "552 5.3.4 Message too big" : "451 4.3.1 Could not be spooled, try again later");
		reset(c);
		move(c, LMTP_COMMAND);
		return;
	}
	struct intake_mail mail = { .raw = &c->mail_in, .sender = c->from.address, .recipient = c->recipient };
	move(c, LMTP_WAITING);
	stream_pause(c->stream, true);
	c->job = intake_start(c->server->intake, &mail, on_stored, c);
}

static void content(struct lmtp_conn *c, const void *p, size_t n)
{
	struct err e;
	lmtp_slow_content(&c->slow, n, clock_monotonic());
	if (c->too_big || c->failed)
		return;
	if (c->mail_in.len + n > c->server->c.max_size) {
		c->too_big = true;
		spool_fini(&c->mail_in);
	} else if (spool_add(&c->mail_in, p, n, &e) < 0) {
		log_error("email", "mail could not be spooled", "reason=%s", e.words);
		c->failed = true;
		spool_fini(&c->mail_in);
	}
}

/* --- commands --- */

static void on_lhlo(struct lmtp_conn *c, const char *rest)
{
	if (!*rest) {
		say(c, "501 5.5.4 LHLO needs a name");
		return;
	}
	reset(c);
	c->greeted = true;
	say(c, "250-%s", strrchr(c->server->c.own, '@') + 1);
	say(c, "250-PIPELINING");
	say(c, "250-ENHANCEDSTATUSCODES");
	say(c, "250-8BITMIME");
	say(c, "250-SMTPUTF8");
	say(c, "250-SIZE %zu", c->server->c.max_size);
	if (c->server->c.tls && !c->tls)
		say(c, "250-STARTTLS");
	say(c, "250 CHUNKING");
}

static void on_mail(struct lmtp_conn *c, const char *rest)
{
	struct lmtp_path path;
	enum lmtp_path_fault fault = lmtp_path(rest, true, &path);
	if (c->server->c.tls_required && !c->tls)
		say(c, "530 5.7.0 STARTTLS first");
	else if (!c->greeted || c->mail)
		say(c, "503 5.5.1 %s", c->mail ? "Nested MAIL" : "LHLO first");
	else if (fault)
		say(c, fault == LMTP_PATH_SYNTAX ? "501 5.5.4 MAIL FROM:<address>" : "555 5.5.4 Unknown MAIL parameter");
	else if (path.size > c->server->c.max_size)
		say(c, "552 5.3.4 Message too big, at most %zu", c->server->c.max_size);
	else {
		c->mail = true;
		c->from = path;
		say(c, "250 2.1.0 Sender ok");
	}
}

static bool room_for_message(struct lmtp_conn *c)
{
	if (!c->counted && c->server->messages >= c->server->c.messages)
		return false;
	c->server->messages += !c->counted;
	c->counted = true;
	return true;
}

static void on_rcpt(struct lmtp_conn *c, const char *rest)
{
	struct lmtp_path path;
	enum lmtp_path_fault fault = lmtp_path(rest, false, &path);
	if (!c->mail)
		say(c, "503 5.5.1 MAIL first");
	else if (fault)
		say(c, fault == LMTP_PATH_SYNTAX ? "501 5.5.4 RCPT TO:<address>" : "555 5.5.4 Unknown RCPT parameter");
	else if (!automatic_same_mailbox(path.address, c->server->c.own))
		say(c, "550 5.1.1 No such mailbox here");
	else if (c->recipients >= RCPT_MAX)
		say(c, "452 4.5.3 Too many recipients");
	else if (!room_for_message(c))
		say(c, "451 4.3.2 Too many messages under way, try again later");
	else {
		if (!c->recipients++ || strchr(path.address, '+'))
			memcpy(c->recipient, path.address, sizeof c->recipient);
		say(c, "250 2.1.5 Recipient ok");
	}
}

static void on_data_command(struct lmtp_conn *c)
{
	if (!c->mail || c->chunked) {
		say(c, "503 5.5.1 %s", c->chunked ? "DATA after BDAT" : "MAIL first");
	} else if (c->recipients == 0) {
		say(c, "503 5.5.1 No valid recipients");
	} else {
		c->data = (struct lmtp_data){ DOT_START };
		move(c, LMTP_DATA);
		say(c, "354 End with CRLF.CRLF");
	}
}

static void chunk_read(struct lmtp_conn *c)
{
	if (c->chunk_last && !c->chunk_void) {
		complete(c);
		return;
	}
	move(c, LMTP_COMMAND);
	if (c->chunk_void)
		say(c, "503 5.5.1 BDAT needs MAIL and RCPT");
	else if (c->too_big || c->failed)
		say(c, c->too_big ? "552 5.3.4 Message too big" : "451 4.3.1 Could not be spooled, try again later");
	else
		say(c, "250 2.0.0 Added %llu octets", (unsigned long long)c->chunk_size);
}

/* A chunk out of place is read all the same: its octets are no commands. */
static void on_bdat(struct lmtp_conn *c, const char *rest)
{
	uint64_t n;
	bool last;
	if (!lmtp_chunk(rest, &n, &last)) {
		lmtp_conn_close(c, "501 5.5.4 BDAT size [LAST]");
		return;
	}
	c->chunk_left = c->chunk_size = n;
	c->chunk_last = last;
	c->chunk_void = !c->mail || c->recipients == 0;
	c->chunked = !c->chunk_void;
	move(c, LMTP_CHUNK);
	if (n == 0)
		chunk_read(c);
}

static void bad(struct lmtp_conn *c, const char *words)
{
	if (++c->bad > BAD_MAX)
		lmtp_conn_close(c, "421 4.7.0 Too many errors");
	else
		say(c, "%s", words);
}

/* The dialogue begins anew under TLS; what came behind the command in clear is nobody's word (take_all() drops it). */
static void on_starttls(struct lmtp_conn *c, const char *rest)
{
	if (!c->server->c.tls || c->tls || *rest) {
		bad(c, *rest ? "501 5.5.4 STARTTLS takes nothing" : "502 5.5.1 No STARTTLS here now");
		return;
	}
	say(c, "220 2.0.0 Ready to start TLS");
	flush(c);
	reset(c);
	c->greeted = false;
	c->tls = tls_accept(c->server->c.tls);
}

static void command(struct lmtp_conn *c, const char *line)
{
	const char *rest;
	enum lmtp_verb verb = lmtp_verb(line, &rest);
	if (verb == LMTP_LHLO)
		on_lhlo(c, rest);
	else if (verb == LMTP_HELO)
		bad(c, "500 5.5.1 This is LMTP: LHLO");
	else if (verb == LMTP_MAIL)
		on_mail(c, rest);
	else if (verb == LMTP_RCPT)
		on_rcpt(c, rest);
	else if (verb == LMTP_VERB_DATA)
		on_data_command(c);
	else if (verb == LMTP_BDAT)
		on_bdat(c, rest);
	else if (verb == LMTP_RSET || verb == LMTP_NOOP) {
		if (verb == LMTP_RSET)
			reset(c);
		say(c, "250 2.0.0 Ok");
	} else if (verb == LMTP_STARTTLS)
		on_starttls(c, rest);
	else if (verb == LMTP_VRFY)
		say(c, "252 2.5.0 Send some mail and see");
	else if (verb == LMTP_QUIT)
		lmtp_conn_close(c, "221 2.0.0 Bye");
	else
		bad(c, "500 5.5.1 Unknown command");
}

/* --- bytes --- */

/* One line, or nothing yet (0). */
static size_t take_command(struct lmtp_conn *c, const char *p, size_t n)
{
	char line[LMTP_LINE_MAX + 1];
	const char *lf = memchr(p, '\n', n);
	size_t whole = lf ? (size_t)(lf - p) + 1 : 0, len = whole;
	if (!lf && n > LMTP_LINE_MAX) {
		lmtp_conn_close(c, "500 5.5.2 Line too long");
		return n;
	}
	if (!lf)
		return 0;
	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	if (len > LMTP_LINE_MAX || memchr(p, '\0', len)) {
		bad(c, "500 5.5.2 Line not understood");
		return whole;
	}
	memcpy(line, p, len);
	line[len] = '\0';
	lmtp_slow_step(&c->slow, clock_monotonic());
	command(c, line);
	return whole;
}

static size_t take_data(struct lmtp_conn *c, const char *p, size_t n)
{
	char piece[PIECE + 1];
	size_t made, used = lmtp_data(&c->data, p, n < PIECE ? n : PIECE, piece, &made);
	content(c, piece, made);
	if (c->data.state == DOT_END)
		complete(c);
	return used;
}

static size_t take_chunk(struct lmtp_conn *c, const char *p, size_t n)
{
	size_t k = n < c->chunk_left ? n : (size_t)c->chunk_left;
	if (!c->chunk_void)
		content(c, p, k);
	c->chunk_left -= k;
	if (c->chunk_left == 0)
		chunk_read(c);
	return k;
}

/* What may be looked at now: all up to a mail that is complete, a close, or the change to TLS. */
static size_t take_all(struct lmtp_conn *c, const char *p, size_t n)
{
	size_t at = 0;
	bool under_tls = c->tls != NULL;
	while (at < n && c->state != LMTP_WAITING && c->state != LMTP_CLOSING) {
		size_t used = c->state == LMTP_COMMAND ? take_command(c, p + at, n - at) :
			c->state == LMTP_DATA ? take_data(c, p + at, n - at) : take_chunk(c, p + at, n - at);
		if ((c->tls != NULL) != under_tls)
			return n;
		if (used == 0)
			break;
		at += used;
	}
	if (c->state != LMTP_CLOSING)
		flush(c);
	return c->state == LMTP_CLOSING ? n : at;
}

static void take_plain(struct lmtp_conn *c)
{
	if (c->tls && c->plain.len > 0)
		buf_drop(&c->plain, take_all(c, buf_str(&c->plain), c->plain.len));
}

static size_t take_sealed(struct lmtp_conn *c, const uint8_t *bytes, size_t n)
{
	struct buf wire;
	buf_init(&wire, 2 * OUT_MAX);
	int rc = tls_input(c->tls, bytes, n, &c->plain, &wire);
	send_wire(c, &wire);
	buf_fini(&wire);
	if (rc < 0 && c->state != LMTP_CLOSING) {
		log_warn("email", "lmtp peer speaks no TLS", "peer=%s", stream_peer(c->stream));
		move(c, LMTP_CLOSING);
		stream_close(c->stream, true);
	}
	if (c->state != LMTP_CLOSING)
		take_plain(c);
	return n;
}

static size_t on_data(struct stream *s, void *owner, const uint8_t *bytes, size_t n)
{
	(void)s;
	struct lmtp_conn *c = owner;
	return c->tls ? take_sealed(c, bytes, n) : take_all(c, (const char *)bytes, n);
}

/* --- life --- */

static void on_close(struct stream *s, void *owner, const char *reason)
{
	(void)s;
	struct lmtp_conn *c = owner;
	if (!c)
		return;
	if (reason)
		log_debug("email", "lmtp connection lost", "reason=%s", reason);
	if (c->job)
		intake_forget(c->job);
	if (c->server) {
		reset(c);
		*c->link = c->next;
		if (c->next)
			c->next->link = c->link;
		c->server->open--;
		lmtp_left(c->server);
	}
	spool_fini(&c->mail_in);
	buf_fini(&c->out);
	tls_destroy(&c->tls);
	buf_fini(&c->plain);
	free(c);
}

const struct stream_ops lmtp_conn_ops = { .on_data = on_data, .on_close = on_close };
const struct stream_limits lmtp_conn_limits = { .in = IN_MAX, .out = OUT_MAX };

struct lmtp_conn *lmtp_conn_create(struct lmtp *l, struct stream *s)
{
	struct lmtp_conn *c = mem_new(struct lmtp_conn);
	c->server = l;
	c->stream = s;
	lmtp_slow_step(&c->slow, clock_monotonic());
	spool_init(&c->mail_in);
	buf_init(&c->out, OUT_MAX);
	buf_init(&c->plain, 4 * IN_MAX);
	stream_set_owner(s, c);
	c->next = l->conns;
	c->link = &l->conns;
	if (l->conns)
		l->conns->link = &c->next;
	l->conns = c;
	l->open++;
	return c;
}

void lmtp_conn_greet(struct lmtp_conn *c)
{
	say(c, "220 %s LMTP Xinqiao", strrchr(c->server->c.own, '@') + 1);
	flush(c);
}
