/* Staff, their sessions, and the programs' tokens. */
#include <string.h>
#include <strings.h>

#include "gateway/store/tx.h"

static void fill_staff(struct row *r, void *out)
{
	struct staff_row *s = out;
	s->name = row_words(r);
	s->display = row_words(r);
	s->department = row_words(r);
	s->password = row_words(r);
	s->role = row_uint(r);
	s->disabled = row_int(r);
	s->failures = row_uint(r);
	s->locked_until = row_int(r);
	s->created_at = row_int(r);
	s->skills = row_words(r);
	s->capacity = row_uint(r);
	s->duty = row_uint(r);
	s->duty_at = row_int(r);
	s->given_at = row_int(r);
	s->totp = row_words(r);
	s->totp_step = row_int(r);
}

bool staff_name_valid(const char *name)
{
	size_t n = strlen(name);
	return n > 0 && n <= STAFF_NAME_LONGEST && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

/* Beside "api:NAME" of a token, whose colon no name has. */
bool staff_name_own(const char *name)
{
	static const char *const own[] = { "citizen", "system", "clock", "command", "import" };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcasecmp(name, own[i]) == 0)
			return true;
	return false;
}

int staff_get(struct tx *tx, const char *name, struct staff_row *s)
{
	return tx_one(tx, STMT_staff_get, PARAMS(v_text(name)), fill_staff, s);
}

int staff_put(struct tx *tx, const struct staff_row *s)
{
	return tx_exec(tx, STMT_staff_put, PARAMS(v_text(s->name), v_words(s->display), v_words(s->department),
		v_words(s->password), v_int(s->role), v_int(s->disabled), v_int(s->failures), v_int(s->locked_until),
		v_int(s->created_at), v_words(s->skills), v_int(s->capacity), v_int(s->duty), v_int(s->duty_at),
		v_int(s->given_at), v_words(s->totp), v_int(s->totp_step)), NULL);
}

int staff_list(struct tx *tx, struct staff_row **rows, size_t *n)
{
	return tx_all(tx, STMT_staff_list, NO_PARAMS, fill_staff, sizeof **rows, rows, n);
}

static void fill_load(struct row *r, void *out)
{
	struct staff_load *l = out;
	l->name = row_words(r);
	l->open = row_int(r);
}

int staff_loads(struct tx *tx, struct staff_load **rows, size_t *n)
{
	return tx_all(tx, STMT_staff_loads, NO_PARAMS, fill_load, sizeof **rows, rows, n);
}

int staff_load(struct tx *tx, const char *name, int64_t *open)
{
	return tx_one(tx, STMT_staff_load, PARAMS(v_text(name)), fill_int, open);
}

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

static void fill_token(struct row *r, void *out)
{
	struct token_row *t = out;
	t->name = row_words(r);
	t->hash = row_words(r);
	t->scopes = row_words(r);
	t->created_at = row_int(r);
	t->revoked_at = row_int(r);
}

int token_put(struct tx *tx, const struct token_row *t)
{
	return tx_exec(tx, STMT_token_put, PARAMS(v_text(t->name), v_text(t->hash), v_words(t->scopes), v_int(t->created_at),
		v_int(t->revoked_at)), NULL);
}

int token_find(struct tx *tx, const char *hash, struct token_row *t)
{
	return tx_one(tx, STMT_token_find, PARAMS(v_text(hash)), fill_token, t);
}

int token_get(struct tx *tx, const char *name, struct token_row *t)
{
	return tx_one(tx, STMT_token_get, PARAMS(v_text(name)), fill_token, t);
}

int token_list(struct tx *tx, struct token_row **t, size_t *n)
{
	return tx_all(tx, STMT_token_list, NO_PARAMS, fill_token, sizeof **t, t, n);
}
