/* Tickets by the words of their messages. The index is filled behind the writer's back, a batch at a time (search_index), so
 * that a message in costs nothing more; what is not in it yet is newer than all that is, and is read word by word. */
#include "gateway/store/search.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/model/cover.h"
#include "gateway/model/search.h"
#include "gateway/store/kept.h"
#include "gateway/store/search_inner.h"
#include "gateway/store/ticket_inner.h"
#include "gateway/store/ticket_list.h"
#include "gateway/store/tx.h"
#include "gateway/store/message.h"

enum {
	CHUNK = 100,
	/* Another node may still commit a message whose id is older by this; it would be passed over. */
	LAG_MS = 5000
};
/* PostgreSQL: so many messages are looked through one by one, then so many more, before the index of words is asked for what is
 * older: it has to fetch all that fit. Words that one message in five hundred has fill a page from these. */
static const unsigned near[] = { 5000, 50000 };
static const char SPACE[] = "search", UPTO[] = "upto";

/* --- the index --- */

struct unread { uint64_t id; const char *subject, *text; unsigned from; const char *event; };

static void fill_unread(struct row *r, void *out)
{
	struct unread *u = out;
	u->id = row_id(r);
	u->subject = row_text(r);
	u->text = row_words(r);
	u->from = row_uint(r);
	u->event = row_words(r);
}

static int upto_get(struct tx *tx, uint64_t *upto)
{
	const char *value;
	*upto = 0;
	int rc = kept_get(tx, SPACE, UPTO, &value);
	if (rc == 0 && sscanf(value, "%" SCNu64, upto) != 1)
		return tx_refuse(tx, E_CORRUPT, "the index does not say how far it goes");
	return rc == E_NOTFOUND ? 0 : rc;
}

static int index_with(struct tx *tx, enum stmt s, const struct unread *u)
{
	struct buf words;
	buf_init(&words, SEARCH_WORDS_MAX);
	if (u->subject != NULL)
		search_words(u->subject, &words);
	search_words(u->text, &words);
	int rc = tx_exec(tx, s, PARAMS(v_id(u->id), v_text(buf_str(&words))), NULL);
	buf_fini(&words);
	return rc;
}

/* The index keeps no words: what is taken out of it is given again. */
int search_forget(struct tx *tx, uint64_t message, const char *subject, const char *text)
{
	uint64_t upto;
	int rc = upto_get(tx, &upto);
	if (rc < 0 || message > upto)
		return rc;
	return index_with(tx, STMT_search_drop, &(struct unread){ .id = message, .subject = subject, .text = text });
}

int search_index(struct tx *tx, unsigned limit, size_t *n)
{
	struct unread *u;
	uint64_t upto;
	*n = 0;
	int rc = upto_get(tx, &upto);
	if (rc == 0)
		rc = tx_all(tx, STMT_search_unread, PARAMS(v_id(upto), v_id(id_floor(tx->now - LAG_MS)), v_int(limit)), fill_unread,
			sizeof *u, &u, n);
	for (size_t i = 0; rc == 0 && i < *n; i++)
		rc = index_with(tx, STMT_search_put, &u[i]);
	if (rc < 0 || *n == 0)
		return rc;
	return kept_put(tx, SPACE, UPTO, arena_printf(tx->arena, "%" PRIu64, u[*n - 1].id));
}

/* --- the search --- */

struct hit { struct unread message; struct ticket_row ticket; };

static void fill_hit(struct row *r, void *out)
{
	struct hit *h = out;
	fill_unread(r, &h->message);
	fill_ticket(r, &h->ticket);
}

struct search {
	struct tx *tx;
	const struct ticket_query *q;
	struct search_query words;
	struct ticket_row *rows;
	size_t n;
	uint64_t last; /* message of the last row */
	uint64_t from; /* below which the last statement looked, and at how many at most */
	unsigned near;
};

static int run(struct search *s, enum stmt stmt, uint64_t below, struct db_value what, struct hit **hit, size_t *n)
{
	const struct ticket_query *q = s->q;
	const struct db_value v[] = { v_id(below), v_int(CHUNK), v_int(q->state), v_words(q->channel), v_words(q->department),
		v_words(q->assignee), v_int(q->flags_any), v_int(q->overdue_only ? s->tx->now : 0), v_int(q->last_word),
		v_int(q->since), v_id(id_floor(q->since)), what, v_int(q->open_only || q->unassigned_only), v_int(q->unassigned_only), v_int(s->near) };
	s->from = below;
	return tx_all(s->tx, stmt, v, sizeof v / sizeof *v - (stmt != STMT_search_near), fill_hit, sizeof **hit, hit, n);
}

