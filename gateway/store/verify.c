/* The walk over the chains of all nodes: events and messages together, in the order they were written. */
#include "gateway/store/verify.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "gateway/store/anchor.h"
#include "gateway/store/chain.h"
#include "gateway/store/tx.h"

enum { NODES = 1024, PROGRESS_EVERY = 10000 };

struct chain {
	uint64_t seq;
	uint8_t hash[SHA256_LEN], said[SHA256_LEN];
	size_t anchor; /* the node's next in the walk's */
};

/* What a row alone does not explain, and what a later event may. */
struct other { /* words that are not those of the digest */
	uint64_t message;
	uint8_t digest[SHA256_LEN]; /* of how it reads now */
	bool told;                  /* the last event that rewords it says the same */
};
struct others {
	struct other *of; /* by message, for they are found in that order */
	size_t n, room;
};
struct ids {
	uint64_t *of;
	size_t n, room;
};

struct walk {
	struct anchor *anchor; /* by node and number */
	size_t anchors;
	struct tx *tx;
	const struct db_ops *ops;
	struct chain *chain; /* by node */
	struct arena *arena; /* of one row */
	struct others reworded;
	struct ids silent, erased; /* conversations: with a message that was erased; that an event says were erased */
	struct ids voiceless;      /* the messages of silent, beside them */
	struct event_verified *out;
	int64_t rows;
	void (*progress)(void *, int64_t);
	void *arg;
	struct err *e;
	int rc;
};

static struct chain_text col_text(struct walk *w, struct db_row *r, int col)
{
	struct chain_text t = { "", 0 };
	const char *p = w->ops->col_text(r, col, &t.n);
	if (p)
		t.p = p;
	return t;
}

static uint64_t col_number(struct walk *w, struct db_row *r, int col)
{
	return (uint64_t)w->ops->col_int(r, col);
}

static bool fits(const void *stored, size_t n, const uint8_t hash[SHA256_LEN])
{
	return stored && n == SHA256_LEN && memcmp(stored, hash, n) == 0;
}

static void ids_add(struct ids *l, uint64_t id)
{
	if (l->n == l->room)
		l->of = mem_realloc(l->of, (l->room = l->room ? 2 * l->room : 64) * sizeof *l->of);
	l->of[l->n++] = id;
}

/* --- anchors --- */

