/* A message in: copied, taken through one transaction, acknowledged after the commit. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/flow/assist.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/lend.h"
#include "gateway/flow/say.h"
#include "gateway/flow/standing.h"
#include "gateway/model/address.h"
#include "gateway/store/intake.h"
#include "gateway/store/kept.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/segment.h"
#include "gateway/store/ticket.h"

struct intake {
	struct lane *lane;
	struct arena *arena;
	struct catalog *catalog;
	struct msg_in m;
	struct intake_ahead ahead;
	taken_f *done;
	void *ack;
	struct intake_done result;
};

/* --- once --- */

static const char *fingerprint(struct arena *a, const struct msg_in *m)
{
	uint8_t print[MSG_PRINT];
	char hex[HEX_SHA256];
	msg_print(m, print);
	return arena_printf(a, "fp:%s", crypto_hex(print, sizeof print, hex));
}

void intake_look_ahead(struct arena *a, const struct catalog *c, const struct msg_in *m, struct intake_ahead *out)
{
	*out = (struct intake_ahead){ .key = m->external_id };
	if (m->external_id == NULL || m->recurs || m->kind == MSG_PART)
		out->print = fingerprint(a, m);
	if (out->key == NULL)
		out->key = out->print;
	if (m->kind == MSG_PART)
		return;
	ticket_hear(catalog_rules(c), m, &out->heard);
	if (m->text != NULL) {
		out->newest = ticket_newest(a, m->text);
		out->title = ticket_title(a, m->subject, out->newest);
	}
}

/* Is what came without an id the message of this row, given again? Where our answer arrived, it was written twice. Of the links
 * of another gateway nothing is known here: what was not acknowledged there, because it died or its link did, is given to one of
 * ours at once, or when the peer's patience ends. */
static bool given_again(const struct msg_in *m, const struct intake_row *row, int64_t now)
{
	int64_t ago = now - row->at;
	if (ago >= FINGERPRINT_WINDOW_MS || m->session_at == 0)
		return ago < FINGERPRINT_WINDOW_MS;
	bool lost_elsewhere = row->elsewhere && (row->at < m->session_at || ago < FINGERPRINT_ELSEWHERE_MS);
	return m->resent || row->at < m->began_at || lost_elsewhere;
}

/* A whole message without an id is known by its own row; what has none (a piece, what was refused) by one of its key's. */
static bool known_by_itself(const struct msg_in *m)
{
	return m->external_id == NULL && m->kind != MSG_PART;
}

/* What its key said of a message that came before, or did not. */
struct once {
	bool clash; /* its id is there, of another message: it is known by its fingerprint */
	bool copy;  /* a piece of a message that is whole already */
};

/* A known id: 1 with the same words from the same citizen, and *row is of these; 0: of another message. */
static int same_under_id(struct tx *tx, const char *channel, const struct msg_in *m, const char *print, struct intake_row *row)
{
	int rc = row->message != 0 && m->kind != MSG_PART ? intake_same(tx, row->message, m->peer, m->text, print) : 0;
	if (rc != 0)
		return rc;
	rc = intake_find(tx, channel, print, row); /* a piece, what was refused, what clashed */
	return rc == 0 ? 1 : rc == E_NOTFOUND ? 0 : rc;
}

enum { PIECE_KNOWN_MS = 24 * 3600 * 1000 };

/* Has this piece become part of a message lately? */
static bool is_copy(const struct intake_row *row, int64_t now)
{
	return (row->message != 0 || (row->reason != NULL && *row->reason)) && now - row->at < PIECE_KNOWN_MS;
}

static int piece_check(struct tx *tx, const char *channel, const char *print, struct once *o)
{
	struct intake_row row;
	int rc = intake_find(tx, channel, print, &row);
	o->copy = rc == 0 && is_copy(&row, tx_now(tx));
	return rc == E_NOTFOUND ? 0 : rc;
}

/* 1: it is there and *row is its; 0: not. */
static int once_find(struct tx *tx, const char *channel, const struct msg_in *m, const struct intake_ahead *ahead,
	struct intake_row *row, struct once *o)
{
	int rc = intake_find(tx, channel, ahead->key, row);
	if (rc == 0 && m->external_id != NULL) {
		rc = m->recurs ? same_under_id(tx, channel, m, ahead->print, row) : 1;
		o->clash = rc == 0;
		return rc;
	}
	if (rc == 0 && given_again(m, row, tx_now(tx)))
		return 1;
	if ((rc == 0 || rc == E_NOTFOUND) && known_by_itself(m)) {
		rc = intake_said(tx, channel, m->peer, ahead->key, tx_now(tx) - FINGERPRINT_WINDOW_MS, row);
		if (rc == 0 && given_again(m, row, tx_now(tx)))
			return 1;
	}
	return rc == E_NOTFOUND ? 0 : rc;
}

