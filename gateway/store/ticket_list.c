/* Lists, search and counts of tickets. Each list begins at the index that leaves least to read. */
#include "gateway/store/ticket_list.h"

#include "gateway/base/clock.h"
#include "gateway/store/search_inner.h"
#include "gateway/store/ticket_inner.h"
#include "gateway/store/tx.h"

/* The statements say 5 for "closed"; what stands before it is open. */
_Static_assert(TICKET_CLOSED == 5 && TICKET_REFUSED == 6, "statements.def and the schema know these numbers");

enum { LIST_MAX = 200 };

struct list {
	const struct ticket_query *q;
	enum stmt stmt;
	int state;           /* -1: any */
	unsigned limit;
};

static int list_run(struct tx *tx, const struct list *l, struct ticket_row **rows, size_t *n)
{
	const struct ticket_query *q = l->q;
	uint64_t below = q->by_due || (q->after && q->after <= INT64_MAX) ? q->after : INT64_MAX;
	return tx_all(tx, l->stmt, PARAMS(v_id(below), v_int(l->limit), v_int(l->state), v_words(q->channel),
		v_words(q->department), v_words(q->assignee), v_int(q->flags_any), v_int(q->overdue_only ? tx->now : 0),
		v_int(q->last_word), v_int(q->since), v_id(id_floor(q->since)), v_int(q->after_due)),
		fill_ticket, sizeof **rows, rows, n);
}

static int newest_first(const void *a, const void *b)
{
	uint64_t x = ((const struct ticket_row *)a)->id, y = ((const struct ticket_row *)b)->id;
	return x < y ? 1 : x > y ? -1 : 0;
}

/* Every open state has a run of its own in the index: the first of each, merged. */
static int list_open(struct tx *tx, struct list *l, struct ticket_row **rows, size_t *n)
{
	struct ticket_row *all = arena_alloc(tx->arena, TICKET_CLOSED * l->limit * sizeof *all);
	size_t count = 0;
	for (l->state = 0; l->state < TICKET_CLOSED; l->state++) {
		struct ticket_row *some;
		size_t k;
		int rc = list_run(tx, l, &some, &k);
		if (rc < 0)
			return rc;
		if (k)
			memcpy(all + count, some, k * sizeof *all);
		count += k;
	}
	qsort(all, count, sizeof *all, newest_first);
	*rows = all;
	*n = count < l->limit ? count : l->limit;
	return 0;
}

static bool has(const char *s)
{
	return s && *s;
}

/* A department also sees what it helps with: both runs are newest first, so they merge. */
static int list_helped(struct tx *tx, struct list *l, struct ticket_row **rows, size_t *n)
{
	struct ticket_row *helped, *own = *rows, *all;
	size_t k, i = 0, j = 0, count = 0;
	bool open = l->q->open_only || l->q->last_word || (l->q->state >= 0 && l->q->state < TICKET_CLOSED);
	l->stmt = open ? STMT_ticket_list_helped_open : STMT_ticket_list_helped;
	l->state = l->q->state;
	int rc = list_run(tx, l, &helped, &k);
	if (rc < 0 || k == 0)
		return rc;
	all = arena_alloc(tx->arena, (*n + k) * sizeof *all);
	while (count < l->limit && (i < *n || j < k)) {
		bool first = j == k || (i < *n && own[i].id >= helped[j].id);
		const struct ticket_row *t = first ? &own[i++] : &helped[j++];
		if (count == 0 || all[count - 1].id != t->id)
			all[count++] = *t;
	}
	*rows = all;
	*n = count;
	return 0;
}

static enum stmt way_in(const struct ticket_query *q, bool by_state)
{
	bool open = q->open_only || q->last_word || q->overdue_only;
	if (q->by_due)
		return has(q->assignee) ? STMT_ticket_list_by_due_assignee : STMT_ticket_list_by_due;
	if (q->unassigned_only)
		return STMT_ticket_list_unassigned;
	if (has(q->assignee) && open)
		return STMT_ticket_list_open_assignee;
	if (q->overdue_only)
		return STMT_ticket_list_due;
	if (has(q->department))
		return by_state ? STMT_ticket_list_department_state : STMT_ticket_list_department;
	if (has(q->assignee))
		return STMT_ticket_list_assignee;
	if (q->flags_any)
		return STMT_ticket_list_flags;
	return by_state ? STMT_ticket_list_state : STMT_ticket_list;
}

/* One ticket by its number, if it also passes the other filters: the list below it and above its predecessor. */
static int list_number(struct tx *tx, const struct ticket_query *asked, const char *number, struct ticket_row **rows, size_t *n)
{
	struct ticket_row t;
	int rc = ticket_get_number(tx, number, &t);
	*n = 0;
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	struct ticket_query q = *asked;
	if (q.after && (q.by_due || q.after <= t.id))
		return 0;
	q.after = t.id + 1;
	q.by_due = false;
	struct list l = { .q = &q, .stmt = STMT_ticket_list, .state = q.state, .limit = 1 };
	rc = list_run(tx, &l, rows, n);
	if (rc == 0 && *n && (*rows)->id != t.id)
		*n = 0;
	return rc;
}