/* What is covered where it is read (model/cover.h) is not found either, or it could be guessed piece by piece. */
static bool holds(const struct search *s, const struct unread *u)
{
	enum cover_of of = message_cover(u->from);
	struct buf b[2];
	buf_init(&b[0], COVER_MAX(u->subject ? u->subject : ""));
	buf_init(&b[1], COVER_MAX(u->text));
	const char *subject = cover(of, u->event, u->subject, &b[0]) ? buf_str(&b[0]) : u->subject;
	const char *text = cover(of, u->event, u->text, &b[1]) ? buf_str(&b[1]) : u->text;
	bool held = search_holds(&s->words, subject, text);
	buf_fini(&b[0]);
	buf_fini(&b[1]);
	return held;
}

/* A ticket stands where its newest fitting message is: on an earlier page, when that was one of those. */
static int shown_before(struct search *s, const struct hit *h)
{
	struct unread *u;
	size_t n;
	for (size_t i = 0; i < s->n; i++)
		if (s->rows[i].id == h->ticket.id)
			return 1;
	if (!s->q->after)
		return 0;
	int rc = tx_all(s->tx, STMT_search_newer, PARAMS(v_id(h->ticket.id), v_id(s->q->after)), fill_unread, sizeof *u, &u, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = holds(s, &u[i]);
	return rc;
}

/* Walks one statement from `below` down until the page is full or it has no more. */
static int walk(struct search *s, enum stmt stmt, uint64_t below, struct db_value what)
{
	struct hit *hit;
	size_t n = CHUNK;
	while (n == CHUNK && s->n < s->q->limit) {
		int rc = run(s, stmt, below, what, &hit, &n);
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < n && s->n < s->q->limit; i++) {
			below = hit[i].message.id;
			if (!holds(s, &hit[i].message))
				continue;
			if ((rc = shown_before(s, &hit[i])) < 0)
				return rc;
			if (rc == 0)
				s->rows[s->n++] = hit[i].ticket;
			s->last = rc == 0 ? hit[i].message.id : s->last;
		}
	}
	return 0;
}

/* What the index knows, below this message. */
static int walk_index(struct search *s, bool postgres, uint64_t below, const char *expression)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && postgres && s->n < s->q->limit && i < sizeof near / sizeof *near; i++) {
		s->near = near[i];
		rc = walk(s, STMT_search_near, below, v_text(expression));
		if (rc == 0 && s->n < s->q->limit)
			rc = tx_one(s->tx, STMT_search_floor, PARAMS(v_id(s->from), v_int(s->near)), fill_id, &below);
	}
	return rc < 0 || s->n == s->q->limit ? rc : walk(s, STMT_search_hits, below, v_text(expression));
}

int ticket_search(struct tx *tx, const struct ticket_query *q, struct ticket_row **rows, size_t *n, uint64_t *next)
{
	struct search s = { .tx = tx, .q = q };
	struct buf expression;
	uint64_t upto, below = q->after && q->after <= INT64_MAX ? q->after : INT64_MAX;
	*n = 0;
	*next = 0;
	if (!search_query_read(q->text, &s.words))
		return 0;
	int rc = upto_get(tx, &upto);
	if (rc < 0)
		return rc;
	bool postgres = strcmp(tx->session->ops->scheme, "sqlite") != 0;
	buf_init(&expression, 8 * SEARCH_QUERY_MAX);
	bool indexed = search_expression(&s.words, postgres ? SEARCH_TSQUERY : SEARCH_FTS5, &expression);
	*rows = s.rows = arena_alloc(tx->arena, q->limit * sizeof *s.rows);
	rc = walk(&s, STMT_search_tail, below, v_id(indexed ? upto : 0));
	if (rc == 0 && indexed && upto)
		rc = walk_index(&s, postgres, below <= upto ? below : upto + 1, buf_str(&expression));
	buf_fini(&expression);
	*n = s.n;
	if (rc == 0 && s.n == q->limit)
		*next = s.last;
	return rc;
}
