/* Files before their message: uploaded, looked at by the scanner, and forgotten when none comes. */
#include "gateway/store/upload.h"

#include "gateway/store/attachment_inner.h"
#include "gateway/store/files.h"
#include "gateway/store/tx.h"

int upload_insert(struct tx *tx, struct attachment_row *a)
{
	return attachment_insert(tx, a, 0, 0);
}

static void fill_upload(struct row *r, void *out)
{
	struct upload_row *u = out;
	u->id = row_id(r);
	u->sha256 = row_words(r);
	u->at = id_at(u->id);
}

int upload_old(struct tx *tx, int64_t before, unsigned limit, struct upload_row **rows, size_t *n)
{
	return tx_all(tx, STMT_upload_old, PARAMS(v_id(id_floor(before)), v_int(limit)), fill_upload, sizeof **rows, rows, n);
}

int upload_drop(struct tx *tx, uint64_t id, const char *sha256, bool *needed)
{
	int rc = file_named(tx, sha256, id, needed);
	return rc < 0 ? rc : tx_exec(tx, STMT_upload_drop, PARAMS(v_id(id)), NULL);
}
