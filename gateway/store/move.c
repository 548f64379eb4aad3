#include "gateway/store/move.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/store/article.h"
#include "gateway/store/files.h"
#include "gateway/store/kept.h"
#include "gateway/store/migrate.h"
#include "gateway/store/nodes.h"
#include "gateway/store/threads.h"
#include "gateway/store/verify.h"

/* A transaction of the target. */
enum { BATCH_ROWS = 5000, BATCH_BYTES = 8 * 1024 * 1024 };
/* A note in the target: "copying FINGERPRINT", "done FINGERPRINT". */
static const char space[] = "import", key[] = "state", copying[] = "copying ", finished[] = "done ";
/* The nodes' marks, this note, and how far the index of words goes, which the target fills anew. */
static const char kept_but[] = "space IN ('commit', 'import', 'search')";

struct moving {
	struct store *to;
	struct session from;
	struct move *m;
	struct arena *arena;
	struct db_table *table;
	int64_t *total; /* by table */
	size_t tables;
	char fingerprint[HEX_SHA256];
	struct err *e;
};

static struct db *target(const struct moving *v)
{
	return v->to->writer.db;
}

/* --- what is where --- */

static int source_open(struct moving *v, const char *dsn)
{
	const struct db_ops *ops = db_find(dsn);
	if (!ops || !ops->source)
		return err_set(v->e, E_CONFIG, "only a SQLite store can be moved; sqlite:PATH would be right");
	if (!v->to->ops->target)
		return err_set(v->e, E_CONFIG, "the store of this configuration is SQLite, too: copy the file, or set store = postgresql://…");
	int rc = session_open(&v->from, ops, dsn, 0, DB_WRITER, v->e);
	if (rc == 0)
		rc = ops->exclusive(v->from.db, v->e);
	if (rc == 0)
		rc = migrate(&v->from, v->e);
	if (rc == 0)
		rc = ops->begin(v->from.db, DB_READ, v->e);
	return rc;
}

static int source_look(struct moving *v)
{
	const struct db_source *s = v->from.ops->source;
	struct buf b;
	uint8_t sum[SHA256_LEN];
	int rc = s->tables(v->from.db, v->arena, &v->table, &v->tables, v->e);
	buf_init(&b, 64 * 1024);
	v->total = arena_alloc(v->arena, (v->tables + 1) * sizeof *v->total);
	for (size_t i = 0; rc == 0 && i < v->tables; i++) {
		if (strcmp(v->table[i].name, "kept") == 0)
			v->table[i].but = kept_but;
		rc = s->count(v->from.db, &v->table[i], &v->total[i], v->e);
		(void)buf_addf(&b, "%s %" PRId64 "\n", v->table[i].name, v->total[i]);
	}
	v->m->tables = (int64_t)v->tables;
	crypto_sha256(b.data, b.len, sum);
	buf_fini(&b);
	crypto_hex(sum, sizeof sum, v->fingerprint);
	return rc;
}

/* Every event of every node hangs on these, and nothing is done without an event. */
static int on_head(const struct db_value *row, void *arg)
{
	struct moving *v = arg;
	struct buf b;
	uint8_t sum[SHA256_LEN];
	buf_init(&b, 4096);
	(void)buf_addf(&b, "%s %" PRId64 " %" PRId64 " %" PRId64 " ", v->fingerprint, row[0].i, row[1].i, row[2].i);
	(void)buf_add(&b, row[3].p, row[3].n);
	crypto_sha256(b.data, b.len, sum);
	crypto_hex(sum, sizeof sum, v->fingerprint);
	buf_fini(&b);
	return 0;
}

static int source_fingerprint(struct moving *v)
{
	int rc = source_look(v);
	for (size_t i = 0; rc == 0 && i < v->tables; i++)
		if (strcmp(v->table[i].name, "node") == 0)
			rc = v->from.ops->source->rows(v->from.db, &v->table[i], 0, on_head, v, v->e);
	return rc;
}

