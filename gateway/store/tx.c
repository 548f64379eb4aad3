#include "gateway/store/tx.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>

#include "gateway/base/clock.h"
#include "gateway/store/feed.h"
#include "gateway/store/nodes.h"

/* 41 bits of milliseconds since 2024-01-01 UTC, 10 of node, 12 of counter. */
#define ID_EPOCH_MS 1704067200000LL
enum { ID_MS_BITS = 41, ID_NODE_BITS = 10, ID_COUNT_BITS = 12, ID_COUNT_MAX = (1 << ID_COUNT_BITS) - 1 };

static uint64_t id_ms(int64_t at)
{
	return at > ID_EPOCH_MS ? (uint64_t)(at - ID_EPOCH_MS) : 0;
}

uint64_t id_floor(int64_t at)
{
	uint64_t ms = id_ms(at);
	return (ms >> ID_MS_BITS ? (1ULL << ID_MS_BITS) - 1 : ms) << (ID_NODE_BITS + ID_COUNT_BITS);
}

int64_t id_at(uint64_t id)
{
	return (int64_t)(id >> (ID_NODE_BITS + ID_COUNT_BITS)) + ID_EPOCH_MS;
}

uint64_t id_next(uint64_t last, int64_t now, unsigned node)
{
	uint64_t ms = id_ms(now), last_ms = last >> (ID_NODE_BITS + ID_COUNT_BITS), count = 0;
	if (ms <= last_ms || ms >> ID_MS_BITS) { /* the clock went back, or is not to be believed */
		ms = last_ms;
		count = (last & ID_COUNT_MAX) + 1;
		if (count > ID_COUNT_MAX) {
			ms++;
			count = 0;
		}
	}
	return ms << (ID_NODE_BITS + ID_COUNT_BITS) | (uint64_t)node << ID_COUNT_BITS | count;
}

unsigned id_node(uint64_t id)
{
	return (unsigned)(id >> ID_COUNT_BITS) & ((1u << ID_NODE_BITS) - 1);
}

uint64_t id_end_of_ms(uint64_t id)
{
	return id | ((1ULL << (ID_NODE_BITS + ID_COUNT_BITS)) - 1);
}

/* --- a connection --- */

int session_open(struct session *s, const struct db_ops *ops, const char *dsn, unsigned node, enum db_role role, struct err *e)
{
	uint64_t name;
	*s = (struct session){ .ops = ops, .node = node };
	crypto_random(&name, sizeof name);
	snprintf(s->name, sizeof s->name, "%016" PRIx64, name);
	buf_init(&s->feed, FEED_TEXT_MAX);
	return ops->open(&s->db, dsn, node, role, e);
}

void session_close(struct session *s)
{
	if (s->db)
		s->ops->close(&s->db);
	seal_box_destroy(&s->box);
	buf_fini(&s->feed);
}

void session_salt(struct session *s, uint8_t salt[SALT_LEN])
{
	if (s->salts.left == 0)
		crypto_random(s->salts.bytes, s->salts.left = sizeof s->salts.bytes);
	s->salts.left -= SALT_LEN;
	memcpy(salt, s->salts.bytes + s->salts.left, SALT_LEN);
}

struct head_arg {
	struct session *s;
	bool whole;
};

static int on_head(struct db_row *r, void *p)
{
	struct head_arg *a = p;
	struct node_head *h = &a->s->head;
	size_t n;
	h->last_id = (uint64_t)a->s->ops->col_int(r, 0);
	h->event_seq = a->s->ops->col_int(r, 1);
	const void *hash = a->s->ops->col_blob(r, 2, &n);
	a->whole = n == sizeof h->event_hash;
	if (a->whole)
		memcpy(h->event_hash, hash, n);
	const void *said = a->s->ops->col_blob(r, 3, &n);
	if (said && n == sizeof h->said)
		memcpy(h->said, said, n);
	a->whole = a->whole && (n == 0 || n == sizeof h->said);
	return 0;
}

