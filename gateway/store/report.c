#include "gateway/store/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/clock.h"
#include "gateway/model/rising.h"
#include "gateway/store/event.h"
#include "gateway/store/kept.h"
#include "gateway/store/place.h"
#include "gateway/store/ticket_inner.h"
#include "gateway/store/tx.h"

enum {
	SUMS = REPORT_COLUMNS - REPORT_MARK_COUNT,
	CHUNK = 500 /* tickets looked through for a word at a time */
};
static const char SPACE[] = "report", PLACE[] = "place", AS_OF[] = "as-of";

/* --- following the events --- */

/* What a ticket counts as: one row of report_ticket. */
struct fact {
	int64_t day;
	const char *department, *category, *channel;
	uint32_t marks;
	int64_t sum[SUMS];
};

static void fill_fact(struct row *r, void *out)
{
	struct fact *f = out;
	f->day = row_int(r);
	f->department = row_words(r);
	f->category = row_words(r);
	f->channel = row_words(r);
	f->marks = (uint32_t)row_int(r);
	for (unsigned i = 0; i < SUMS; i++)
		f->sum[i] = row_int(r);
}

struct case_row { struct report_case of; const char *department, *category, *channel; };

static void fill_case(struct row *r, void *out)
{
	struct case_row *c = out;
	struct report_case *k = &c->of;
	k->opened_at = row_int(r);
	c->department = row_words(r);
	c->category = row_words(r);
	c->channel = row_words(r);
	k->state = row_uint(r);
	k->flags = row_uint(r);
	k->due_at = row_int(r);
	k->replied_at = row_int(r);
	k->closed_at = row_int(r);
	k->contacted_at = row_int(r);
	k->bounces = row_uint(r);
	k->lost_ms = row_int(r);
	k->rounds = row_uint(r);
	k->merged = row_int(r) != 0;
	k->survey = row_int(r) != 0;
	k->survey_state = row_uint(r);
	k->rating = (int)row_int(r);
	k->solved = (int)row_int(r);
	k->counted = row_int(r) != 0;
	k->category_suggested = row_uint(r);
	k->department_suggested = row_uint(r);
}

static bool fact_same(const struct fact *a, const struct fact *b)
{
	return a->marks == b->marks && memcmp(a->sum, b->sum, sizeof a->sum) == 0 && strcmp(a->department, b->department) == 0 &&
		strcmp(a->category, b->category) == 0;
}

static int day_add(struct tx *tx, const struct fact *f, int64_t sign)
{
	enum { KEYS = 4 };
	struct db_value v[KEYS + REPORT_COLUMNS] = { v_int(f->day), v_words(f->department), v_words(f->category), v_words(f->channel) };
	for (unsigned i = 0; i < REPORT_MARK_COUNT; i++)
		v[KEYS + i] = v_int(f->marks & (uint32_t)1 << i ? sign : 0);
	for (unsigned i = 0; i < SUMS; i++)
		v[KEYS + REPORT_MARK_COUNT + i] = v_int(sign * f->sum[i]);
	return tx_exec(tx, STMT_report_day_add, v, KEYS + REPORT_COLUMNS, NULL);
}

static int fact_put(struct tx *tx, uint64_t ticket, const struct fact *f)
{
	return tx_exec(tx, STMT_report_ticket_put, PARAMS(v_id(ticket), v_int(f->day), v_words(f->department), v_words(f->category),
		v_words(f->channel), v_int(f->marks), v_int(f->sum[0]), v_int(f->sum[1]), v_int(f->sum[2])), NULL);
}

/* 1: there is one, 0: the ticket is not counted. */
static int fact_make(struct tx *tx, const struct report_follow *w, uint64_t ticket, struct fact *f)
{
	struct case_row c;
	int rc = tx_one(tx, STMT_report_case, PARAMS(v_id(ticket)), fill_case, &c);
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	c.of.letter = w->letter(w->arg, c.channel);
	*f = (struct fact){ .day = report_day(c.of.opened_at), .department = c.department, .category = c.category, .channel = c.channel };
	return report_mark(&c.of, &w->limits, tx->now, &f->marks, f->sum);
}

