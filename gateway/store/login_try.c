#include "gateway/store/login_try.h"

#include "gateway/store/tx.h"

int login_try_get(struct tx *tx, const char *name, const char *source, int64_t *due)
{
	*due = 0;
	int rc = tx_one(tx, STMT_login_try_get, PARAMS(v_text(name), v_words(source)), fill_int, due);
	return rc == E_NOTFOUND ? 0 : rc;
}

int login_try_put(struct tx *tx, const char *name, const char *source, int64_t due)
{
	return tx_exec(tx, STMT_login_try_put, PARAMS(v_text(name), v_words(source), v_int(due)), NULL);
}

int login_try_later(struct tx *tx, const char *name, int64_t than, int64_t everywhere, int64_t *n)
{
	return tx_one(tx, STMT_login_try_later, PARAMS(v_text(name), v_int(than), v_int(everywhere)), fill_int, n);
}

int login_try_drop(struct tx *tx, int64_t now)
{
	return tx_exec(tx, STMT_login_try_drop, PARAMS(v_int(now)), NULL);
}

int login_try_forget(struct tx *tx, const char *name)
{
	return tx_exec(tx, STMT_login_try_forget, PARAMS(v_text(name)), NULL);
}
