#include "gateway/store/staff.h"

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
	s->generation = row_int(r);
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
