#include "gateway/store/attachment.h"

#include "gateway/store/attachment_inner.h"
#include "gateway/store/message.h"
#include "gateway/store/tx.h"

static void fill_attachment(struct row *r, void *out)
{
	struct attachment_row *a = out;
	a->id = row_id(r);
	a->name = row_words(r);
	a->type = row_words(r);
	a->sha256 = row_words(r);
	a->size = row_id(r);
	a->ticket = row_id(r);
	a->scan = row_uint(r);
	a->scan_words = row_words(r);
}

int message_attachments(struct tx *tx, struct message_row *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!m[i].attachments)
			continue;
		int rc = tx_all(tx, STMT_attachment_list, PARAMS(v_id(m[i].id)), fill_attachment, sizeof *m->attachment,
			&m[i].attachment, &m[i].attachments);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int attachment_insert(struct tx *tx, struct attachment_row *a, uint64_t message, uint64_t ticket)
{
	a->id = tx_id(tx);
	return tx_exec(tx, STMT_attachment_insert, PARAMS(v_id(a->id), v_id(message), v_id(ticket), v_words(a->name),
		v_words(a->type), v_words(a->sha256), v_int((int64_t)a->size), v_int(a->scan)), NULL);
}

int attachment_get(struct tx *tx, uint64_t id, struct attachment_row *a)
{
	return tx_one(tx, STMT_attachment_get, PARAMS(v_id(id)), fill_attachment, a);
}

int attachment_waiting(struct tx *tx, uint64_t after, struct attachment_row *a)
{
	return tx_one(tx, STMT_attachment_waiting, PARAMS(v_id(after)), fill_attachment, a);
}

int attachment_scanned(struct tx *tx, const char *sha256, enum scan scan, const char *words, struct attachment_row **rows,
	size_t *n)
{
	int rc = tx_all(tx, STMT_attachment_same, PARAMS(v_text(sha256)), fill_attachment, sizeof **rows, rows, n);
	return rc < 0 ? rc : tx_exec(tx, STMT_attachment_scanned, PARAMS(v_text(sha256), v_int(scan), v_words(words)), NULL);
}

int attachment_release(struct tx *tx)
{
	return tx_exec(tx, STMT_attachment_release, NO_PARAMS, NULL);
}

int attachment_states(struct tx *tx, const char *sha256, unsigned *states)
{
	int64_t *scan;
	size_t n;
	int rc = tx_all(tx, STMT_attachment_states, PARAMS(v_text(sha256)), fill_int, sizeof *scan, &scan, &n);
	*states = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		*states |= 1u << (scan[i] & 7);
	return rc;
}