/* 1: it came before and `r` says what became of it; 0: new. */
static int once_check(struct tx *tx, const char *channel, const struct msg_in *m, const struct intake_ahead *ahead,
	struct intake_done *r, struct once *o)
{
	struct intake_row row;
	int rc = once_find(tx, channel, m, ahead, &row, o);
	if (rc == 0 && m->kind == MSG_PART)
		rc = piece_check(tx, channel, ahead->print, o);
	if (rc <= 0)
		return rc;
	*r = (struct intake_done){ .taken = TAKEN_DUPLICATE, .outcome = (enum outcome)row.outcome, .seq = row.seq,
		.ticket = row.ticket, .reason = row.reason, .message = row.message };
	if (row.reason != NULL && *row.reason)
		r->taken = TAKEN_REFUSED;
	return 1;
}

/* --- pieces of a long message --- */

/* Octets that no alphabet has are signs in the text and nowhere else once the pieces are gone: they stay with the message, or set aside
 * beside it where they are too many for that. */
static int keep_pieces(struct tx *tx, const struct channel_trait *c, const struct segment_row *s, size_t n, struct msg_in *m)
{
	uint8_t sum[SHA256_LEN];
	size_t len;
	if (strstr(m->text, "\xEF\xBF\xBD") == NULL)
		return 0;
	char *all = segment_bytes(tx, s, n, &len);
	if (len > MSG_RAW_MAX) {
		struct quarantine_row q = { .channel = c->name, .reason = "not-legible", .peer = m->peer, .note = "",
			.raw = all, .n = len, .raw_sha256 = "", .at = tx_now(tx) };
		return quarantine_insert(tx, &q);
	}
	crypto_sha256(all, len, sum);
	m->raw_sha256 = crypto_hex(sum, sizeof sum, arena_alloc(tx_arena(tx), HEX_SHA256));
	m->raw = all;
	m->raw_n = len;
	log_warn(c->name, "octets that are no text", "pieces=%zu hint=\"the message's original can be downloaded from its ticket\"", n);
	return 0;
}

/* By what the pieces of a message are known. */
struct prints {
	const char **of;
	size_t n;
};

static struct prints prints_of(struct tx *tx, const struct segment_row *s, size_t n)
{
	struct prints p = { arena_alloc(tx_arena(tx), (n + 1) * sizeof *p.of), n };
	for (size_t i = 0; i < n; i++)
		p.of[i] = fingerprint(tx_arena(tx), &(struct msg_in){ .kind = MSG_PART, .peer = s[i].peer, .account = s[i].account,
			.part = { .key = s[i].key, .index = s[i].index, .bytes = s[i].bytes, .n = s[i].n } });
	return p;
}

static struct intake_row row_of(struct tx *tx, const struct intake_done *done)
{
	return (struct intake_row){ .message = done->message, .seq = done->seq, .ticket = done->ticket ? done->ticket : "",
		.reason = done->reason ? done->reason : "", .at = tx_now(tx), .outcome = done->outcome };
}

/* What became of them, so that a copy which comes late is known as one. */
static int prints_keep(struct tx *tx, const char *channel, const struct prints *p, const struct intake_done *done)
{
	struct intake_row row = row_of(tx, done);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < p->n; i++)
		rc = intake_replace(tx, channel, p->of[i], &row);
	return rc;
}

/* 1: nothing is here but copies of pieces whose message is whole already. */
static int only_copies(struct tx *tx, const char *channel, const struct prints *p)
{
	int rc = p->n > 0;
	for (size_t i = 0; rc == 1 && i < p->n; i++) {
		struct intake_row row;
		rc = intake_find(tx, channel, p->of[i], &row);
		rc = rc < 0 ? rc : is_copy(&row, tx_now(tx));
	}
	return rc == E_NOTFOUND ? 0 : rc;
}

