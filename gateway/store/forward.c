/* Where each target of forwarding stands, and what was set aside for it. */
#include "gateway/store/forward.h"

#include "gateway/store/event.h"
#include "gateway/store/place.h"
#include "gateway/store/tx.h"

static void fill_forward(struct row *r, void *out)
{
	struct forward_row *f = out;
	f->name = row_words(r);
	f->place = row_words(r);
	f->updated_at = row_int(r);
}

int forward_get(struct tx *tx, const char *name, struct forward_row *f)
{
	return tx_one(tx, STMT_forward_get, PARAMS(v_text(name)), fill_forward, f);
}

int forward_list(struct tx *tx, struct forward_row **rows, size_t *n)
{
	return tx_all(tx, STMT_forward_list, NO_PARAMS, fill_forward, sizeof **rows, rows, n);
}

int forward_open(struct tx *tx, const char *name, const char *place)
{
	return tx_exec(tx, STMT_forward_open, PARAMS(v_text(name), v_text(place), v_int(tx->now)), NULL);
}

int forward_move(struct tx *tx, const char *name, const char *from, const char *to)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_forward_move, PARAMS(v_text(name), v_text(from), v_text(to), v_int(tx->now)), &changed);
	return rc == 0 && changed == 0 ? E_CONFLICT : rc;
}

int aside_put(struct tx *tx, const char *name, const struct aside_row *a)
{
	return tx_exec(tx, STMT_aside_put, PARAMS(v_text(name), v_id(a->event), v_id(a->ticket), v_int(a->attempts),
		v_int(a->since), v_int(a->next_at), v_int(a->dead), v_words(a->error)), NULL);
}

int aside_drop(struct tx *tx, const char *name, uint64_t event)
{
	return tx_exec(tx, STMT_aside_drop, PARAMS(v_text(name), v_id(event)), NULL);
}

static void fill_aside(struct row *r, void *out)
{
	struct aside_row *a = out;
	a->event = row_id(r);
	a->ticket = row_id(r);
	a->attempts = row_uint(r);
	a->since = row_int(r);
	a->next_at = row_int(r);
	a->dead = row_int(r) != 0;
	a->error = row_words(r);
}

static int aside_get(struct tx *tx, const char *name, uint64_t event, struct aside_row *a)
{
	return tx_one(tx, STMT_aside_get, PARAMS(v_text(name), v_id(event)), fill_aside, a);
}

int aside_due(struct tx *tx, const char *name, unsigned limit, struct aside_row **rows, size_t *n)
{
	return tx_all(tx, STMT_aside_due, PARAMS(v_text(name), v_int(tx->now), v_int(limit)), fill_aside, sizeof **rows, rows, n);
}

int aside_list(struct tx *tx, const char *name, bool dead, uint64_t after, unsigned limit, struct aside_row **rows, size_t *n)
{
	return tx_all(tx, STMT_aside_list, PARAMS(v_text(name), v_int(dead), v_id(after), v_int(limit)), fill_aside, sizeof **rows,
		rows, n);
}

int aside_clock_back(struct tx *tx, int64_t ms)
{
	return tx_exec(tx, STMT_aside_back, PARAMS(v_int(ms), v_int(tx->now)), NULL);
}

static int due_again(struct tx *tx, const char *name, struct aside_row a)
{
	a.dead = false;
	a.attempts = 0;
	a.next_at = a.since = tx->now;
	return aside_put(tx, name, &a);
}

int aside_retry(struct tx *tx, const char *name, uint64_t event, size_t *count)
{
	enum { PAGE = 200 };
	struct aside_row one, *a = &one;
	size_t n = PAGE;
	int rc = 0;
	*count = 0;
	if (event) {
		*count = 1;
		return (rc = aside_get(tx, name, event, &one)) < 0 ? rc : due_again(tx, name, one);
	}
	for (uint64_t after = 0; rc == 0 && n == PAGE; after = n ? a[n - 1].event : 0) {
		rc = aside_list(tx, name, true, after, PAGE, &a, &n);
		for (size_t i = 0; rc == 0 && i < n; i++, ++*count)
			rc = due_again(tx, name, a[i]);
	}
	return rc;
}

int aside_blocks(struct tx *tx, const char *name, uint64_t ticket, bool *blocks)
{
	int64_t n = 0;
	int rc = tx_one(tx, STMT_aside_of_ticket, PARAMS(v_text(name), v_id(ticket)), fill_int, &n);
	*blocks = n > 0;
	return rc;
}

static void fill_counts(struct row *r, void *out)
{
	struct forward_stand *s = out;
	s->waiting = row_int(r);
	s->dead = row_int(r);
}

int forward_stands(struct tx *tx, const struct forward_row *f, struct forward_stand *s)
{
	struct event_row *next;
	size_t behind = 0;
	int rc = tx_one(tx, STMT_aside_count, PARAMS(v_text(f->name)), fill_counts, s);
	if (rc == 0)
		rc = event_list(tx, f->place, FORWARD_COUNTED, &next, &behind, NULL);
	s->next_from = rc == 0 && behind ? next[0].at : 0;
	for (size_t i = 0; rc == 0 && i < behind; i++)
		s->waiting += next[i].ticket != 0; /* nobody is told of the others */
	s->more = behind == FORWARD_COUNTED;
	return rc;
}
