#include "gateway/store/quarantine.h"

#include "gateway/store/raw.h"
#include "gateway/store/tx.h"

int quarantine_insert(struct tx *tx, struct quarantine_row *q)
{
	size_t n = q->n < QUARANTINE_RAW_MAX ? q->n : QUARANTINE_RAW_MAX;
	const char *note = q->note ? q->note : "";
	uint64_t id = q->id = tx_id(tx);
	if (n < q->n)
		note = arena_printf(tx->arena, "%s%scut to %zu of %zu bytes", note, *note ? "; " : "", n, q->n);
	int rc = tx_exec(tx, STMT_quarantine_insert, PARAMS(v_id(id), v_words(q->channel), v_words(q->reason),
		v_sealed(tx, FIELD_QUARANTINE_PEER, id, q->peer ? q->peer : ""), v_text(q->external_id), v_text(note), v_blob(q->raw, n), v_text(q->raw_sha256), v_int(q->at)), NULL);
	return rc == 0 && q->whole ? raw_keep(tx, id, q->whole, q->whole_n) : rc;
}

static void fill_quarantine(struct row *r, void *out)
{
	struct quarantine_row *q = out;
	q->id = row_id(r);
	q->channel = row_words(r);
	q->reason = row_words(r);
	q->peer = row_sealed(r, FIELD_QUARANTINE_PEER, q->id);
	q->external_id = row_text(r);
	q->note = row_words(r);
	q->raw = row_blob(r, &q->n);
	q->raw_sha256 = row_text(r);
	q->at = row_int(r);
}

int quarantine_get(struct tx *tx, uint64_t id, struct quarantine_row *q)
{
	return tx_one(tx, STMT_quarantine_get, PARAMS(v_id(id)), fill_quarantine, q);
}

int quarantine_list(struct tx *tx, uint64_t after, unsigned limit, struct quarantine_row **rows, size_t *n)
{
	return tx_all(tx, STMT_quarantine_list, PARAMS(v_id(after ? after : INT64_MAX), v_int(limit)), fill_quarantine,
		sizeof **rows, rows, n);
}