static int parts_join(struct tx *tx, const struct channel_trait *c, const char *key, struct msg_in *m, struct prints *prints)
{
	struct segment_row *s;
	size_t n;
	int rc = segment_list(tx, c->name, key, &s, &n);
	if (rc < 0)
		return rc;
	*prints = prints_of(tx, s, n);
	must(n > 0 && c->join != NULL);
	struct msg_part *part = arena_alloc(tx_arena(tx), n * sizeof *part);
	for (size_t i = 0; i < n; i++)
		part[i] = (struct msg_part){ s[i].key, s[i].index, s[i].total, s[i].coding, s[i].bytes, s[i].n };
	struct buf text;
	buf_init(&text, MSG_TEXT_MAX);
	if (!c->join(part, n, &text))
		log_warn(c->name, "long message cut at the limit", "limit=%d", MSG_TEXT_MAX);
	m->kind = MSG_TEXT;
	m->text = arena_strdup(tx_arena(tx), buf_str(&text));
	m->peer = s[0].peer;
	m->account = s[0].account;
	buf_fini(&text);
	rc = keep_pieces(tx, c, s, n, m);
	return rc < 0 ? rc : segment_drop(tx, c->name, key);
}

int intake_partial(struct tx *tx, const struct catalog *catalog, const struct flow_words *words,
	const struct channel_trait *c, const char *key, bool quiet)
{
	struct segment_row *s;
	size_t here;
	int rc = segment_list(tx, c->name, key, &s, &here);
	if (rc < 0)
		return rc;
	struct prints prints = prints_of(tx, s, here);
	if ((rc = only_copies(tx, c->name, &prints)) != 0) {
		log_debug(c->name, "late copies of pieces dropped", "pieces=%zu", here);
		return rc < 0 ? rc : segment_drop(tx, c->name, key);
	}
	unsigned total = here ? s[0].total : 0;
	struct msg_in m = { .received_at = tx_now(tx), .verified = c->caps.verified };
	struct intake_done done = { 0 };
	struct ticket_row t;
	if ((rc = parts_join(tx, c, key, &m, &prints)) < 0 ||
		(rc = intake_apply(tx, catalog, words, c, &m, NULL, quiet, &done)) < 0 ||
		(rc = prints_keep(tx, c->name, &prints, &done)) < 0)
		return rc;
	if (done.ticket == NULL || *done.ticket == '\0')
		return 0;
	rc = ticket_get_number(tx, done.ticket, &t);
	return rc < 0 ? rc : tell_event(tx, t.id, "partial", "system", json_pack("{s:i, s:i}", "missing", (int)(total - here),
		"total", (int)total));
}

/* What stands in this piece's place. NULL: nothing. */
static int part_in_place(struct tx *tx, const struct channel_trait *c, const struct msg_part *p, const struct segment_row **at)
{
	struct segment_row *s;
	size_t n;
	int rc = segment_list(tx, c->name, p->key, &s, &n);
	*at = NULL;
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (s[i].index == p->index)
			*at = &s[i];
	return rc;
}

static bool is_same_piece(const struct segment_row *s, const struct msg_part *p)
{
	return s->coding == p->coding && s->n == p->n && (!p->n || !memcmp(s->bytes, p->bytes, p->n));
}

/* Another piece stands there: 0 once it does not. A copy goes alone; else the message that it is of goes, with its gaps. */
static int part_make_place(struct tx *tx, const struct catalog *catalog, const struct flow_words *words,
	const struct channel_trait *c, const struct segment_row *there, bool quiet)
{
	struct prints print = prints_of(tx, there, 1);
	int rc = only_copies(tx, c->name, &print);
	if (rc < 0)
		return rc;
	return rc ? segment_drop_one(tx, c->name, there->key, there->index)
		: intake_partial(tx, catalog, words, c, there->key, quiet);
}

/* Stores a piece. 1: the message is whole and stands in m; 0: more are to come. A telephone counts its references up to 255:
 * another piece in the same place is of a later message, and the rest of the earlier one does not come any more. */