static int ticket_follow(struct tx *tx, const struct report_follow *w, uint64_t ticket)
{
	struct fact was, is;
	int had = tx_one(tx, STMT_report_ticket_get, PARAMS(v_id(ticket)), fill_fact, &was);
	if (had < 0 && had != E_NOTFOUND)
		return had;
	int rc = fact_make(tx, w, ticket, &is);
	bool counted = rc == 1;
	if (rc < 0 || (had == 0 && counted && fact_same(&was, &is)) || (had == E_NOTFOUND && !counted))
		return rc < 0 ? rc : 0;
	if (had == 0 && (rc = day_add(tx, &was, -1)) < 0)
		return rc;
	if (!counted)
		return tx_exec(tx, STMT_report_ticket_drop, PARAMS(v_id(ticket)), NULL);
	rc = fact_put(tx, ticket, &is);
	return rc < 0 ? rc : day_add(tx, &is, 1);
}

static int by_ticket(const void *a, const void *b)
{
	uint64_t x = ((const struct event_row *)a)->ticket, y = ((const struct event_row *)b)->ticket;
	return (x > y) - (x < y);
}

static int kept_or(struct tx *tx, const char *key, const char **value, const char *absent)
{
	int rc = kept_get(tx, SPACE, key, value);
	if (rc == E_NOTFOUND)
		*value = absent;
	return rc == E_NOTFOUND ? 0 : rc;
}

int report_follow(struct tx *tx, struct report_follow *w)
{
	struct event_row *v;
	const char *place, *next;
	w->seen = 0;
	int rc = kept_or(tx, PLACE, &place, "0");
	if (rc == 0)
		rc = event_list(tx, place, w->limit, &v, &w->seen, &next);
	if (rc < 0 || w->seen == 0)
		return rc;
	int64_t at = v[w->seen - 1].at;
	qsort(v, w->seen, sizeof *v, by_ticket);
	for (size_t i = 0; rc == 0 && i < w->seen; i++)
		if (v[i].ticket != 0 && (i == 0 || v[i].ticket != v[i - 1].ticket))
			rc = ticket_follow(tx, w, v[i].ticket);
	if (rc == 0)
		rc = kept_put(tx, SPACE, PLACE, next);
	return rc < 0 ? rc : kept_put(tx, SPACE, AS_OF, arena_printf(tx->arena, "%" PRId64, at));
}

int report_as_of(struct tx *tx, int64_t *at)
{
	const char *value;
	int rc = kept_or(tx, AS_OF, &value, "0");
	if (rc == 0 && sscanf(value, "%" SCNd64, at) != 1)
		return tx_refuse(tx, E_CORRUPT, "the reports do not say how far they go");
	return rc;
}

/* --- the numbers --- */

static void fill_line(struct row *r, void *out)
{
	struct report_line *l = out;
	l->key = row_words(r);
	l->day = row_int(r);
	for (unsigned i = 0; i < REPORT_COLUMNS; i++)
		l->n[i] = row_int(r);
}

int report_load(struct tx *tx, const struct report_query *q, enum report_by by, struct report_line **line, size_t *n)
{
	must((unsigned)by < REPORT_BYS);
	int rc = tx_all(tx, STMT_report_sums, PARAMS(v_int(q->from), v_int(q->to), v_text(q->department), v_text(q->category),
		v_text(q->channel), v_int(by)), fill_line, sizeof **line, line, n);
	if (rc < 0 || *n > 0 || by != REPORT_BY_ALL)
		return rc;
	*line = arena_alloc(tx->arena, sizeof **line);
	**line = (struct report_line){ .key = "" };
	*n = 1;
	return 0;
}

/* --- the tickets behind a number --- */

