/* Messages to citizens. Of a conversation only the oldest unfinished row is ever due: the others wait BEHIND it, and are
 * released when it is finished. So a claim reads exactly the rows it hands out, however long the queue. */
#include "gateway/store/event.h"
#include "gateway/store/outbox.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "gateway/base/sm.h"
#include "gateway/model/notice.h"
#include "gateway/store/attachment_inner.h"
#include "gateway/store/change.h"
#include "gateway/store/conversation_inner.h"
#include "gateway/store/liaison.h"
#include "gateway/store/message_inner.h"
#include "gateway/store/outbox_inner.h"
#include "gateway/store/tx.h"

_Static_assert(OUT_QUEUED == 0 && OUT_SENDING == 1 && OUT_ACCEPTED == 2 && OUT_DELIVERED == 3 && OUT_READ == 4 &&
	OUT_RETRY == 5 && OUT_FAILED == 6 && OUT_EXPIRED == 7 && OUT_DEAD == 8 && OUT_UNKNOWN == 9,
	"statements.def and the schema know these numbers");

#define PARKED INT64_MAX        /* next_at: due when the citizen is back */
#define BEHIND (INT64_MAX - 1)  /* next_at: due when the older ones are finished */
#define OTHERS_AFTER_MS 3000    /* another node's row, though that node lives: it does not get to it */
#define EARLY_KEEP_MS (24LL * 3600 * 1000)

/* Column open. */
static int open_of(unsigned state)
{
	return state == OUT_SENDING ? 2 : state == OUT_QUEUED || state == OUT_RETRY ? 1 : 0;
}

static bool unfinished(unsigned state)
{
	return open_of(state) > 0;
}

static void fill_outbox(struct row *r, void *out)
{
	struct outbox_row *o = out;
	o->message = row_id(r);
	o->ticket = row_id(r);
	o->conversation = row_id(r);
	o->channel = row_words(r);
	o->state = row_uint(r);
	o->attempts = row_uint(r);
	o->next_at = row_int(r);
	o->expires_at = row_int(r);
	o->updated_at = row_int(r);
	o->error = row_words(r);
}

int outbox_get(struct tx *tx, uint64_t message, struct outbox_row *o)
{
	return tx_one(tx, STMT_outbox_get, PARAMS(v_id(message)), fill_outbox, o);
}

int outbox_insert(struct tx *tx, const struct message_row *m, const char *channel, int64_t expires_at)
{
	int rc = tx_exec(tx, STMT_outbox_insert, PARAMS(v_id(m->id), v_id(m->ticket), v_id(m->conversation), v_text(channel),
		v_int(expires_at), v_int(tx->now), v_int(BEHIND), v_text(m->fields),
		v_int(tx->session->node)), NULL);
	if (rc == 0)
		change_queued(tx, m->id);
	return rc;
}

/* --- moves --- */

/* A finished row is queued again by a person: behind older ones, before the newer ones. */
static int begin_anew(struct tx *tx, const struct outbox_row *o, int64_t *next_at)
{
	int64_t older = 0;
	int rc = tx_exec(tx, STMT_outbox_anew, PARAMS(v_id(o->message), v_int(tx->now)), NULL);
	if (rc == 0)
		rc = tx_one(tx, STMT_outbox_older, PARAMS(v_id(o->conversation), v_id(o->message)), fill_int, &older);
	if (rc < 0)
		return rc;
	if (older)
		*next_at = BEHIND;
	return tx_exec(tx, STMT_outbox_step_back, PARAMS(v_id(o->conversation), v_id(o->message), v_int(BEHIND)), NULL);
}

static int release_next(struct tx *tx, uint64_t conversation)
{
	/* Another node may be queueing a message behind this one just now: it must not miss that this one is finished. */
	int rc = tx->session->ops->shared ? tx_exec(tx, STMT_conversation_touch, PARAMS(v_id(conversation)), NULL) : 0;
	return rc < 0 ? rc : tx_exec(tx, STMT_outbox_release, PARAMS(v_id(conversation), v_int(tx->now), v_int(BEHIND)), NULL);
}

