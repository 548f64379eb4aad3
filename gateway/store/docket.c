#include "gateway/store/docket.h"

#include "gateway/store/ticket.h"
#include "gateway/store/tx.h"

static const char *const KIND[DOCKET_KINDS] = { "return", "extension", "supervision", "callback" };

const char *docket_kind_name(enum docket_kind k)
{
	must((unsigned)k < DOCKET_KINDS);
	return KIND[k];
}

int docket_kind_find(const char *name)
{
	for (int i = 0; i < DOCKET_KINDS; i++)
		if (strcmp(KIND[i], name) == 0)
			return i;
	return -1;
}

static void fill_docket(struct row *r, void *out)
{
	struct docket_row *d = out;
	d->id = row_id(r);
	d->ticket = row_id(r);
	d->kind = row_uint(r);
	d->department = row_words(r);
	d->actor = row_words(r);
	d->reason = row_words(r);
	d->basis = row_words(r);
	d->note = row_words(r);
	d->days = row_uint(r);
	d->since = row_int(r);
	d->at = row_int(r);
	d->due_at = row_int(r);
	d->verdict = row_words(r);
	d->judge = row_words(r);
	d->words = row_words(r);
	d->judged_at = row_int(r);
	d->until = row_int(r);
	d->number = row_words(r);
	d->title = row_words(r);
}

int docket_insert(struct tx *tx, struct docket_row *d)
{
	d->id = tx_id(tx);
	d->at = tx->now;
	return tx_exec(tx, STMT_docket_insert, PARAMS(v_id(d->id), v_id(d->ticket), v_int(d->kind), v_words(d->department),
		v_words(d->actor), v_words(d->reason), v_words(d->basis), v_words(d->note), v_int(d->days), v_int(d->since),
		v_int(d->at), v_int(d->due_at), v_words(d->verdict), v_words(d->judge), v_words(d->words), v_int(d->judged_at),
		v_int(d->until)), NULL);
}

int docket_update(struct tx *tx, const struct docket_row *d)
{
	return tx_exec(tx, STMT_docket_update, PARAMS(v_id(d->id), v_words(d->verdict), v_words(d->judge), v_words(d->words),
		v_int(d->judged_at), v_int(d->until)), NULL);
}

int docket_last(struct tx *tx, uint64_t ticket, enum docket_kind k, struct docket_row *d)
{
	return tx_one(tx, STMT_docket_last, PARAMS(v_id(ticket), v_int(k)), fill_docket, d);
}

int docket_pending(struct tx *tx, const struct ticket_row *t, enum docket_kind k, struct docket_row *d)
{
	int rc = docket_last(tx, t->id, k, d);
	if (rc == E_NOTFOUND)
		return 0;
	return rc < 0 ? rc : *d->verdict == '\0';
}

int docket_rule(struct tx *tx, struct docket_row *d, const char *verdict, const char *judge, const char *words)
{
	d->verdict = verdict;
	d->judge = judge;
	d->words = words ? words : "";
	d->judged_at = tx_now(tx);
	return docket_update(tx, d);
}

int docket_list(struct tx *tx, uint64_t ticket, struct docket_row **rows, size_t *n)
{
	return tx_all(tx, STMT_docket_list, PARAMS(v_id(ticket)), fill_docket, sizeof **rows, rows, n);
}

int docket_open(struct tx *tx, enum docket_kind k, const char *department, uint64_t after, unsigned limit,
	struct docket_row **rows, size_t *n)
{
	return tx_all(tx, STMT_docket_open, PARAMS(v_int(k), v_id(after), v_int(limit), v_words(department)), fill_docket,
		sizeof **rows, rows, n);
}

/* --- helpers --- */

static void fill_helper(struct row *r, void *out)
{
	struct helper_row *h = out;
	h->department = row_words(r);
	h->asked_by = row_words(r);
	h->asked_at = row_int(r);
	h->opinion = row_words(r);
	h->answered_by = row_words(r);
	h->answered_at = row_int(r);
	h->ticket = row_id(r);
	h->number = row_words(r);
	h->title = row_words(r);
}

int helper_put(struct tx *tx, uint64_t ticket, const struct helper_row *h)
{
	return tx_exec(tx, STMT_helper_put, PARAMS(v_id(ticket), v_text(h->department), v_words(h->asked_by), v_int(h->asked_at),
		v_words(h->opinion), v_words(h->answered_by), v_int(h->answered_at)), NULL);
}

int helper_list(struct tx *tx, uint64_t ticket, struct helper_row **rows, size_t *n)
{
	return tx_all(tx, STMT_helper_list, PARAMS(v_id(ticket)), fill_helper, sizeof **rows, rows, n);
}

int helper_open(struct tx *tx, const char *department, uint64_t after, unsigned limit, struct helper_row **rows, size_t *n)
{
	return tx_all(tx, STMT_helper_open, PARAMS(v_words(department), v_id(after), v_int(limit)), fill_helper, sizeof **rows,
		rows, n);
}

/* --- how much waits --- */

struct kind_count { int64_t kind, count; };

static void fill_kind_count(struct row *r, void *out)
{
	struct kind_count *k = out;
	k->kind = row_int(r);
	k->count = row_int(r);
}

static void fill_helping(struct row *r, void *out)
{
	((struct loop_counts *)out)->helping = row_int(r);
}

int loop_count(struct tx *tx, const char *department, struct loop_counts *c)
{
	struct kind_count *k;
	size_t n;
	*c = (struct loop_counts){ 0 };
	int rc = tx_all(tx, STMT_docket_count, PARAMS(v_words(department)), fill_kind_count, sizeof *k, &k, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (k[i].kind >= 0 && k[i].kind < DOCKET_KINDS)
			c->docket[k[i].kind] = k[i].count;
	return rc < 0 ? rc : tx_one(tx, STMT_helper_count, PARAMS(v_words(department)), fill_helping, c);
}

/* --- tasks --- */

static void fill_task(struct row *r, void *out)
{
	struct task_row *t = out;
	t->ticket = row_id(r);
	t->kind = row_words(r);
	t->at = row_int(r);
	t->since = row_int(r);
	t->stage = row_uint(r);
}

int task_put(struct tx *tx, const struct task_row *t)
{
	return tx_exec(tx, STMT_task_put, PARAMS(v_id(t->ticket), v_text(t->kind), v_int(t->at), v_int(t->since),
		v_int(t->stage)), NULL);
}

int task_get(struct tx *tx, uint64_t ticket, const char *kind, struct task_row *t)
{
	return tx_one(tx, STMT_task_get, PARAMS(v_id(ticket), v_text(kind)), fill_task, t);
}

int task_drop(struct tx *tx, uint64_t ticket, const char *kind)
{
	return kind ? tx_exec(tx, STMT_task_drop, PARAMS(v_id(ticket), v_text(kind)), NULL)
		: tx_exec(tx, STMT_task_drop_all, PARAMS(v_id(ticket)), NULL);
}

int task_due(struct tx *tx, int64_t now, unsigned limit, struct task_row **rows, size_t *n)
{
	return tx_all(tx, STMT_task_due, PARAMS(v_int(now), v_int(limit)), fill_task, sizeof **rows, rows, n);
}

int task_clock_back(struct tx *tx, const char *kind, int64_t ms, int64_t longest)
{
	return tx_exec(tx, STMT_task_back, PARAMS(v_int(ms), v_text(kind), v_int(tx->now + longest)), NULL);
}