static int nothing_there(struct moving *v)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < v->tables; i++) {
		int64_t n = 0;
		rc = v->to->ops->target->count(target(v), &v->table[i], &n, v->e);
		if (rc == 0 && n > 0)
			rc = err_set(v->e, E_CONFLICT, "the store that is moved into has data already (%" PRId64 " rows in table %s): give it an"
				" empty database", n, v->table[i].name);
	}
	return rc;
}

/* --- the note --- */

struct note {
	const char *put;
	char *got; /* owned by whoever asked; NULL: none */
};

static int note_read(struct tx *tx, void *arg, struct err *e)
{
	struct note *n = arg;
	const char *value;
	int rc = kept_get(tx, space, key, &value);
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the note of the import cannot be read");
	n->got = rc == 0 ? mem_strdup(value) : NULL;
	return 0;
}

static int note_write(struct tx *tx, void *arg, struct err *e)
{
	const struct note *n = arg;
	int rc = kept_put(tx, space, key, n->put);
	return rc < 0 ? err_set(e, rc, "the note of the import cannot be written") : 0;
}

static int note(struct moving *v, const char *state)
{
	struct note n = { .put = arena_printf(v->arena, "%s%s", state, v->fingerprint) };
	return store_now(v->to, true, note_write, &n, v->e);
}

int move_unfinished(struct session *s, struct err *e)
{
	struct note n = { 0 };
	struct arena *a = arena_create(4096);
	int rc = s->ops->target ? read_job(s, a, note_read, &n, e) : 0;
	if (rc == 0 && n.got && strncmp(n.got, copying, sizeof copying - 1) == 0)
		rc = err_set(e, E_CONFLICT, "an import into this store was begun and not finished: run xinqiao import again, or give it an"
			" empty database");
	free(n.got);
	arena_destroy(&a);
	return rc;
}

/* 1: it was done before. */
static int may_begin(struct moving *v)
{
	struct note n = { 0 };
	int rc = nodes_nobody(v->to->ops, target(v), "is moved into", v->e);
	if (rc == 0)
		rc = store_now(v->to, false, note_read, &n, v->e);
	if (rc == 0 && !n.got) {
		rc = nothing_there(v);
		if (rc == 0)
			rc = note(v, copying);
	} else if (rc == 0) {
		bool same = strcmp(strchr(n.got, ' ') ? strchr(n.got, ' ') + 1 : "", v->fingerprint) == 0;
		bool done = strncmp(n.got, finished, sizeof finished - 1) == 0;
		if (done || !same)
			rc = err_set(v->e, E_CONFLICT, done ? "a store was moved into this one already, and is whole" :
				"this store is half full of another one, or of this one before it was changed: give it an empty database");
	}
	free(n.got);
	return rc;
}

/* --- rows --- */

struct copying {
	struct moving *v;
	const struct db_table *table;
	int64_t done, total, rows, bytes; /* rows, bytes: in the open transaction */
};

static int batch_begin(struct copying *c)
{
	const struct db_ops *ops = c->v->to->ops;
	c->rows = c->bytes = 0;
	int rc = ops->begin(target(c->v), DB_WRITE, c->v->e);
	return rc < 0 ? rc : ops->target->begin(target(c->v), c->table, c->v->e);
}

static int batch_end(struct copying *c)
{
	const struct db_ops *ops = c->v->to->ops;
	int rc = ops->target->end(target(c->v), c->v->e);
	if (rc == 0)
		rc = ops->commit(target(c->v), c->v->e);
	if (rc == 0)
		c->v->m->rows += c->rows;
	if (rc == 0 && c->v->m->progress)
		c->v->m->progress(c->v->m->arg, c->table->name, c->done, c->total);
	return rc;
}

static int on_row(const struct db_value *row, void *arg)
{
	struct copying *c = arg;
	int rc = c->v->to->ops->target->row(target(c->v), c->table, row, &c->v->m->mended, c->v->e);
	for (size_t i = 0; i < c->table->columns; i++)
		c->bytes += (int64_t)row[i].n + 8;
	c->done++;
	if (rc < 0 || (++c->rows < BATCH_ROWS && c->bytes < BATCH_BYTES))
		return rc;
	rc = batch_end(c);
	return rc < 0 ? rc : batch_begin(c);
}

