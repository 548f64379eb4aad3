#include "gateway/store/files.h"

#include "gateway/store/tx.h"

struct each {
	struct tx *tx;
	int (*file)(const char *, void *);
	void *arg;
};

static int on_file(struct db_row *r, void *p)
{
	const struct each *x = p;
	size_t n;
	const char *sha256 = x->tx->session->ops->col_text(r, 0, &n);
	char name[HEX_SHA256];
	if (!sha256 || n != sizeof name - 1)
		return 0;
	memcpy(name, sha256, n);
	name[n] = '\0';
	return x->file(name, x->arg);
}

int files_each(struct tx *tx, int (*file)(const char *sha256, void *), void *arg)
{
	struct each x = { tx, file, arg };
	return tx->session->ops->exec(tx->session->db, STMT_files_each, NO_PARAMS, on_file, &x, NULL, &tx->err);
}

int file_named(struct tx *tx, const char *sha256, uint64_t beside, bool *named)
{
	int64_t others = 0;
	int rc = tx_one(tx, STMT_file_named, PARAMS(v_text(sha256), v_id(beside)), fill_int, &others);
	*named = others > 0;
	return rc;
}