static int head_read(struct session *s, struct err *e)
{
	struct head_arg a = { .s = s, .whole = true };
	s->head = (struct node_head){ 0 };
	int rc = s->ops->exec(s->db, STMT_node_get, PARAMS(v_int(s->node)), on_head, &a, NULL, e);
	if (rc == 0 && !a.whole)
		rc = err_set(e, E_CORRUPT, "the head of node %u's event chain is no hash", s->node);
	s->head_stored = s->head;
	if (s->head.last_id < s->given)
		s->head.last_id = s->given;
	return rc;
}

/* What was taken of them since then is given again. */
static void serials_undo(struct session *s, const struct serials *before)
{
	if (!s->ops->shared) {
		s->serials = *before;
		return;
	}
	for (size_t i = 0; i < s->serials.n; i++) {
		struct serial *k = &s->serials.of[i];
		const struct serial *b = &before->of[i];
		bool same = i < before->n && b->day == k->day && b->code == k->code && b->last >= k->from;
		k->last = same ? b->last : k->from; /* what was taken from the others stays ours */
	}
}

static int noted(struct session *s, int rc)
{
	s->again = s->again || rc == E_AGAIN;
	return rc;
}

int session_begin(struct session *s, bool write, struct err *e)
{
	s->again = false;
	buf_clear(&s->feed);
	if (!s->ops->shared)
		s->serials.n = 0;
	s->serials_begun = s->serials;
	int rc = s->ops->begin(s->db, write ? DB_WRITE : DB_READ, e);
	s->begun = rc == 0;
	if (rc == 0 && write && (rc = head_read(s, e)) < 0)
		s->ops->rollback(s->db);
	return noted(s, rc);
}

static int serials_put(struct session *s, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->serials.n; i++) {
		const struct serial *n = &s->serials.of[i];
		if (n->last != n->stored)
			rc = s->ops->exec(s->db, STMT_serial_put, PARAMS(v_int(n->day), v_int(n->code), v_int(n->last)), NULL, NULL, NULL, e);
	}
	return rc;
}

static int head_put(struct session *s, struct err *e)
{
	const struct node_head *h = &s->head;
	if (memcmp(h, &s->head_stored, sizeof *h) == 0)
		return 0;
	return s->ops->exec(s->db, STMT_node_put, PARAMS(v_int(s->node), v_id(h->last_id), v_int(h->event_seq),
		v_blob(h->event_hash, sizeof h->event_hash), v_blob(chain_says(h->said) ? h->said : NULL, sizeof h->said)), NULL, NULL, NULL, e);
}

static const char mark_space[] = "commit";

static int mark_write(struct session *s, struct err *e)
{
	char value[24];
	snprintf(value, sizeof value, "%" PRId64, s->mark);
	return s->ops->exec(s->db, STMT_kept_put, PARAMS(v_text(mark_space), v_text(s->name), v_text(value), v_int(clock_now())),
		NULL, NULL, NULL, e);
}

static int mark_put(struct session *s, struct err *e)
{
	if (!s->ops->shared)
		return 0;
	s->mark++;
	return mark_write(s, e);
}

int marks_drop(struct tx *tx, int64_t before)
{
	return tx_exec(tx, STMT_kept_drop, PARAMS(v_text(mark_space), v_int(before)), NULL);
}

static int commit_with(struct session *s, bool *later, struct err *e)
{
	int rc = s->ops->shared ? 0 : serials_put(s, e);
	if (rc == 0)
		rc = head_put(s, e);
	if (rc == 0)
		rc = mark_put(s, e);
	if (rc == 0)
		rc = feed_put(s, e);
	if (rc == 0)
		rc = later ? s->ops->commit_unsynced(s->db, later, e) : s->ops->commit(s->db, e);
	if (rc < 0 && rc != E_TIMEOUT)
		session_rollback(s);
	return noted(s, rc);
}

int session_commit(struct session *s, struct err *e)
{
	return commit_with(s, NULL, e);
}

