#include "gateway/store/session.h"

#include "gateway/store/tx.h"

static void fill_session(struct row *r, void *out)
{
	struct session_row *s = out;
	s->id_hash = row_words(r);
	s->staff = row_words(r);
	s->csrf = row_words(r);
	s->created_at = row_int(r);
	s->expires_at = row_int(r);
}

/* Logins are rare, so each one also clears away what has expired. */
int session_put(struct tx *tx, const struct session_row *s)
{
	int rc = tx_exec(tx, STMT_session_drop_expired, PARAMS(v_int(tx->now)), NULL);
	if (rc < 0)
		return rc;
	return tx_exec(tx, STMT_session_put, PARAMS(v_text(s->id_hash), v_text(s->staff), v_words(s->csrf), v_int(s->created_at),
		v_int(s->expires_at)), NULL);
}

int session_get(struct tx *tx, const char *id_hash, struct session_row *s)
{
	return tx_one(tx, STMT_session_get, PARAMS(v_text(id_hash)), fill_session, s);
}

int session_drop(struct tx *tx, const char *id_hash)
{
	return tx_exec(tx, STMT_session_drop, PARAMS(v_text(id_hash)), NULL);
}

int session_drop_staff(struct tx *tx, const char *staff)
{
	return tx_exec(tx, STMT_session_drop_staff, PARAMS(v_text(staff)), NULL);
}

int session_drop_others(struct tx *tx, const char *staff, const char *but_id_hash)
{
	return tx_exec(tx, STMT_session_drop_others, PARAMS(v_text(staff), v_text(but_id_hash)), NULL);
}

int session_count(struct tx *tx, const char *staff, int64_t *n)
{
	return tx_one(tx, STMT_session_count, PARAMS(v_text(staff), v_int(tx->now)), fill_int, n);
}