static int part_store(struct tx *tx, const struct catalog *catalog, const struct flow_words *words,
	const struct channel_trait *c, struct msg_in *m, bool quiet, struct prints *prints)
{
	const struct msg_part *p = &m->part;
	struct segment_row row = { .key = p->key, .peer = m->peer, .account = m->account ? m->account : "", .index = p->index,
		.total = p->total, .coding = p->coding, .bytes = p->bytes, .n = p->n, .at = tx_now(tx) };
	int rc = segment_put(tx, c->name, &row);
	if (rc == E_EXISTS) {
		const struct segment_row *there;
		if ((rc = part_in_place(tx, c, p, &there)) < 0 || (there != NULL && is_same_piece(there, p)))
			return rc;
		if (there != NULL)
			rc = part_make_place(tx, catalog, words, c, there, quiet);
		if (rc == 0)
			rc = segment_put(tx, c->name, &row);
	}
	struct segment_row *s;
	size_t n;
	if (rc < 0 || (rc = segment_list(tx, c->name, p->key, &s, &n)) < 0)
		return rc;
	if (n < p->total)
		return 0;
	rc = parts_join(tx, c, p->key, m, prints);
	return rc < 0 ? rc : 1;
}

/* --- the job --- */

/* A whole message without an id has its fingerprint in its own row, as has one whose id recurs. */
static int once_keep(struct tx *tx, const char *channel, const struct msg_in *m, const struct intake_ahead *ahead,
	const struct once *o, const struct intake_done *done)
{
	struct intake_row row = row_of(tx, done);
	bool whole = m->kind != MSG_PART && done->message != 0;
	int rc = 0;
	if (m->external_id != NULL && !o->clash)
		rc = intake_insert(tx, channel, ahead->key, &row);
	if (rc < 0 || ahead->print == NULL || (whole && !o->clash) || (o->copy && done->message == 0))
		return rc;
	return intake_replace(tx, channel, ahead->print, &row);
}

int intake_message_ahead(struct tx *tx, const struct catalog *catalog, const struct flow_words *words,
	const struct channel_trait *c, const struct msg_in *from, const struct intake_ahead *ahead, bool quiet,
	struct intake_done *done, struct err *e)
{
	struct msg_in m = *from;
	int rc = 0;
	if (m.cursor_key != NULL && (rc = kept_put(tx, "cursor", arena_printf(tx_arena(tx), "%s %s", c->name, m.cursor_key),
		m.cursor_value)) < 0)
		return err_set(e, rc, "the cursor could not be stored");
	struct once once = { 0 };
	struct prints prints = { 0 };
	rc = once_check(tx, c->name, &m, ahead, done, &once);
	if (rc != 0)
		return rc < 0 ? err_set(e, rc, "the message's key could not be read") : 0;
	*done = (struct intake_done){ .taken = TAKEN_STORED, .clash = once.clash };
	if (m.note != NULL && (rc = standing_note(tx, c, m.peer, m.note, true)) < 0)
		return err_set(e, rc, "how the citizen stands with the channel could not be stored");
	rc = m.kind == MSG_PART ? part_store(tx, catalog, words, c, &m, quiet, &prints) : 1;
	if (rc == 1)
		rc = intake_apply(tx, catalog, words, c, &m, from->kind == MSG_PART ? NULL : ahead, quiet, done);
	if (rc < 0)
		return err_set(e, rc, "the message could not be applied (%s)", err_name(rc));
	if ((rc = prints_keep(tx, c->name, &prints, done)) == 0)
		rc = once_keep(tx, c->name, from, ahead, &once, done);
	return rc < 0 ? err_set(e, rc, "the message's key could not be stored") : 0;
}

int intake_message(struct tx *tx, const struct catalog *catalog, const struct flow_words *words,
	const struct channel_trait *c, const struct msg_in *m, bool quiet, struct intake_done *done, struct err *e)
{
	struct intake_ahead ahead;
	intake_look_ahead(tx_arena(tx), catalog, m, &ahead);
	return intake_message_ahead(tx, catalog, words, c, m, &ahead, quiet, done, e);
}

static int intake_run(struct tx *tx, void *arg, struct err *e)
{
	struct intake *j = arg;
	const struct flow_words *w = &j->lane->flow->words;
	return intake_message_ahead(tx, j->catalog, w, flow_trait(w, j->lane->channel.name), &j->m, &j->ahead, false,
		&j->result, e);
}

static void intake_free(struct intake *j)
{
	catalog_unref(&j->catalog);
	struct arena *a = j->arena;
	arena_destroy(&a);
}