int session_commit_unsynced(struct session *s, bool *later, struct err *e)
{
	*later = false;
	return commit_with(s, s->ops->commit_unsynced ? later : NULL, e);
}

struct mark_arg {
	const struct db_ops *ops;
	int64_t mark;
};

static int on_mark(struct db_row *r, void *p)
{
	struct mark_arg *a = p;
	size_t n;
	const char *text = a->ops->col_text(r, 0, &n);
	a->mark = text ? strtoll(text, NULL, 10) : 0;
	return 1;
}

/* That it can be read is not enough: after a crash, or when a wait for the standby was broken off, the server shows what only
 * its own disk has. A commit behind it waits for both. */
static int mark_settle(struct session *s, struct err *e)
{
	int rc = mark_write(s, e);
	return rc < 0 ? rc : s->ops->commit(s->db, e);
}

int session_unsure(struct session *s, struct err *e)
{
	struct mark_arg a = { .ops = s->ops };
	int rc = s->ops->begin(s->db, DB_WRITE, e); /* the lost connection has let go of everything */
	if (rc == 0) {
		rc = s->ops->exec(s->db, STMT_kept_get, PARAMS(v_text(mark_space), v_text(s->name)), on_mark, &a, NULL, e);
		if (rc == 0 && a.mark == s->mark)
			rc = mark_settle(s, e);
		s->ops->rollback(s->db);
	}
	if (rc < 0)
		return err_set(e, E_TIMEOUT, "nobody knows yet whether the last transaction was committed");
	return a.mark == s->mark ? 0 : err_set(e, E_AGAIN, "the transaction was not committed: the connection was lost");
}

void session_rollback(struct session *s)
{
	serials_undo(s, &s->serials_begun);
	s->ops->rollback(s->db);
}

/* --- a job --- */

void tx_init(struct tx *tx, struct session *s, struct arena *a, bool write)
{
	*tx = (struct tx){ .session = s, .arena = a, .write = write, .now = clock_now() };
}

/* The backend's words are better than none, but the job's own come first. */
static int job_failed(struct tx *tx, int rc, struct err *e)
{
	if (!e->code)
		*e = tx->err;
	if (!e->code)
		err_set(e, rc, "the store refused (%s)", err_name(rc));
	e->code = rc;
	return rc;
}

static int savepoint(struct tx *tx, bool alone, struct err *e)
{
	return alone ? 0 : tx->session->ops->savepoint(tx->session->db, e);
}

/* What the job sent ahead is done, so that a fault in it is this job's. */
static int settled(struct tx *tx, struct err *e)
{
	struct session *s = tx->session;
	int rc = s->ops->settle ? s->ops->settle(s->db, e) : 0;
	if (rc < 0 && rc != E_AGAIN)
		tx->failed = true;
	return noted(s, rc);
}

int tx_run_job(struct tx *tx, bool alone, store_run_f *run, void *arg, bool *lost, struct err *e)
{
	struct session *s = tx->session;
	const struct node_head before = s->head;
	const struct serials serials = s->serials;
	*lost = false;
	*e = (struct err){ 0 };
	int rc = savepoint(tx, alone, e);
	if (rc < 0) {
		tx->failed = *lost = true;
		return noted(s, rc);
	}
	rc = run(tx, arg, e);
	if (rc >= 0 && !alone)
		rc = settled(tx, e);
	if (rc >= 0 && !alone && s->ops->release(s->db, e) < 0) {
		tx->failed = *lost = true;
		return E_IO;
	}
	if (rc >= 0 && !s->again) {
		feed_note(s, tx->change, tx->changes);
		return 0;
	}
	job_failed(tx, s->again ? E_AGAIN : rc, e);
	tx->changes = 0;
	serials_undo(s, &serials);
	if (s->again) {
		*lost = true;
		return E_AGAIN;
	}
	s->head = before;
	s->head.last_id = s->given > before.last_id ? s->given : before.last_id;
	*lost = alone || s->ops->undo(s->db, NULL) < 0;
	return rc;
}

