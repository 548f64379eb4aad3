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
	bool sealed = q->raw && field_sealed(tx->session, FIELD_QUARANTINE_RAW);
	int rc = tx_exec(tx, STMT_quarantine_insert, PARAMS(v_id(id), v_words(q->channel), v_words(q->reason),
		v_sealed(tx, FIELD_QUARANTINE_PEER, id, q->peer ? q->peer : ""), v_text(note), v_blob(sealed ? NULL : q->raw, n),
		v_text(q->raw_sha256), v_int(q->at),
		sealed ? v_sealed_bytes(tx, FIELD_QUARANTINE_RAW, id, q->raw, n) : v_text(NULL)), NULL);
	return rc == 0 && q->whole ? raw_keep(tx, id, q->whole, q->whole_n) : rc;
}

static void fill_quarantine(struct row *r, void *out)
{
	struct quarantine_row *q = out;
	q->id = row_id(r);
	q->channel = row_words(r);
	q->reason = row_words(r);
	q->peer = row_sealed(r, FIELD_QUARANTINE_PEER, q->id);
	q->note = row_words(r);
	q->raw = row_blob(r, &q->n);
	q->raw_sha256 = row_text(r);
	q->at = row_int(r);
	size_t n;
	const void *bytes = row_sealed_bytes(r, FIELD_QUARANTINE_RAW, q->id, &n);
	if (bytes) {
		q->raw = bytes;
		q->n = n;
	}
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

struct aside {
	uint64_t id;
	const void *raw, *bytes; /* as it was written while nothing was sealed; as it is sealed */
	size_t raw_n, n;
};

static void fill_aside(struct row *r, void *out)
{
	struct aside *a = out;
	a->id = row_id(r);
	a->raw = row_blob(r, &a->raw_n);
	a->bytes = row_blob(r, &a->n);
}

static int aside_again(struct tx *tx, struct aside *a)
{
	const void *plain = a->raw;
	size_t n = a->raw_n;
	if (a->bytes) {
		n = a->n;
		plain = bytes_sealed_now(tx->session, FIELD_QUARANTINE_RAW, a->bytes, n) ? NULL :
			unseal_bytes(tx, FIELD_QUARANTINE_RAW, a->id, a->bytes, &n);
	}
	/* What does not open stays as it is, and readable once its key is back. */
	if (!plain || !field_sealed(tx->session, FIELD_QUARANTINE_RAW))
		return 0;
	return tx_exec(tx, STMT_rekey_aside_put, PARAMS(v_id(a->id),
		v_sealed_bytes(tx, FIELD_QUARANTINE_RAW, a->id, plain, n)), NULL);
}

int quarantine_seal_again(struct tx *tx, uint64_t after, unsigned limit, uint64_t *last, size_t *n)
{
	struct aside *a;
	int rc = tx_all(tx, STMT_rekey_aside, PARAMS(v_id(after), v_int(limit)), fill_aside, sizeof *a, &a, n);
	for (size_t i = 0; rc == 0 && i < *n; i++)
		rc = aside_again(tx, &a[i]);
	if (rc < 0 || *n == 0)
		return rc;
	*last = a[*n - 1].id;
	return tx_exec(tx, STMT_rekey_aside_ids, PARAMS(v_id(after), v_id(*last)), NULL);
}
