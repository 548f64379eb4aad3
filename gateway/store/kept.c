#include "gateway/store/tx.h"

static void fill_value(struct row *r, void *out)
{
	*(const char **)out = row_words(r);
}

int kept_get(struct tx *tx, const char *space, const char *key, const char **value)
{
	return tx_one(tx, STMT_kept_get, PARAMS(v_text(space), v_text(key)), fill_value, value);
}

int kept_put(struct tx *tx, const char *space, const char *key, const char *value)
{
	return tx_exec(tx, STMT_kept_put, PARAMS(v_text(space), v_text(key), v_words(value), v_int(tx->now)), NULL);
}
