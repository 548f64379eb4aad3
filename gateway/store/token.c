#include "gateway/store/token.h"

#include "gateway/store/tx.h"

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
