#include "gateway/store/drafts.h"
#include "gateway/store/tx.h"

static void fill_draft(struct row *r, void *out)
{
	struct draft_row *d = out;
	d->staff = row_words(r);
	d->ticket = row_id(r);
	d->mode = row_uint(r);
	d->text = row_words(r);
	d->rev = row_int(r);
	d->at = row_int(r);
	d->number = row_words(r);
}

int draft_get(struct tx *tx, const char *staff, uint64_t ticket, unsigned mode, struct draft_row *d)
{
	return tx_one(tx, STMT_draft_get, PARAMS(v_text(staff), v_id(ticket), v_int(mode)), fill_draft, d);
}

int draft_put(struct tx *tx, const struct draft_row *d)
{
	return tx_exec(tx, STMT_draft_put, PARAMS(v_text(d->staff), v_id(d->ticket), v_int(d->mode), v_words(d->text), v_int(d->rev),
		v_int(tx->now)), NULL);
}

int draft_drop(struct tx *tx, const char *staff, uint64_t ticket, unsigned mode)
{
	return tx_exec(tx, STMT_draft_drop, PARAMS(v_text(staff), v_id(ticket), v_int(mode)), NULL);
}

int draft_list(struct tx *tx, const char *staff, unsigned limit, struct draft_row **rows, size_t *n)
{
	return tx_all(tx, STMT_draft_list, PARAMS(v_text(staff), v_int(limit)), fill_draft, sizeof **rows, rows, n);
}

int draft_drop_before(struct tx *tx, int64_t before)
{
	return tx_exec(tx, STMT_draft_drop_before, PARAMS(v_int(before)), NULL);
}

/* --- held replies --- */

static void fill_held(struct row *r, void *out)
{
	struct held_row *h = out;
	h->id = row_id(r);
	h->ticket = row_id(r);
	h->staff = row_words(r);
	h->body = row_words(r);
	h->send_at = row_int(r);
	h->number = row_words(r);
}

int held_insert(struct tx *tx, struct held_row *h)
{
	h->id = tx_id(tx);
	return tx_exec(tx, STMT_held_insert, PARAMS(v_id(h->id), v_id(h->ticket), v_text(h->staff), v_words(h->body),
		v_int(h->send_at)), NULL);
}

int held_get(struct tx *tx, uint64_t id, struct held_row *h)
{
	return tx_one(tx, STMT_held_get, PARAMS(v_id(id)), fill_held, h);
}

int held_list(struct tx *tx, uint64_t ticket, struct held_row **rows, size_t *n)
{
	return tx_all(tx, STMT_held_list, PARAMS(v_id(ticket)), fill_held, sizeof **rows, rows, n);
}

int held_due(struct tx *tx, int64_t until, unsigned limit, struct held_row **rows, size_t *n)
{
	return tx_all(tx, STMT_held_due, PARAMS(v_int(until), v_int(limit)), fill_held, sizeof **rows, rows, n);
}

int held_take(struct tx *tx, uint64_t id)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_held_drop, PARAMS(v_id(id)), &changed);
	return rc < 0 ? rc : changed > 0;
}
