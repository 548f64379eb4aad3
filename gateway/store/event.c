/* Events: append-only, a hash chain for each node. hash = SHA-256(hash before ‖ node ‖ seq ‖ id ‖ at ‖ ticket ‖ the three
 * texts, each behind its length), numbers as 8 bytes big-endian. The chain's head stands in table node, so that events
 * missing at the end are missed too. */
#include "gateway/store/place.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gateway/store/anchor.h"

struct event_text {
	const char *p;
	size_t n;
};
struct event_fields {
	uint64_t node, seq, id, at, ticket;
	struct event_text kind, actor, data;
};

static uint8_t *put_number(uint8_t *to, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*to++ = (uint8_t)(v >> shift);
	return to;
}

static uint8_t *put_text(uint8_t *to, const struct event_text *t)
{
	to = put_number(to, t->n);
	if (t->n)
		memcpy(to, t->p, t->n);
	return to + t->n;
}

static size_t event_size(const struct event_fields *f)
{
	return SHA256_LEN + 8 * 8 + f->kind.n + f->actor.n + f->data.n;
}

/* bytes: event_size() of room. */
static void event_hash(const uint8_t before[SHA256_LEN], const struct event_fields *f, uint8_t *bytes, uint8_t hash[SHA256_LEN])
{
	const uint64_t number[] = { f->node, f->seq, f->id, f->at, f->ticket };
	uint8_t *to = bytes;
	memcpy(to, before, SHA256_LEN);
	to += SHA256_LEN;
	for (size_t i = 0; i < sizeof number / sizeof *number; i++)
		to = put_number(to, number[i]);
	to = put_text(to, &f->kind);
	to = put_text(to, &f->actor);
	to = put_text(to, &f->data);
	crypto_sha256(bytes, (size_t)(to - bytes), hash);
}

static struct event_text text_of(const char *s)
{
	return (struct event_text){ s, strlen(s) };
}

/* Another node may have written of this ticket with a clock that is ahead of ours: what follows gets the greater id. */
static int after_the_others(struct tx *tx, uint64_t ticket)
{
	struct session *s = tx->session;
	uint64_t last = 0;
	if (!s->ops->shared || ticket == 0 || (id_node(ticket) == s->node && ticket > s->head_stored.last_id))
		return 0;
	int rc = tx_one(tx, STMT_event_last_of_ticket, PARAMS(v_id(ticket)), fill_id, &last);
	if (rc == 0 && id_node(last) != s->node && last > s->head.last_id)
		s->head.last_id = id_end_of_ms(last);
	return rc;
}

int event_append(struct tx *tx, uint64_t ticket, const char *kind, const char *actor, const char *data)
{
	struct node_head *h = &tx->session->head;
	uint8_t hash[SHA256_LEN];
	int rc = after_the_others(tx, ticket);
	if (rc < 0)
		return rc;
	struct event_fields f = { .node = tx->session->node, .seq = (uint64_t)h->event_seq + 1, .id = tx_id(tx),
		.at = (uint64_t)tx->now, .ticket = ticket, .kind = text_of(kind), .actor = text_of(actor ? actor : ""),
		.data = text_of(data ? data : "{}") };
	event_hash(h->event_hash, &f, arena_alloc(tx->arena, event_size(&f)), hash);
	rc = tx_exec(tx, STMT_event_insert, PARAMS(v_id(f.id), v_id(f.node), v_id(f.seq), v_id(f.at), v_id(ticket),
		v_text(kind), v_text(f.actor.p), v_text(f.data.p), v_blob(hash, sizeof hash)), NULL);
	if (rc < 0)
		return rc;
	h->event_seq++;
	memcpy(h->event_hash, hash, sizeof hash);
	return 0;
}

static void fill_event(struct row *r, void *out)
{
	struct event_row *e = out;
	e->id = row_id(r);
	e->node = row_uint(r);
	e->seq = row_int(r);
	e->at = row_int(r);
	e->ticket = row_id(r);
	e->number = row_text(r);
	e->kind = row_words(r);
	e->actor = row_words(r);
	e->data = row_words(r);
}