static int copy_table(struct moving *v, size_t i)
{
	struct copying c = { .v = v, .table = &v->table[i], .total = v->total[i] };
	int rc = v->to->ops->target->count(target(v), c.table, &c.done, v->e);
	if (rc == 0 && c.done > c.total)
		rc = err_set(v->e, E_CONFLICT, "table %s has more rows than the source: give it an empty database", c.table->name);
	v->m->before += rc == 0 ? c.done : 0;
	if (rc < 0 || c.done == c.total)
		return rc;
	rc = batch_begin(&c);
	if (rc == 0)
		rc = v->from.ops->source->rows(v->from.db, c.table, c.done, on_row, &c, v->e);
	if (rc == 0)
		rc = batch_end(&c);
	if (rc < 0) {
		v->to->ops->target->cancel(target(v));
		v->to->ops->rollback(target(v));
	}
	return rc;
}

/* --- what has to be made again, and what has to hold --- */

static int verify_run(struct tx *tx, void *arg, struct err *e)
{
	struct moving *v = arg;
	return event_verify(tx, &v->m->events, NULL, NULL, e);
}

static int articles_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg;
	int rc = articles_index(tx);
	return rc < 0 ? err_set(e, rc, "the articles cannot be indexed") : 0;
}

struct file_arg {
	struct moving *v;
	int rc;
};

static int on_file(const char *sha256, void *arg)
{
	struct file_arg *f = arg;
	f->rc = f->v->m->file(f->v->m->arg, sha256, f->v->e);
	return f->rc < 0;
}

static int files_run(struct tx *tx, void *arg, struct err *e)
{
	struct file_arg f = { .v = arg };
	int rc = files_each(tx, on_file, &f);
	return rc < 0 ? err_set(e, rc, "the names of the files cannot be read") : f.rc;
}

static int counts_hold(struct moving *v)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < v->tables; i++) {
		int64_t n = 0;
		rc = v->to->ops->target->count(target(v), &v->table[i], &n, v->e);
		if (rc == 0 && n != v->total[i])
			rc = err_set(v->e, E_CORRUPT, "table %s has %" PRId64 " rows and should have %" PRId64 ": give it an empty database and"
				" begin again", v->table[i].name, n, v->total[i]);
	}
	return rc;
}

static int finish(struct moving *v)
{
	int rc = counts_hold(v);
	if (rc == 0) /* the chain has messages' ids as they came */
		rc = sealer_open(&v->to->sealer, &v->to->writer, v->to->config.key_file, false, v->e);
	v->to->now.sealer = v->to->sealer;
	if (rc == 0)
		rc = store_now(v->to, false, verify_run, v, v->e);
	if (rc == 0)
		rc = store_now(v->to, true, articles_run, v, v->e);
	if (rc == 0 && v->m->file)
		rc = store_now(v->to, false, files_run, v, v->e);
	if (rc == 0)
		rc = v->to->ops->script(target(v), "ANALYZE", v->e);
	return rc < 0 ? rc : note(v, finished);
}

int store_move(struct store *to, const char *from, struct move *m, struct err *e)
{
	struct moving v = { .to = to, .m = m, .arena = arena_create(64 * 1024), .e = e };
	must(!to->started);
	int rc = source_open(&v, from);
	if (rc == 0)
		rc = source_fingerprint(&v);
	if (rc == 0)
		rc = may_begin(&v);
	for (size_t i = 0; rc == 0 && i < v.tables; i++)
		rc = copy_table(&v, i);
	if (rc == 0)
		rc = finish(&v);
	if (v.from.db)
		v.from.ops->rollback(v.from.db);
	session_close(&v.from);
	arena_destroy(&v.arena);
	return rc;
}