int ticket_list(struct tx *tx, const struct ticket_query *q, struct ticket_row **rows, size_t *n, uint64_t *next)
{
	must(q->limit >= 1 && q->limit <= LIST_MAX);
	char number[TICKET_NUMBER_MAX];
	bool one = has(q->text) && ticket_number_find(q->text, number);
	enum stmt direct = way_in(q, false);
	bool whole = direct == STMT_ticket_list_unassigned || direct == STMT_ticket_list_open_assignee || q->by_due ||
		q->overdue_only; /* one run of an index has all the open ones */
	bool open = q->state < 0 && (q->open_only || q->last_word) && !whole;
	bool by_state = q->state >= 0 || open;
	struct list l = { .q = q, .stmt = way_in(q, by_state), .state = q->state, .limit = q->limit };
	*next = 0;
	int rc;
	if (q->open_only && q->state >= TICKET_CLOSED) {
		*n = 0;
		return 0;
	}
	if (one)
		return list_number(tx, q, number, rows, n);
	if (has(q->text))
		return ticket_search(tx, q, rows, n, next);
	bool led = l.stmt == STMT_ticket_list_department || l.stmt == STMT_ticket_list_department_state;
	rc = open ? list_open(tx, &l, rows, n) : list_run(tx, &l, rows, n);
	if (rc == 0 && led)
		rc = list_helped(tx, &l, rows, n);
	if (rc == 0 && *n == q->limit)
		*next = (*rows)[*n - 1].id;
	return rc;
}

int ticket_list_waiting(struct tx *tx, unsigned limit, struct ticket_row **rows, size_t *n)
{
	struct ticket_row *rest;
	size_t k = 0;
	*rows = arena_alloc(tx->arena, 2 * limit * sizeof **rows);
	*n = 0;
	static const enum stmt way[] = { STMT_ticket_waiting_urgent, STMT_ticket_waiting };
	for (size_t i = 0; i < 2; i++, *n += k) {
		int rc = tx_all(tx, way[i], PARAMS(v_int(FLAG_EMERGENCY), v_int(FLAG_HELD), v_int(limit)), fill_ticket, sizeof *rest,
			&rest, &k);
		if (rc < 0)
			return rc;
		if (k)
			memcpy(*rows + *n, rest, k * sizeof *rest);
	}
	return 0;
}

/* --- counts --- */

struct state_count {
	int64_t state, count;
};

static void fill_state_count(struct row *r, void *out)
{
	struct state_count *c = out;
	c->state = row_int(r);
	c->count = row_int(r);
}

static void fill_open_counts(struct row *r, void *out)
{
	struct ticket_counts *c = out;
	c->overdue = row_int(r);
	c->held = row_int(r);
	c->emergency = row_int(r);
	c->unassigned = row_int(r);
	c->waiting = row_int(r);
	c->asked = row_int(r);
}

static int count_states(struct tx *tx, const char *department, struct ticket_counts *c)
{
	struct state_count *s;
	size_t n;
	int rc = *department
		? tx_all(tx, STMT_ticket_states_department, PARAMS(v_text(department)), fill_state_count, sizeof *s, &s, &n)
		: tx_all(tx, STMT_ticket_states, NO_PARAMS, fill_state_count, sizeof *s, &s, &n);
	for (size_t i = 0; i < n; i++)
		if (s[i].state >= 0 && s[i].state < TICKET_CLOSED)
			c->by_state[s[i].state] = s[i].count;
	return rc;
}

static int count_open(struct tx *tx, const char *department, struct ticket_counts *c)
{
	if (*department)
		return tx_one(tx, STMT_ticket_open_counts_department, PARAMS(v_int(tx->now), v_int(FLAG_HELD), v_int(FLAG_EMERGENCY),
			v_text(department)), fill_open_counts, c);
	return tx_one(tx, STMT_ticket_open_counts, PARAMS(v_int(tx->now), v_int(FLAG_HELD), v_int(FLAG_EMERGENCY)),
		fill_open_counts, c);
}

int ticket_count(struct tx *tx, const char *department, struct ticket_counts *c)
{
	int64_t today = clock_day_begin(tx->now);
	department = department ? department : "";
	*c = (struct ticket_counts){ 0 };
	int rc = count_states(tx, department, c);
	if (rc == 0)
		rc = count_open(tx, department, c);
	if (rc == 0)
		rc = tx_one(tx, STMT_ticket_opened, PARAMS(v_id(id_floor(today)), v_int(today), v_text(department)),
			fill_int, &c->opened_today);
	if (rc == 0)
		rc = *department ? tx_one(tx, STMT_ticket_closed_department, PARAMS(v_int(today), v_text(department)), fill_int, &c->closed_today) :
			tx_one(tx, STMT_ticket_closed, PARAMS(v_int(today)), fill_int, &c->closed_today);
	return rc;
}

/* --- examples --- */

static void fill_example(struct row *r, void *out)
{
	struct example_row *e = out;
	e->id = row_id(r);
	e->title = row_words(r);
	e->nature = row_words(r);
	e->category = row_words(r);
	e->department = row_words(r);
	e->text = row_words(r);
}

int ticket_examples(struct tx *tx, uint64_t below, unsigned limit, struct example_row **rows, size_t *n)
{
	return tx_all(tx, STMT_ticket_examples, PARAMS(v_id(below), v_int(FLAG_HELD), v_int(limit)), fill_example, sizeof **rows,
		rows, n);
}

static void fill_words(struct row *r, void *out)
{
	*(const char **)out = row_words(r);
}

int ticket_first_words(struct tx *tx, uint64_t ticket, const char **text)
{
	int rc = tx_one(tx, STMT_ticket_first_words, PARAMS(v_id(ticket)), fill_words, text);
	if (rc != E_NOTFOUND)
		return rc;
	*text = "";
	return 0;
}