static void moved(struct tx *tx, const struct outbox_row *o)
{
	change_out_state(tx, &(struct message_row){ .id = o->message, .conversation = o->conversation, .ticket = o->ticket,
		.out_state = (int)o->state, .out_error = o->error }, o->channel);
}

static int put(struct tx *tx, const struct outbox_row *o, int64_t parts)
{
	if (parts < 0)
		return tx_exec(tx, STMT_outbox_set, PARAMS(v_id(o->message), v_int(o->state), v_int(open_of(o->state)), v_int(o->next_at),
			v_int(o->updated_at), v_text(o->error)), NULL);
	must(!unfinished(o->state));
	return tx_exec(tx, STMT_outbox_handed, PARAMS(v_id(o->message), v_int(o->state), v_int(o->updated_at), v_text(o->error),
		v_int(parts)), NULL);
}

static int tell_undelivered(struct tx *tx, const struct outbox_row *o, uint64_t ticket, const char *kind, const char *department)
{
	json_t *why = json_string(o->error); /* NULL: not UTF-8 */
	json_t *data = json_pack("{s:s, s:o, s:s, s:o, s:s*}", "channel", o->channel, "message", json_sprintf("%" PRIu64, o->message), "state",
		sm_name(&out_machine, o->state), "reason", why ? why : json_string(""), "department", department);
	char *text = data ? json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	must(text != NULL);
	int rc = event_append(tx, ticket, kind, "system", text);
	free(text);
	json_decref(data);
	return rc;
}

/* What staff answer, in their own words or in ours: a refusal is said by the gateway. */
static bool answers(const struct message_row *m)
{
	return m->from == FROM_STAFF || (m->from == FROM_SYSTEM && notice_answers(m->event));
}

/* An answer that did not reach the citizen is the ticket's own business, as is a text of it to the department's officer. */
static int undelivered(struct tx *tx, const struct outbox_row *o)
{
	struct message_row m;
	struct ticket_row t;
	struct liaison_missed officer = { 0 };
	if (o->state != OUT_FAILED && o->state != OUT_EXPIRED && o->state != OUT_DEAD)
		return 0;
	int rc = message_get(tx, o->message, &m);
	if (rc == 0 && o->ticket == 0)
		rc = liaison_missed(tx, &m, &officer);
	uint64_t ticket = officer.ticket ? officer.ticket : rc == 0 && answers(&m) ? o->ticket : 0;
	if (rc < 0 || ticket == 0)
		return rc == E_NOTFOUND ? 0 : rc;
	rc = tx_exec(tx, STMT_ticket_touch, PARAMS(v_id(ticket), v_int(tx->now)), NULL);
	if (rc == 0)
		rc = ticket_get(tx, ticket, &t);
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	change_ticket(tx, &t);
	return tell_undelivered(tx, o, ticket, officer.ticket ? "liaison-undelivered" : "undelivered", officer.department);
}

static int turn(struct tx *tx, struct outbox_row *o, enum out_state to, int64_t next_at, const char *error, int64_t parts)
{
	unsigned from = o->state;
	int rc = 0;
	if (!sm_legal(&out_machine, from, to))
		return tx_refuse(tx, E_CONFLICT, "a message that is %s cannot become %s", sm_name(&out_machine, from),
			sm_name(&out_machine, to));
	if (!unfinished(from) && unfinished(to))
		rc = begin_anew(tx, o, &next_at);
	sm_move(&out_machine, &o->state, to, o->channel);
	o->next_at = to == OUT_QUEUED || to == OUT_RETRY ? next_at : 0;
	o->error = error ? error : "";
	o->updated_at = tx->now;
	if (rc == 0)
		rc = put(tx, o, parts);
	if (rc == 0 && unfinished(from) && !unfinished(to))
		rc = release_next(tx, o->conversation);
	if (rc == 0)
		moved(tx, o);
	return rc;
}

