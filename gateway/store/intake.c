#include "gateway/store/tx.h"

static void fill_intake(struct row *r, void *out)
{
	struct intake_row *i = out;
	i->message = row_id(r);
	i->seq = row_int(r);
	i->ticket = row_text(r);
	i->reason = row_text(r);
	i->at = row_int(r);
	i->outcome = row_uint(r);
}

int intake_find(struct tx *tx, const char *channel, const char *external_id, struct intake_row *i)
{
	return tx_one(tx, STMT_intake_find, PARAMS(v_text(channel), v_text(external_id)), fill_intake, i);
}

int intake_insert(struct tx *tx, const char *channel, const char *external_id, const struct intake_row *i)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_intake_insert, PARAMS(v_text(channel), v_text(external_id), v_id(i->message), v_int(i->seq),
		v_text(i->ticket), v_text(i->reason), v_int(i->at), v_int(i->outcome)), &changed);
	if (rc == 0 && !changed)
		return tx_refuse(tx, E_EXISTS, "this message of channel %s came before", channel);
	return rc;
}

int intake_replace(struct tx *tx, const char *channel, const char *external_id, const struct intake_row *i)
{
	return tx_exec(tx, STMT_intake_replace, PARAMS(v_text(channel), v_text(external_id), v_id(i->message), v_int(i->seq),
		v_text(i->ticket), v_text(i->reason), v_int(i->at), v_int(i->outcome)), NULL);
}