static void intake_finish(void *arg, int rc, const struct err *e)
{
	struct intake *j = arg;
	struct lane *l = j->lane;
	enum taken taken = rc < 0 ? TAKEN_RETRY : j->result.taken;
	struct taken_info info = { 0 };
	if (rc < 0) {
		metric_add(l->retries, 1);
		log_error(l->channel.name, "message pushed back", "reason=%s", e->words);
	} else {
		info.seq = j->result.seq;
		info.ticket = j->result.ticket && *j->result.ticket ? j->result.ticket : NULL;
		info.reason = taken == TAKEN_REFUSED ? j->result.reason : NULL;
		if (taken == TAKEN_DUPLICATE)
			metric_add(l->doubles, 1);
		else if (taken == TAKEN_REFUSED || j->result.message != 0) /* else a piece, counted with its whole */
			metric_add(l->in[j->result.outcome], 1);
		if (j->result.clash)
			log_warn(l->channel.name, "an id that is known came with other words, which are kept as a new message", "id=%s",
				j->m.external_id);
		if (taken == TAKEN_REFUSED)
			log_info(l->channel.name, "message kept aside", "reason=%s", info.reason ? info.reason : "");
	}
	if (j->done != NULL)
		j->done(l->channel.adapter, j->ack, taken, &info);
	if (taken == TAKEN_STORED && j->m.note != NULL)
		outbox_kick(l);
	if (taken == TAKEN_STORED && j->result.outcome == OUTCOME_NEW && info.ticket != NULL)
		assist_consider(l, info.ticket, j->m.text);
	l->taking--;
	struct flow *f = l->flow;
	intake_free(j);
	flow_drain_check(f);
}

void intake_take(struct adapter *a, const struct msg_in *m, taken_f *done, void *ack)
{
	struct lane *l = a->host_data;
	struct arena *arena = arena_create(1024 + (m->text ? strlen(m->text) : 0) + m->part.n + m->raw_n);
	struct intake *j = arena_alloc(arena, sizeof *j);
	j->lane = l;
	j->arena = arena;
	j->catalog = catalog_ref(l->flow->catalog);
	j->done = done;
	j->ack = ack;
	msg_in_copy(arena, &j->m, m);
	intake_look_ahead(arena, j->catalog, &j->m, &j->ahead);
	l->taking++;
	if (l->flow->draining)
		flow_later(l->flow, intake_finish, j);
	else
		lane_try(l, intake_run, intake_finish, j);
}

/* --- what never became a message --- */

struct aside { struct lane *lane; struct arena *arena; struct quarantine_row row; size_t bytes; taken_f *done; void *ack; };

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct aside *q = arg;
	q->row.at = tx_now(tx);
	int rc = quarantine_insert(tx, &q->row);
	return rc < 0 ? err_set(e, rc, "quarantine could not be written") : 0;
}

static void log_aside(const struct aside *q)
{
	char from[MSG_PEER_MAX];
	address_mask(q->row.peer, from);
	log_warn(q->lane->channel.name, "kept aside", "reason=%s bytes=%zu id=%" PRIu64 " from=%s", q->row.reason, q->bytes, q->row.id, from);
}

static void aside_done(void *arg, int rc, const struct err *e)
{
	struct aside *q = arg;
	struct lane *l = q->lane;
	if (rc < 0)
		log_error(l->channel.name, "quarantine not written", "reason=%s", e->words);
	else
		log_aside(q);
	struct taken_info info = { .reason = q->row.reason };
	if (q->done != NULL)
		q->done(l->channel.adapter, q->ack, rc < 0 ? TAKEN_RETRY : TAKEN_REFUSED, &info);
	l->taking--;
	struct flow *f = l->flow;
	struct arena *a = q->arena;
	arena_destroy(&a);
	flow_drain_check(f);
}

void intake_quarantine(struct adapter *a, const char *reason, const char *peer, const void *raw, size_t n,
	taken_f *done, void *ack)
{
	struct lane *l = a->host_data;
	size_t kept = n < QUARANTINE_RAW_MAX ? n : QUARANTINE_RAW_MAX;
	struct arena *arena = arena_create(512 + kept);
	struct aside *q = arena_alloc(arena, sizeof *q);
	void *copy = arena_alloc(arena, kept + 1);
	if (kept)
		memcpy(copy, raw, kept);
	*q = (struct aside){ .lane = l, .arena = arena, .done = done, .ack = ack, .row = { .channel = l->channel.name,
		.reason = arena_strdup(arena, reason), .peer = arena_strdup(arena, peer ? peer : ""),
		.note = kept < n ? arena_printf(arena, "cut: %zu of %zu bytes kept", kept, n) : "", .raw = copy, .n = kept } };
	q->bytes = n;
	l->taking++;
	lane_write(l, aside_run, aside_done, q);
}
