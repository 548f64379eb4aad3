#include "gateway/store/raw.h"

#include "gateway/store/tx.h"

struct raw_row {
	uint64_t id;
	const void *bytes;
	size_t n;
};

static void fill_bytes(struct row *r, void *out)
{
	struct raw_row *w = out;
	w->bytes = row_blob(r, &w->n);
}

static void fill_raw(struct row *r, void *out)
{
	((struct raw_row *)out)->id = row_id(r);
	fill_bytes(r, out);
}

int raw_keep(struct tx *tx, uint64_t id, const void *p, size_t n)
{
	return tx_exec(tx, STMT_raw_insert, PARAMS(v_id(id), v_sealed_bytes(tx, FIELD_RAW, id, p, n)), NULL);
}

int raw_get(struct tx *tx, uint64_t id, const void **p, size_t *n)
{
	struct raw_row w = { 0 };
	int rc = tx_one(tx, STMT_raw_get, PARAMS(v_id(id)), fill_bytes, &w);
	if (rc < 0)
		return rc;
	*n = w.n;
	*p = unseal_bytes(tx, FIELD_RAW, id, w.bytes, n);
	return *p ? 0 : E_MALFORMED;
}

int raw_drop(struct tx *tx, uint64_t id)
{
	int64_t gone = 0;
	int rc = tx_exec(tx, STMT_raw_drop, PARAMS(v_id(id)), &gone);
	return rc == 0 && !gone ? E_NOTFOUND : rc;
}

int raw_seal_again(struct tx *tx, uint64_t after, unsigned limit, uint64_t *last, size_t *n)
{
	struct raw_row *w;
	int rc = tx_all(tx, STMT_rekey_raw, PARAMS(v_id(after), v_int(limit)), fill_raw, sizeof *w, &w, n);
	for (size_t i = 0; rc == 0 && i < *n; i++) {
		size_t len = w[i].n;
		const void *plain = bytes_sealed_now(tx->session, FIELD_RAW, w[i].bytes, len) ? NULL : unseal_bytes(tx, FIELD_RAW, w[i].id, w[i].bytes, &len);
		if (plain) /* what does not open stays as it is, and readable once its key is back */
			rc = tx_exec(tx, STMT_rekey_raw_put, PARAMS(v_id(w[i].id), v_sealed_bytes(tx, FIELD_RAW, w[i].id, plain, len)), NULL);
		*last = w[i].id;
	}
	return rc;
}