int event_page(struct tx *tx, uint64_t after, unsigned limit, struct event_row **rows, size_t *n)
{
	return tx_all(tx, STMT_event_page, PARAMS(v_id(after), v_int(limit)), fill_event, sizeof **rows, rows, n);
}

int event_list_ticket(struct tx *tx, uint64_t ticket, struct event_row **rows, size_t *n)
{
	return tx_all(tx, STMT_event_list_ticket, PARAMS(v_id(ticket)), fill_event, sizeof **rows, rows, n);
}

int event_get(struct tx *tx, uint64_t id, struct event_row *row)
{
	return tx_one(tx, STMT_event_get, PARAMS(v_id(id)), fill_event, row);
}

/* --- verify --- */

enum { NODES = 1024, PROGRESS_EVERY = 10000 };

struct chain {
	uint64_t seq;
	uint8_t hash[SHA256_LEN];
	size_t anchor; /* the node's next in the walk's */
};

struct walk {
	struct anchor *anchor; /* by node and number */
	size_t anchors;
	const struct db_ops *ops;
	struct chain *chain; /* by node */
	uint8_t *bytes;      /* scratch */
	size_t room;
	int64_t events;
	void (*progress)(void *, int64_t);
	void *arg;
	struct err *e;
	int rc;
};

static struct event_text col_text(struct walk *w, struct db_row *r, int col)
{
	struct event_text t;
	t.p = w->ops->col_text(r, col, &t.n);
	return t;
}

static int misfit(struct walk *w, const struct event_fields *f, const char *what)
{
	return w->rc = err_set(w->e, E_CORRUPT, "event %" PRIu64 " (number %" PRIu64 " of node %" PRIu64 ", %s): %s", f->id, f->seq,
		f->node, f->kind.p ? f->kind.p : "", what);
}

static int by_event(const void *a, const void *b)
{
	const struct anchor *x = a, *y = b;
	return x->node != y->node ? (x->node < y->node ? -1 : 1) : (x->seq > y->seq) - (x->seq < y->seq);
}

static void anchors_sort(struct walk *w, const struct anchor *a, size_t n)
{
	w->anchor = mem_array(struct anchor, n + 1);
	w->anchors = n;
	if (n)
		memcpy(w->anchor, a, n * sizeof *a);
	qsort(w->anchor, n, sizeof *a, by_event);
	for (size_t i = n; i-- > 0;)
		if (w->anchor[i].node < NODES)
			w->chain[w->anchor[i].node].anchor = i;
}

/* The node's next anchor; NULL: there is none. */
static const struct anchor *next_anchor(const struct walk *w, uint64_t node)
{
	size_t i = w->chain[node].anchor;
	return i < w->anchors && w->anchor[i].node == node ? &w->anchor[i] : NULL;
}

static int check_anchors(struct walk *w, const struct event_fields *f, const uint8_t hash[SHA256_LEN])
{
	const struct anchor *a;
	while ((a = next_anchor(w, f->node)) != NULL && (uint64_t)a->seq <= f->seq) {
		if ((uint64_t)a->seq == f->seq && memcmp(a->hash, hash, SHA256_LEN) != 0)
			return misfit(w, f, "it is not the one that was anchored: the chain was written anew");
		w->chain[f->node].anchor++;
	}
	return 0;
}

