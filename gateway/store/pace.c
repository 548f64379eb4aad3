#include "gateway/store/pace.h"

#include "gateway/store/tx.h"

int pace_get(struct tx *tx, const char *name, int64_t *due)
{
	*due = 0;
	int rc = tx_one(tx, STMT_pace_get, PARAMS(v_text(name)), fill_int, due);
	return rc == E_NOTFOUND ? 0 : rc;
}

int pace_put(struct tx *tx, const char *name, int64_t due)
{
	return tx_exec(tx, STMT_pace_put, PARAMS(v_text(name), v_int(due)), NULL);
}

int pace_drop(struct tx *tx, int64_t now)
{
	return tx_exec(tx, STMT_pace_drop, PARAMS(v_int(now)), NULL);
}