int outbox_move(struct tx *tx, struct outbox_row *o, enum out_state to, int64_t next_at, const char *error, int64_t parts)
{
	int rc = turn(tx, o, to, next_at, error, parts);
	return rc < 0 ? rc : undelivered(tx, o);
}

int outbox_instead(struct tx *tx, uint64_t message, const char *how)
{
	struct outbox_row o;
	int rc = outbox_get(tx, message, &o);
	return rc < 0 ? rc : turn(tx, &o, OUT_FAILED, 0, how, -1);
}

int outbox_set(struct tx *tx, uint64_t message, enum out_state to, int64_t next_at, const char *error)
{
	struct outbox_row o;
	int rc = outbox_get(tx, message, &o);
	return rc < 0 ? rc : outbox_move(tx, &o, to, next_at, error, -1);
}

/* Has the citizen gone to another living node? Whoever moves him meanwhile meets us at the conversation. */
static int moved_away(struct tx *tx, uint64_t conversation)
{
	int64_t node = -1, lives = 0;
	int rc = tx_exec(tx, STMT_conversation_touch, PARAMS(v_id(conversation)), NULL);
	if (rc == 0)
		rc = tx_one(tx, STMT_conversation_where, PARAMS(v_id(conversation)), fill_int, &node);
	if (rc == 0 && node >= 0 && node != (int64_t)tx->session->node)
		rc = tx_one(tx, STMT_node_lives, PARAMS(v_int(node)), fill_int, &lives);
	return rc < 0 ? rc : lives > 0;
}

int outbox_park(struct tx *tx, uint64_t message, const char *why)
{
	struct outbox_row o;
	int rc = outbox_get(tx, message, &o), away = 0;
	if (rc == 0 && tx->session->ops->shared)
		away = moved_away(tx, o.conversation);
	if (rc == 0)
		rc = away < 0 ? away : outbox_move(tx, &o, OUT_QUEUED, away ? tx->now : PARKED, why, -1);
	/* That the citizen is away is no failed try. */
	return rc < 0 ? rc : tx_exec(tx, STMT_outbox_untry, PARAMS(v_id(message)), NULL);
}

int outbox_wake(struct tx *tx, const char *channel, const char *peer)
{
	const char *key;
	int rc = conversation_here(tx, channel, peer);
	if (rc == 0)
		rc = conversation_key(tx, channel, peer, &key);
	return rc < 0 ? rc : tx_exec(tx, STMT_outbox_wake, PARAMS(v_text(channel), v_text(key), v_int(tx->now), v_int(PARKED)), NULL);
}

int outbox_clock_back(struct tx *tx, int64_t ms)
{
	return tx_exec(tx, STMT_outbox_back, PARAMS(v_int(ms), v_int(tx->now), v_int(BEHIND)), NULL);
}

/* --- claim --- */

struct claimed {
	struct outbox_row row;
	struct message_row message;
	const char *peer, *account, *language, *number, *survey, *peer_state, *thread_subject, *answers, *fields;
	unsigned round;
};

/* "ROW ID": the id of the message in that row. */
static const char *id_of_row(struct tx *tx, const char *s)
{
	char *id;
	uint64_t row = s ? strtoull(s, &id, 10) : 0;
	return s ? unseal(tx, FIELD_MESSAGE_ID, row, id + 1) : NULL;
}

static void fill_claimed(struct row *r, void *out)
{
	struct claimed *c = out;
	fill_outbox(r, &c->row);
	fill_message(r, &c->message);
	c->peer = row_sealed(r, FIELD_CONVERSATION_PEER, c->row.conversation);
	c->account = row_words(r);
	c->language = row_words(r);
	c->number = row_text(r);
	c->survey = row_text(r);
	c->peer_state = row_words(r);
	c->thread_subject = row_text(r);
	c->answers = id_of_row(r->tx, row_text(r));
	c->fields = row_text(r);
	c->round = row_uint(r);
}