static int misfit(struct walk *w, const struct chain_event *v, const char *what)
{
	return w->rc = err_set(w->e, E_CORRUPT, "event %" PRIu64 " (number %" PRIu64 " of node %" PRIu64 ", %.*s): %s", v->id, v->seq,
		v->node, (int)v->text[0].n, v->text[0].p, what);
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

static int check_anchors(struct walk *w, const struct chain_event *v, const uint8_t hash[SHA256_LEN])
{
	const struct anchor *a;
	while ((a = next_anchor(w, v->node)) != NULL && (uint64_t)a->seq <= v->seq) {
		if ((uint64_t)a->seq == v->seq && memcmp(a->hash, hash, SHA256_LEN) != 0)
			return misfit(w, v, "it is not the one that was anchored: the chain was written anew");
		w->chain[v->node].anchor++;
	}
	return 0;
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

/* --- messages --- */

static int misread(struct walk *w, uint64_t message, const char *what)
{
	return w->rc = err_set(w->e, E_CORRUPT, "message %" PRIu64 ": %s", message, what);
}

static int by_message(const void *a, const void *b)
{
	const struct other *x = a, *y = b;
	return (x->message > y->message) - (x->message < y->message);
}

static void reads_otherwise(struct walk *w, uint64_t message, const uint8_t digest[SHA256_LEN])
{
	struct others *l = &w->reworded;
	if (l->n == l->room)
		l->of = mem_realloc(l->of, (l->room = l->room ? 2 * l->room : 64) * sizeof *l->of);
	l->of[l->n] = (struct other){ .message = message };
	memcpy(l->of[l->n++].digest, digest, SHA256_LEN);
}

/* A message without a salt says nothing any more. */
static bool is_silent(const struct chain_message *m)
{
	size_t n = 0;
	for (size_t i = 0; i < CHAIN_TEXTS; i++)
		n += m->words[i].n;
	return n == 0;
}

static int check_words(struct walk *w, const struct chain_message *m, const void *stored, const void *salt, size_t salt_n)
{
	uint8_t digest[SHA256_LEN];
	if (salt == NULL || salt_n == 0) {
		ids_add(&w->silent, m->conversation);
		ids_add(&w->voiceless, m->id);
		return is_silent(m) ? 0 : misread(w, m->id, "it was erased, and has words again");
	}
	if (salt_n != SALT_LEN)
		return misread(w, m->id, "it was changed after it was written");
	chain_digest(w->arena, salt, m, digest);
	if (memcmp(stored, digest, sizeof digest) != 0)
		reads_otherwise(w, m->id, digest);
	return 0;
}

/* The chain has the channel's id as it came. */
static bool id_opens(struct walk *w, uint64_t message, struct chain_text *id)
{
	struct tx of_row = *w->tx;
	of_row.arena = w->arena;
	const char *plain = id->n ? unseal(&of_row, FIELD_MESSAGE_ID, message, arena_strndup(w->arena, id->p, id->n)) : "";
	if (plain)
		*id = chain_text(plain);
	return plain != NULL;
}

static int on_message(struct walk *w, struct db_row *r)
{
	size_t n, salt_n;
	struct chain_message m = { .id = col_number(w, r, 0), .conversation = col_number(w, r, 2), .seq = col_number(w, r, 3),
		.at = col_number(w, r, 4), .sent_at = col_number(w, r, 5), .sender = col_number(w, r, 6), .survey = col_number(w, r, 7) };
	for (int i = 0; i < 3; i++)
		m.stays[i] = col_text(w, r, 8 + i);
	for (int i = 0; i < CHAIN_TEXTS; i++)
		m.words[i] = col_text(w, r, 11 + i);
	if (!id_opens(w, m.id, &m.stays[2]))
		return misread(w, m.id, "its id does not open: it was changed, or its key is not in key_file");
	struct chain *c = &w->chain[id_node(m.id)];
	const void *digest = w->ops->col_blob(r, 16, &n);
	if (digest == NULL || n == 0) {
		w->out->unproven++;
		return chain_says(c->said) ? misread(w, m.id, "the chain does not know it: it was put there, or its digest was taken away") : 0;
	}
	if (n != SHA256_LEN)
		return misread(w, m.id, "it was changed after it was written");
	w->out->since = w->out->messages++ == 0 ? (int64_t)m.at : w->out->since;
	chain_link(w->arena, &m, digest, c->said);
	const void *salt = w->ops->col_blob(r, 17, &salt_n);
	return check_words(w, &m, digest, salt, salt_n);
}

static uint64_t number_of(const json_t *data, const char *name)
{
	const char *s = json_string_value(json_object_get(data, name));
	return s ? strtoull(s, NULL, 10) : 0;
}

static void reworded(struct walk *w, const json_t *data)
{
	uint8_t digest[SHA256_LEN];
	struct other key = { .message = number_of(data, "message") }, *o;
	const char *hex = json_string_value(json_object_get(data, "digest"));
	o = w->reworded.n ? bsearch(&key, w->reworded.of, w->reworded.n, sizeof key, by_message) : NULL;
	if (o && hex && crypto_unhex(hex, digest, sizeof digest) == 0)
		o->told = memcmp(digest, o->digest, sizeof digest) == 0;
}

/* Only once the event itself fits. */
static void look_into(struct walk *w, const struct chain_event *v)
{
	const struct chain_text *kind = &v->text[0], *text = &v->text[2];
	bool erased = kind->n == strlen(CHAIN_ERASED) && memcmp(kind->p, CHAIN_ERASED, kind->n) == 0;
	bool other = kind->n == strlen(CHAIN_REWORDED) && memcmp(kind->p, CHAIN_REWORDED, kind->n) == 0;
	json_t *data = erased || other ? json_loadb(text->p, text->n, 0, NULL) : NULL;
	if (erased)
		ids_add(&w->erased, number_of(data, "conversation"));
	if (other)
		reworded(w, data);
	json_decref(data);
}

static int by_id(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static int check_erased(struct walk *w)
{
	if (w->erased.n)
		qsort(w->erased.of, w->erased.n, sizeof *w->erased.of, by_id);
	for (size_t i = 0; i < w->silent.n; i++)
		if (!w->erased.n || !bsearch(&w->silent.of[i], w->erased.of, w->erased.n, sizeof *w->erased.of, by_id))
			return misread(w, w->voiceless.of[i], "its words were taken away, and nobody erased that citizen");
	return 0;
}

static int check_reworded(struct walk *w)
{
	for (size_t i = 0; i < w->reworded.n; i++)
		if (!w->reworded.of[i].told)
			return misread(w, w->reworded.of[i].message, "its words are not those that were written");
	return 0;
}

/* --- events --- */

/* What the row says, against the hash it carries. */
static int check_row(struct walk *w, const struct chain_event *v, const void *stored, size_t n)
{
	if (v->node >= NODES)
		return misfit(w, v, "there is no such node");
	struct chain *c = &w->chain[v->node];
	if (v->seq != c->seq + 1)
		return misfit(w, v, v->seq > c->seq + 1 ? "events before it are missing" : "its number was given before");
	chain_hash(w->arena, v, c->said, c->hash);
	if (!fits(stored, n, c->hash))
		return misfit(w, v, chain_says(c->said) ? "it was changed after it was written, or a message was that came before it, or one is"
			" missing" : "it was changed after it was written");
	c->seq = v->seq;
	look_into(w, v);
	return check_anchors(w, v, c->hash);
}

static int on_event(struct walk *w, struct db_row *r)
{
	size_t n;
	struct chain_event v = { .id = col_number(w, r, 0), .node = col_number(w, r, 2), .seq = col_number(w, r, 3),
		.at = col_number(w, r, 4), .ticket = col_number(w, r, 5) };
	for (int i = 0; i < 3; i++)
		v.text[i] = col_text(w, r, 8 + i);
	const void *stored = w->ops->col_blob(r, 16, &n);
	w->out->events++;
	return check_row(w, &v, stored, n);
}

static int on_row(struct db_row *r, void *p)
{
	struct walk *w = p;
	arena_reset(w->arena);
	int rc = w->ops->col_int(r, 1) ? on_message(w, r) : on_event(w, r);
	if (rc == 0 && ++w->rows % PROGRESS_EVERY == 0 && w->progress)
		w->progress(w->arg, w->rows);
	return rc < 0;
}

/* --- heads --- */

static int on_head(struct db_row *r, void *p)
{
	struct walk *w = p;
	static const uint8_t nothing[SHA256_LEN];
	int64_t node = w->ops->col_int(r, 0), seq = w->ops->col_int(r, 1);
	size_t n, said_n;
	const void *hash = w->ops->col_blob(r, 2, &n), *said = w->ops->col_blob(r, 3, &said_n);
	struct chain *c = node >= 0 && node < NODES ? &w->chain[node] : NULL;
	if (!c || c->seq != (uint64_t)seq || !fits(hash, n, c->hash)) {
		w->rc = err_set(w->e, E_CORRUPT, "node %" PRId64 ": its chain should end with event number %" PRId64 " and ends with %" PRIu64,
			node, seq, c ? c->seq : 0);
		return 1;
	}
	if (!fits(said_n ? said : nothing, said_n ? said_n : sizeof nothing, c->said)) {
		w->rc = err_set(w->e, E_CORRUPT, "node %" PRId64 ": a message since its last event was changed, or is missing", node);
		return 1;
	}
	c->seq = 0; /* ends where it should */
	memset(c->said, 0, sizeof c->said);
	return 0;
}

static int check_heads(struct walk *w)
{
	int rc = w->ops->exec(w->tx->session->db, STMT_node_list, NO_PARAMS, on_head, w, NULL, w->e);
	for (unsigned i = 0; rc == 0 && w->rc == 0 && i < NODES; i++)
		if (w->chain[i].seq || chain_says(w->chain[i].said))
			w->rc = err_set(w->e, E_CORRUPT, "node %u has events but no head of its chain", i);
	return rc < 0 ? rc : w->rc;
}

int event_verify(struct tx *tx, int64_t *events, void (*progress)(void *, int64_t), void *arg, struct err *e)
{
	struct event_verified out;
	int rc = event_verify_anchored(tx, NULL, 0, &out, progress, arg, e);
	*events = out.events;
	return rc;
}

int event_verify_anchored(struct tx *tx, const struct anchor *a, size_t n, struct event_verified *out, void (*progress)(void *, int64_t),
	void *arg, struct err *e)
{
	struct walk w = { .tx = tx, .ops = tx->session->ops, .chain = mem_array(struct chain, NODES), .arena = arena_create(64 * 1024),
		.out = out, .progress = progress, .arg = arg, .e = e };
	*out = (struct event_verified){ 0 };
	anchors_sort(&w, a, n);
	int rc = w.ops->exec(tx->session->db, STMT_chain_walk, NO_PARAMS, on_row, &w, NULL, e);
	rc = rc < 0 ? rc : w.rc;
	if (rc == 0)
		rc = check_reworded(&w);
	if (rc == 0)
		rc = check_erased(&w);
	if (rc == 0)
		rc = check_ends(&w);
	if (rc == 0)
		rc = check_heads(&w);
	free(w.chain);
	free(w.anchor);
	free(w.reworded.of);
	free(w.silent.of);
	free(w.voiceless.of);
	free(w.erased.of);
	arena_destroy(&w.arena);
	return rc;
}
