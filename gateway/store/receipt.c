/* What a channel says later about a message: ids of its parts, and receipts for them. A message is delivered when every
 * part of its last sending is, failed when one is, and never leaves a final state by a receipt. */
#include "gateway/store/receipt.h"

#include "gateway/base/sm.h"
#include "gateway/store/conversation.h"
#include "gateway/store/ids.h"
#include "gateway/store/outbox_inner.h"
#include "gateway/store/tx.h"

struct part {
	uint64_t message;
	int64_t send;
	bool done;
	const char *key; /* what it is found by (ids.h) */
};

static void fill_part(struct row *r, void *out)
{
	struct part *p = out;
	p->message = row_id(r);
	p->send = row_int(r);
	p->done = row_int(r);
	p->key = row_words(r);
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
static int count_part(struct tx *tx, const char *channel, const struct part *p, struct counts *c)
{
	int rc = 0;
	if (!p->done) {
		rc = tx_exec(tx, STMT_part_done, PARAMS(v_text(channel), v_text(p->key)), NULL);
		if (rc == 0)
			rc = tx_exec(tx, STMT_outbox_part_done, PARAMS(v_id(p->message)), NULL);
		c->done++;
	}
	return rc;
}

static int apply(struct tx *tx, const char *channel, const struct part *p, enum out_state state,
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
		rc = count_part(tx, channel, p, &c);
		if (rc == 0 && c.done < c.parts)
			return 0;
	}
	return rc < 0 ? rc : move_if_legal(tx, &o, state, reason);
}

/* --- ids --- */

struct early {
	enum out_state state;
	const char *reason, *key;
};

static void fill_early(struct row *r, void *out)
{
	struct early *e = out;
	e->state = (enum out_state)row_int(r);
	e->reason = row_text(r);
	e->key = row_words(r);
}

/* A receipt that came early is applied now. */
static int take_early(struct tx *tx, const char *channel, const struct early *early, const struct part *p)
{
	int rc = tx_exec(tx, STMT_early_done, PARAMS(v_text(channel), v_text(early->key)), NULL);
	return rc < 0 ? rc : apply(tx, channel, p, early->state, early->reason);
}

static int part_add(struct tx *tx, uint64_t message, const char *channel, const char *id)
{
	struct early early;
	struct part p;
	int rc = ids_drop_older(tx, IDS_PART, channel, id);
	if (rc == 0)
		rc = tx_exec(tx, STMT_part_put, PARAMS(v_text(channel), v_text(id_key(tx, id)), v_id(message)), NULL);
	if (rc == 0)
		rc = id_one(tx, STMT_early_get, channel, id, fill_early, &early);
	if (rc == 0)
		rc = id_one(tx, STMT_part_get, channel, id, fill_part, &p);
	if (rc == 0)
		rc = take_early(tx, channel, &early, &p);
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
	bool told = r->state != OUT_ACCEPTED, sealed = field_sealed(tx->session, FIELD_RECEIPT_ID);
	int rc = told ? ids_drop_older(tx, IDS_EARLY, channel, r->external_id) : 0;
	if (rc == 0 && told)
		rc = tx_exec(tx, STMT_early_put, PARAMS(v_text(channel), v_text(id_key(tx, r->external_id)), v_int(r->state), v_text(r->reason),
			v_int(tx->now), sealed ? v_sealed(tx, FIELD_RECEIPT_ID, 0, r->external_id) : v_text(NULL)), NULL);
	return rc < 0 ? rc : E_NOTFOUND;
}

int outbox_of_id(struct tx *tx, const char *channel, const char *id, uint64_t *message)
{
	struct part p;
	int rc = id_one(tx, STMT_part_get, channel, id, fill_part, &p);
	*message = rc == 0 ? p.message : 0;
	return rc;
}

int outbox_receipt(struct tx *tx, const char *channel, const struct receipt *r)
{
	struct part p;
	if (!r->external_id)
		return receipt_upto(tx, channel, r);
	int rc = id_one(tx, STMT_part_get, channel, r->external_id, fill_part, &p);
	if (rc == E_NOTFOUND)
		return keep_early(tx, channel, r);
	return rc < 0 ? rc : apply(tx, channel, &p, r->state, r->reason);
}

static void fill_unmatched(struct row *r, void *out)
{
	struct unmatched_row *u = out;
	u->channel = row_words(r);
	u->count = (uint64_t)row_int(r);
	u->id = row_sealed(r, FIELD_RECEIPT_ID, 0); /* of any row: it is shown and nothing more */
}

int receipts_unmatched(struct tx *tx, int64_t after, int64_t upto, struct unmatched_row **rows, size_t *n)
{
	return tx_all(tx, STMT_early_waiting, PARAMS(v_int(after), v_int(upto)), fill_unmatched, sizeof **rows, rows, n);
}

struct early_part {
	const char *channel;
	struct part part;
};

static void fill_early_part(struct row *r, void *out)
{
	struct early_part *e = out;
	e->channel = row_words(r);
	fill_part(r, &e->part);
}

int receipts_known(struct tx *tx, unsigned limit)
{
	struct early_part *k;
	size_t n;
	int rc = tx_all(tx, STMT_early_known, PARAMS(v_int(limit)), fill_early_part, sizeof *k, &k, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct early early;
		rc = tx_one(tx, STMT_early_get, PARAMS(v_text(k[i].channel), v_text(k[i].part.key)), fill_early, &early);
		if (rc == 0)
			rc = take_early(tx, k[i].channel, &early, &k[i].part);
		if (rc == E_NOTFOUND)
			rc = 0;
	}
	return rc;
}
