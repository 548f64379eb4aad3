/* What a channel says later about a message: ids of its parts, and receipts for them. A message is delivered when every
 * part of its last sending is, failed when one is, and never leaves a final state by a receipt. */
#include "gateway/store/receipt.h"

#include "gateway/base/sm.h"
#include "gateway/store/conversation.h"
#include "gateway/store/outbox_inner.h"
#include "gateway/store/tx.h"

struct part {
	uint64_t message;
	int64_t send;
	bool done;
};

static void fill_part(struct row *r, void *out)
{
	struct part *p = out;
	p->message = row_id(r);
	p->send = row_int(r);
	p->done = row_int(r);
}

struct counts {
	int64_t sends, parts, done;
};

static void fill_counts(struct row *r, void *out)
{
	struct counts *c = out;
	c->sends = row_int(r);
	c->parts = row_int(r);
	c->done = row_int(r);
}

/* A receipt speaks of what was handed over; one for a row that waits to be sent again is about the sending before. */
static bool handed_over(unsigned state)
{
	return state == OUT_SENDING || state == OUT_ACCEPTED || state == OUT_UNKNOWN || state == OUT_DELIVERED;
}

static int move_if_legal(struct tx *tx, struct outbox_row *o, enum out_state to, const char *reason)
{
	if (to == OUT_EXPIRED && !sm_legal(&out_machine, o->state, to))
		to = OUT_FAILED;
	if (!handed_over(o->state) || !sm_legal(&out_machine, o->state, to))
		return 0;
	return outbox_move(tx, o, to, 0, reason, -1);
}

/* A part counts once, however often its receipt comes. */
static int count_part(struct tx *tx, const char *channel, const char *id, const struct part *p, struct counts *c)
{
	int rc = 0;
	if (!p->done) {
		rc = tx_exec(tx, STMT_part_done, PARAMS(v_text(channel), v_text(id)), NULL);
		if (rc == 0)
			rc = tx_exec(tx, STMT_outbox_part_done, PARAMS(v_id(p->message)), NULL);
		c->done++;
	}
	return rc;
}

static int apply(struct tx *tx, const char *channel, const char *id, const struct part *p, enum out_state state,
	const char *reason)
{
	struct outbox_row o;
	struct counts c;
	int rc = tx_one(tx, STMT_outbox_counts, PARAMS(v_id(p->message)), fill_counts, &c);
	if (rc == 0 && p->send != c.sends)
		return 0; /* of an earlier sending */
	if (rc == 0)
		rc = outbox_get(tx, p->message, &o);
	if (rc == 0 && (state == OUT_DELIVERED || state == OUT_READ)) {
		rc = count_part(tx, channel, id, p, &c);
		if (rc == 0 && c.done < c.parts)
			return 0;
	}
	return rc < 0 ? rc : move_if_legal(tx, &o, state, reason);
}

/* --- ids --- */

struct early {
	enum out_state state;
	const char *reason;
};

static void fill_early(struct row *r, void *out)
{
	struct early *e = out;
	e->state = (enum out_state)row_int(r);
	e->reason = row_text(r);
}

/* A receipt that came early is applied now. */
static int take_early(struct tx *tx, const char *channel, const char *id)
{
	struct early early;
	struct part p;
	const struct db_value v[] = { v_text(channel), v_text(id) };
	int rc = tx_one(tx, STMT_early_get, v, 2, fill_early, &early);
	if (rc == 0)
		rc = tx_exec(tx, STMT_early_done, v, 2, NULL);
	if (rc == 0)
		rc = tx_one(tx, STMT_part_get, v, 2, fill_part, &p);
	return rc < 0 ? rc : apply(tx, channel, id, &p, early.state, early.reason);
}

static int part_add(struct tx *tx, uint64_t message, const char *channel, const char *id)
{
	int rc = tx_exec(tx, STMT_part_put, PARAMS(v_text(channel), v_text(id), v_id(message)), NULL);
	if (rc == 0)
		rc = take_early(tx, channel, id);
	return rc == E_NOTFOUND ? 0 : rc;
}

int outbox_handed(struct tx *tx, uint64_t message, enum out_state to, const char *error, const char *channel,
	const char *const *id, size_t n)
{
	struct outbox_row o;
	int rc = outbox_get(tx, message, &o);
	if (rc == 0)
		rc = outbox_move(tx, &o, to, 0, error, (int64_t)n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = part_add(tx, message, channel, id[i]);
	return rc;
}

/* --- receipts --- */

static int receipt_upto(struct tx *tx, const char *channel, const struct receipt *r)
{
	struct conversation_row c;
	uint64_t *message;
	size_t n;
	int rc = conversation_find(tx, channel, r->peer, &c);
	if (rc < 0)
		return rc;
	int64_t upto = r->upto_seq < c.last_seq ? r->upto_seq : c.last_seq;
	rc = tx_all(tx, STMT_outbox_upto, PARAMS(v_id(c.id), v_int(c.read_seq), v_int(upto)), fill_id, sizeof *message, &message, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct outbox_row o;
		rc = outbox_get(tx, message[i], &o);
		if (rc == 0)
			rc = move_if_legal(tx, &o, r->state, r->reason);
	}
	if (rc == 0 && r->state == OUT_READ)
		rc = tx_exec(tx, STMT_conversation_read, PARAMS(v_id(c.id), v_int(upto)), NULL);
	return rc;
}

static int keep_early(struct tx *tx, const char *channel, const struct receipt *r)
{
	int rc = 0;
	if (r->state != OUT_ACCEPTED)
		rc = tx_exec(tx, STMT_early_put, PARAMS(v_text(channel), v_text(r->external_id), v_int(r->state), v_text(r->reason),
			v_int(tx->now)), NULL);
	return rc < 0 ? rc : E_NOTFOUND;
}

int outbox_of_id(struct tx *tx, const char *channel, const char *id, uint64_t *message)
{
	struct part p;
	int rc = tx_one(tx, STMT_part_get, PARAMS(v_text(channel), v_text(id)), fill_part, &p);
	*message = rc == 0 ? p.message : 0;
	return rc;
}

int outbox_receipt(struct tx *tx, const char *channel, const struct receipt *r)
{
	struct part p;
	if (!r->external_id)
		return receipt_upto(tx, channel, r);
	int rc = tx_one(tx, STMT_part_get, PARAMS(v_text(channel), v_text(r->external_id)), fill_part, &p);
	if (rc == E_NOTFOUND)
		return keep_early(tx, channel, r);
	return rc < 0 ? rc : apply(tx, channel, r->external_id, &p, r->state, r->reason);
}

static void fill_unmatched(struct row *r, void *out)
{
	struct unmatched_row *u = out;
	u->channel = row_words(r);
	u->count = (uint64_t)row_int(r);
	u->id = row_words(r);
}

int receipts_unmatched(struct tx *tx, int64_t after, int64_t upto, struct unmatched_row **rows, size_t *n)
{
	return tx_all(tx, STMT_early_waiting, PARAMS(v_int(after), v_int(upto)), fill_unmatched, sizeof **rows, rows, n);
}

struct early_key {
	const char *channel, *id;
};

static void fill_key(struct row *r, void *out)
{
	struct early_key *k = out;
	k->channel = row_words(r);
	k->id = row_words(r);
}

int receipts_known(struct tx *tx, unsigned limit)
{
	struct early_key *k;
	size_t n;
	int rc = tx_all(tx, STMT_early_known, PARAMS(v_int(limit)), fill_key, sizeof *k, &k, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = take_early(tx, k[i].channel, k[i].id);
		if (rc == E_NOTFOUND)
			rc = 0;
	}
	return rc;
}