static struct msg_out claimed_out(struct tx *tx, const struct claimed *c)
{
	const struct message_row *m = &c->message;
	return (struct msg_out){
		.id = m->id, .conversation = m->conversation, .seq = m->seq, .kind = c->survey ? OUT_SURVEY : OUT_TEXT,
		.peer = c->peer, .account = c->account, .author = m->author, .automatic = m->from == FROM_SYSTEM,
		.subject = m->subject, .text = m->text, .event = m->event, .fields = c->fields,
		.language = c->language, .ticket = c->number, .survey = c->survey,
		.peer_state = c->peer_state, .answers = c->answers, .thread_subject = c->thread_subject,
		.attachment = message_files(tx, m), .attachment_count = m->attachments, .at = m->at, .attempt = c->row.attempts, .round = c->round,
	};
}

/* 1: taken; 0: its time was over, or it may not go out. */
static int claim_one(struct tx *tx, struct claimed *c)
{
	struct outbox_row *o = &c->row;
	int rc = message_attachments(tx, &c->message, 1);
	if (rc < 0)
		return rc;
	if (o->expires_at > 0 && o->expires_at <= tx->now)
		return outbox_move(tx, o, OUT_EXPIRED, 0, o->error, -1);
	for (size_t i = 0; i < c->message.attachments; i++)
		if (c->message.attachment[i].scan == SCAN_INFECTED)
			return outbox_move(tx, o, OUT_FAILED, 0, arena_printf(tx->arena, "the file %s is infected (%s)",
				c->message.attachment[i].name, c->message.attachment[i].scan_words), -1);
	rc = tx_exec(tx, STMT_outbox_take, PARAMS(v_id(o->message), v_int(tx->now), v_int(tx->session->node)), NULL);
	if (rc < 0)
		return rc;
	sm_move(&out_machine, &o->state, OUT_SENDING, o->channel);
	o->attempts++;
	o->updated_at = tx->now;
	moved(tx, o);
	return 1;
}

int outbox_claim(struct tx *tx, const char *channel, unsigned how, unsigned n, struct outbox_claim **rows, size_t *count)
{
	struct claimed *c;
	size_t due;
	*count = 0;
	int rc = tx_all(tx, STMT_outbox_due, PARAMS(v_text(channel), v_int(tx->now), v_int(n),
		v_int(tx->session->node), v_text(tx_others(tx)), v_int(tx->now - OTHERS_AFTER_MS), v_int(how & CLAIM_THREADS),
		v_int(how & CLAIM_OVERDUE_STAYS)), fill_claimed, sizeof *c, &c, &due);
	if (rc == 0 && tx->closed)
		return tx_refuse(tx, E_CORRUPT, "an address does not open; nothing of channel %s is sent until key_file has its key", channel);
	*rows = arena_alloc(tx->arena, due * sizeof **rows);
	for (size_t i = 0; rc >= 0 && i < due; i++) {
		rc = claim_one(tx, &c[i]);
		if (rc == 1)
			(*rows)[(*count)++] = (struct outbox_claim){ .row = c[i].row, .out = claimed_out(tx, &c[i]) };
	}
	return rc < 0 ? rc : 0;
}

int outbox_unclaim(struct tx *tx, uint64_t message, int64_t claimed_at, int64_t due_at)
{
	struct outbox_row o;
	int rc = outbox_get(tx, message, &o);
	if (rc < 0 || o.state != OUT_SENDING || o.updated_at != claimed_at)
		return rc == E_NOTFOUND ? 0 : rc;
	rc = outbox_move(tx, &o, OUT_QUEUED, due_at, o.error, -1);
	return rc < 0 ? rc : tx_exec(tx, STMT_outbox_untry, PARAMS(v_id(message)), NULL);
}