/* A ticket's id is not older than its day. */
static int walk(struct tx *tx, enum stmt s, const struct report_query *q, unsigned marks, unsigned every, uint64_t below,
	unsigned limit, fill_f *fill, size_t size, void *rows, size_t *n)
{
	must(every >= 1);
	const struct db_value v[] = { v_int(q->from), v_int(q->to), v_text(q->department), v_text(q->category), v_text(q->channel),
		v_id(below && below <= INT64_MAX ? below : INT64_MAX), v_id(id_floor(report_day_begin(q->from))), v_int(every), v_int(limit),
		v_int(marks) };
	return tx_all(tx, s, v, sizeof v / sizeof *v - (s == STMT_report_texts), fill, size, rows, n);
}

static void fill_text(struct row *r, void *out)
{
	struct report_text *t = out;
	t->ticket = row_id(r);
	t->title = row_words(r);
	t->text = row_words(r);
}

/* A chunk's texts live in an arena of their own, for there may be very many. */
static int each_chunk(struct tx *tx, const struct report_query *q, unsigned every, uint64_t *below, size_t *n,
	report_text_f *take, void *arg)
{
	struct arena *own = tx->arena;
	struct report_text *t;
	tx->arena = arena_create(256 * 1024);
	int rc = walk(tx, STMT_report_texts, q, 0, every, *below, CHUNK, fill_text, sizeof *t, &t, n);
	for (size_t i = 0; rc == 0 && i < *n; i++) {
		*below = t[i].ticket;
		rc = take(arg, &t[i]);
	}
	arena_destroy(&tx->arena);
	tx->arena = own;
	return rc;
}

int report_each(struct tx *tx, const struct report_query *q, unsigned every, uint64_t after, report_text_f *take, void *arg)
{
	size_t n = CHUNK;
	int rc = 0;
	while (rc == 0 && n == CHUNK)
		rc = each_chunk(tx, q, every, &after, &n, take, arg);
	return rc < 0 ? rc : 0;
}

struct by_word { const char *word; uint64_t *id; size_t n, limit; };

static int word_take(void *arg, const struct report_text *t)
{
	struct by_word *w = arg;
	if (rising_holds(t->title, t->text, w->word))
		w->id[w->n++] = t->ticket;
	return w->n == w->limit;
}

static int by_word(struct tx *tx, const struct report_query *q, const char *word, unsigned every, uint64_t after, unsigned limit,
	struct ticket_row **rows, size_t *n)
{
	struct by_word w = { .word = word, .id = arena_alloc(tx->arena, limit * sizeof *w.id), .limit = limit };
	int rc = report_each(tx, q, every, after, word_take, &w);
	*rows = arena_alloc(tx->arena, limit * sizeof **rows);
	for (*n = 0; rc == 0 && *n < w.n; ++*n)
		rc = ticket_get(tx, w.id[*n], &(*rows)[*n]);
	return rc;
}

int report_tickets(struct tx *tx, const struct report_query *q, unsigned mark, const char *word, unsigned every, uint64_t after,
	unsigned limit, struct ticket_row **rows, size_t *n, uint64_t *next)
{
	must(mark < REPORT_MARK_COUNT && limit > 0);
	int rc = word ? by_word(tx, q, word, every, after, limit, rows, n) :
		walk(tx, STMT_report_tickets, q, 1u << mark, every, after, limit, fill_ticket, sizeof **rows, rows, n);
	*next = rc == 0 && *n == limit ? (*rows)[*n - 1].id : 0;
	return rc;
}

/* --- suggestions --- */

int suggested_put(struct tx *tx, uint64_t ticket, enum suggested_head head, const char *label, const char *chosen)
{
	return tx_exec(tx, STMT_suggested_put, PARAMS(v_id(ticket), v_int(head), v_words(label), v_words(chosen),
		v_int(strcmp(label, chosen) == 0), v_int(tx->now)), NULL);
}