/* What the row says, against the hash it carries. */
static int check_row(struct walk *w, const struct event_fields *f, const void *stored, size_t n)
{
	uint8_t hash[SHA256_LEN];
	if (f->node >= NODES)
		return misfit(w, f, "there is no such node");
	struct chain *c = &w->chain[f->node];
	if (f->seq != c->seq + 1)
		return misfit(w, f, f->seq > c->seq + 1 ? "events before it are missing" : "its number was given before");
	if (event_size(f) > w->room)
		w->bytes = mem_realloc(w->bytes, w->room = 2 * event_size(f));
	event_hash(c->hash, f, w->bytes, hash);
	if (n != sizeof hash || memcmp(stored, hash, n) != 0)
		return misfit(w, f, "it was changed after it was written");
	c->seq = f->seq;
	memcpy(c->hash, hash, sizeof hash);
	return check_anchors(w, f, hash);
}

/* Nothing that was anchored may be gone. */
static int check_ends(struct walk *w)
{
	for (unsigned node = 0; node < NODES; node++) {
		const struct anchor *a = next_anchor(w, node);
		if (a != NULL)
			return w->rc = err_set(w->e, E_CORRUPT, "node %u: its chain was cut; event number %" PRId64 " was there at %s", node,
				a->seq, a->time);
	}
	return 0;
}

static int on_event(struct db_row *r, void *p)
{
	struct walk *w = p;
	struct event_fields f = { .id = (uint64_t)w->ops->col_int(r, 0), .node = (uint64_t)w->ops->col_int(r, 1),
		.seq = (uint64_t)w->ops->col_int(r, 2), .at = (uint64_t)w->ops->col_int(r, 3),
		.ticket = (uint64_t)w->ops->col_int(r, 4), .kind = col_text(w, r, 5), .actor = col_text(w, r, 6),
		.data = col_text(w, r, 7) };
	size_t n;
	const void *stored = w->ops->col_blob(r, 8, &n);
	if (check_row(w, &f, stored, n) < 0)
		return 1;
	if (++w->events % PROGRESS_EVERY == 0 && w->progress)
		w->progress(w->arg, w->events);
	return 0;
}

static int on_head(struct db_row *r, void *p)
{
	struct walk *w = p;
	int64_t node = w->ops->col_int(r, 0), seq = w->ops->col_int(r, 1);
	size_t n;
	const void *hash = w->ops->col_blob(r, 2, &n);
	struct chain *c = node >= 0 && node < NODES ? &w->chain[node] : NULL;
	if (c && c->seq == (uint64_t)seq && n == sizeof c->hash && memcmp(hash, c->hash, n) == 0) {
		c->seq = 0; /* ends where it should */
		return 0;
	}
	w->rc = err_set(w->e, E_CORRUPT, "node %" PRId64 ": its chain should end with event number %" PRId64 " and ends with %" PRIu64,
		node, seq, c ? c->seq : 0);
	return 1;
}

static int check_heads(struct tx *tx, struct walk *w)
{
	int rc = w->ops->exec(tx->session->db, STMT_node_list, NO_PARAMS, on_head, w, NULL, w->e);
	for (unsigned i = 0; rc == 0 && w->rc == 0 && i < NODES; i++)
		if (w->chain[i].seq)
			w->rc = err_set(w->e, E_CORRUPT, "node %u has events but no head of its chain", i);
	return rc;
}

int event_verify(struct tx *tx, int64_t *events, void (*progress)(void *, int64_t), void *arg, struct err *e)
{
	return event_verify_anchored(tx, NULL, 0, events, progress, arg, e);
}

int event_verify_anchored(struct tx *tx, const struct anchor *a, size_t n, int64_t *events, void (*progress)(void *, int64_t),
	void *arg, struct err *e)
{
	struct walk w = { .ops = tx->session->ops, .chain = mem_array(struct chain, NODES), .progress = progress, .arg = arg, .e = e };
	anchors_sort(&w, a, n);
	int rc = w.ops->exec(tx->session->db, STMT_event_walk, NO_PARAMS, on_event, &w, NULL, e);
	if (rc == 0 && w.rc == 0 && check_ends(&w) == 0)
		rc = check_heads(tx, &w);
	*events = w.events;
	free(w.chain);
	free(w.anchor);
	free(w.bytes);
	return rc < 0 ? rc : w.rc;
}
