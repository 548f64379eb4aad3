/* What proving a mobile number asks of the rows. Deciding is the flow's. */
#include "gateway/store/phone.h"

#include "gateway/store/ids.h"

static void fill_code(struct row *r, void *out)
{
	struct phone_code *c = out;
	c->channel = row_words(r);
	c->peer = row_words(r); /* as it is found */
	c->conversation = row_id(r);
	c->hash = row_words(r);
	c->tries = row_uint(r);
	c->message = row_id(r);
	c->expires_at = row_int(r);
}

int phone_code_get(struct tx *tx, const char *channel, const char *peer, struct phone_code *c)
{
	return tx_one(tx, STMT_phone_code_get, PARAMS(v_text(channel), v_text(id_key(tx, peer))), fill_code, c);
}

int phone_code_put(struct tx *tx, const struct phone_code *c)
{
	return tx_exec(tx, STMT_phone_code_put, PARAMS(v_text(c->channel), v_text(id_key(tx, c->peer)), v_id(c->conversation), v_text(c->hash),
		v_int(c->tries), v_id(c->message), v_int(c->expires_at)), NULL);
}

static int changed_one(struct tx *tx, int rc, int64_t changed)
{
	return rc == 0 && !changed ? tx_refuse(tx, E_CONFLICT, "the code was tried or replaced meanwhile") : rc;
}

int phone_code_tried(struct tx *tx, const struct phone_code *c)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_phone_code_tried, PARAMS(v_text(c->channel), v_text(c->peer), v_id(c->message), v_int(c->tries)),
		&changed);
	return changed_one(tx, rc, changed);
}

int phone_code_drop(struct tx *tx, const struct phone_code *c)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_phone_code_drop, PARAMS(v_text(c->channel), v_text(c->peer), v_id(c->message)), &changed);
	return changed_one(tx, rc, changed);
}

int phone_code_over(struct tx *tx, int64_t now, unsigned limit, struct phone_code **rows, size_t *n)
{
	return tx_all(tx, STMT_phone_code_over, PARAMS(v_int(now), v_int(limit)), fill_code, sizeof **rows, rows, n);
}