int64_t tx_now(const struct tx *tx)
{
	return tx->now;
}

void tx_set_now(struct tx *tx, int64_t now)
{
	tx->now = now;
}

struct arena *tx_arena(struct tx *tx)
{
	return tx->arena;
}

uint64_t tx_id(struct tx *tx)
{
	must(tx->write);
	struct session *s = tx->session;
	return s->given = s->head.last_id = id_next(s->head.last_id, tx->now, s->node);
}

const char *tx_others(struct tx *tx)
{
	return tx->session->nodes ? nodes_others(tx->session->nodes, tx->arena) : "";
}

int tx_refuse(struct tx *tx, int code, const char *fmt, ...)
{
	char words[ERR_WORDS_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	return err_set(&tx->err, code, "%s", words);
}

/* --- statements --- */

int64_t row_int(struct row *r)
{
	return r->tx->session->ops->col_int(r->at, r->col++);
}

const char *row_text(struct row *r)
{
	size_t n;
	const char *s = r->tx->session->ops->col_text(r->at, r->col++, &n);
	if (!s)
		return NULL;
	char *copy = arena_alloc(r->tx->arena, n + 1);
	return memcpy(copy, s, n);
}

const char *row_words(struct row *r)
{
	const char *s = row_text(r);
	return s ? s : "";
}

const void *row_blob(struct row *r, size_t *n)
{
	const void *p = r->tx->session->ops->col_blob(r->at, r->col++, n);
	if (!p || !*n)
		return NULL;
	return memcpy(arena_alloc(r->tx->arena, *n), p, *n);
}

void fill_int(struct row *r, void *out)
{
	*(int64_t *)out = row_int(r);
}

void fill_id(struct row *r, void *out)
{
	*(uint64_t *)out = row_id(r);
}

static int statement(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, int (*row)(struct db_row *, void *), void *arg,
	int64_t *changed)
{
	int rc = tx->session->ops->exec(tx->session->db, s, v, n, row, arg, changed, &tx->err);
	if (rc < 0 && rc != E_EXISTS && rc != E_AGAIN)
		tx->failed = true;
	return noted(tx->session, rc);
}

int tx_exec(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, int64_t *changed)
{
	return statement(tx, s, v, n, NULL, NULL, changed);
}

struct one {
	struct tx *tx;
	fill_f *fill;
	void *out;
	bool found;
};

static int on_one(struct db_row *r, void *p)
{
	struct one *o = p;
	o->fill(&(struct row){ .tx = o->tx, .at = r }, o->out);
	o->found = true;
	return 1;
}

int tx_one(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, fill_f *fill, void *out)
{
	struct one o = { .tx = tx, .fill = fill, .out = out };
	int rc = statement(tx, s, v, n, on_one, &o, NULL);
	return rc < 0 ? rc : o.found ? 0 : E_NOTFOUND;
}

struct all {
	struct tx *tx;
	fill_f *fill;
	size_t size, count, room;
	char *rows;
};

static int on_row(struct db_row *r, void *p)
{
	struct all *a = p;
	if (a->count == a->room) {
		size_t room = a->room ? a->room * 2 : 16;
		char *grown = arena_alloc(a->tx->arena, room * a->size);
		if (a->count)
			memcpy(grown, a->rows, a->count * a->size);
		a->rows = grown;
		a->room = room;
	}
	a->fill(&(struct row){ .tx = a->tx, .at = r }, a->rows + a->count++ * a->size);
	return 0;
}

int tx_all(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, fill_f *fill, size_t size, void *rows,
	size_t *count)
{
	struct all a = { .tx = tx, .fill = fill, .size = size };
	int rc = statement(tx, s, v, n, on_row, &a, NULL);
	memcpy(rows, &a.rows, sizeof a.rows);
	*count = rc < 0 ? 0 : a.count;
	return rc;
}