int64_t outbox_next_due(struct tx *tx, const char *channel)
{
	int64_t next = 0;
	int rc = tx_one(tx, STMT_outbox_next, PARAMS(v_text(channel)), fill_int, &next);
	return rc < 0 || next >= BEHIND ? 0 : next;
}

/* --- many at once --- */

static int move_all(struct tx *tx, const uint64_t *message, size_t n, enum out_state to, const char *error)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = outbox_set(tx, message[i], to, tx->now, error);
	return rc;
}

int outbox_expire(struct tx *tx, unsigned limit, size_t *n)
{
	uint64_t *message;
	int rc = tx_all(tx, STMT_outbox_expired, PARAMS(v_int(tx->now), v_int(limit)), fill_id, sizeof *message, &message, n);
	if (rc == 0)
		rc = move_all(tx, message, *n, OUT_EXPIRED, "it could not be sent in time");
	if (rc == 0)
		rc = receipts_known(tx, limit);
	return rc < 0 ? rc : tx_exec(tx, STMT_early_drop, PARAMS(v_int(tx->now - EARLY_KEEP_MS)), NULL);
}

int outbox_hold(struct tx *tx, const char *why, size_t *n)
{
	uint64_t *message;
	int rc = tx_all(tx, STMT_outbox_unfinished, NO_PARAMS, fill_id, sizeof *message, &message, n);
	return rc < 0 ? rc : move_all(tx, message, *n, OUT_UNKNOWN, why);
}

int outbox_end(struct tx *tx, uint64_t conversation, uint64_t ticket, const char *why, size_t *n)
{
	uint64_t *message;
	int rc = tx_all(tx, STMT_outbox_unsent, PARAMS(v_id(conversation), v_id(ticket)), fill_id, sizeof *message, &message, n);
	return rc < 0 ? rc : move_all(tx, message, *n, OUT_EXPIRED, why);
}

static int recover(struct tx *tx, unsigned node, const char *channel, bool idempotent, size_t *n)
{
	uint64_t *message;
	int rc = tx_all(tx, STMT_outbox_left, PARAMS(v_text(channel), v_int(node)), fill_id, sizeof *message, &message, n);
	if (rc < 0)
		return rc;
	return idempotent ? move_all(tx, message, *n, OUT_QUEUED, NULL)
		: move_all(tx, message, *n, OUT_UNKNOWN, "the gateway stopped while it was being sent");
}

int outbox_recover(struct tx *tx, const char *channel, bool idempotent, size_t *n)
{
	return recover(tx, tx->session->node, channel, idempotent, n);
}

int outbox_recover_dead(struct tx *tx, unsigned node, const char *channel, bool idempotent, size_t *n)
{
	int64_t ours = 0;
	*n = 0;
	int rc = tx_one(tx, STMT_node_free, PARAMS(v_int(node)), fill_int, &ours);
	return rc == E_NOTFOUND || (rc == 0 && !ours) ? 0 : rc < 0 ? rc : recover(tx, node, channel, idempotent, n);
}

int outbox_nodes(struct tx *tx, unsigned **node, size_t *n)
{
	int64_t *all;
	int rc = tx_all(tx, STMT_outbox_nodes, PARAMS(v_int(tx->session->node)), fill_int, sizeof *all, &all, n);
	*node = arena_alloc(tx->arena, (*n + 1) * sizeof **node);
	for (size_t i = 0; i < *n; i++)
		(*node)[i] = (unsigned)all[i];
	return rc;
}

int outbox_list(struct tx *tx, int state, uint64_t after, unsigned limit, struct outbox_row **rows, size_t *n)
{
	enum stmt stmt = state < 0 ? STMT_outbox_list : unfinished((unsigned)state) ? STMT_outbox_list_open
		: state >= OUT_FAILED ? STMT_outbox_list_trouble : STMT_outbox_list;
	return tx_all(tx, stmt, PARAMS(v_id(after ? after : INT64_MAX),
		v_int(state), v_int(limit)), fill_outbox, sizeof **rows, rows, n);
}
