/* PostgreSQL as the target of a move: rows go in by COPY in its binary form (16 bits of fields, then each behind 32 bits of
 * length), from the chapter "COPY, Binary Format" of its manual. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/store/db_postgres.h"

enum { LOAD_MAX = 256 * 1024 * 1024, SEND_AT = 64 * 1024, SQL_MAX = 16 * 1024 };

static int on_count(const PGresult *r, int row, void *arg)
{
	*(int64_t *)arg = strtoll(PQgetvalue(r, row, 0), NULL, 10);
	return 1;
}

static int count(struct db *d, const struct db_table *t, int64_t *n, struct err *e)
{
	char *sql = mem_printf("SELECT COUNT(*) FROM %s WHERE NOT (%s)", t->name, t->but ? t->but : "false");
	int rc = pg_link_script(&d->link, sql, on_count, n, e);
	free(sql);
	return rc;
}

static int begin(struct db *d, const struct db_table *t, struct err *e)
{
	static const char head[11 + 4 + 4] = "PGCOPY\n\377\r\n"; /* signature with its NUL, flags, length of the extension */
	struct buf sql;
	buf_init(&sql, SQL_MAX);
	for (size_t i = 0; i < t->columns; i++)
		(void)(i ? buf_addf(&sql, ", %s", t->column[i]) : buf_addf(&sql, "COPY %s (%s", t->name, t->column[i]));
	(void)buf_adds(&sql, ") FROM STDIN (FORMAT binary)");
	int rc = pg_link_copy(&d->link, buf_str(&sql), e);
	d->loading = rc == 0;
	buf_fini(&sql);
	buf_fini(&d->load);
	buf_init(&d->load, LOAD_MAX);
	must(buf_add(&d->load, head, sizeof head));
	return rc;
}

static bool put_text(struct buf *b, const struct db_value *v, int64_t *mended)
{
	struct buf clean;
	if (utf8_valid(v->p, v->n) && !memchr(v->p, 0, v->n))
		return buf_u32(b, (uint32_t)v->n) && buf_add(b, v->p, v->n);
	buf_init(&clean, 4 * v->n + 16);
	(void)utf8_mend(&clean, v->p, v->n);
	size_t n = strlen(buf_str(&clean));
	bool ok = buf_u32(b, (uint32_t)n) && buf_add(b, buf_str(&clean), n);
	buf_fini(&clean);
	++*mended;
	return ok;
}

static bool put(struct buf *b, const struct db_value *v, int64_t *mended)
{
	switch (v->type) {
	case DB_INT:
		return buf_u32(b, 8) && buf_u32(b, (uint32_t)((uint64_t)v->i >> 32)) && buf_u32(b, (uint32_t)v->i);
	case DB_TEXT:
		return put_text(b, v, mended);
	case DB_BLOB:
		return buf_u32(b, (uint32_t)v->n) && buf_add(b, v->n ? v->p : "", v->n);
	case DB_NULL:
		break;
	}
	return buf_u32(b, UINT32_MAX);
}

static int send(struct db *d, struct err *e)
{
	int rc = pg_link_copy_put(&d->link, d->load.data, d->load.len, e);
	buf_clear(&d->load);
	return rc;
}

static int row(struct db *d, const struct db_table *t, const struct db_value *v, int64_t *mended, struct err *e)
{
	bool ok = buf_u16(&d->load, (uint16_t)t->columns);
	for (size_t i = 0; ok && i < t->columns; i++)
		ok = put(&d->load, &v[i], mended);
	if (!ok)
		return err_set(e, E_RANGE, "a row of table %s is longer than %d bytes", t->name, LOAD_MAX);
	return d->load.len < SEND_AT ? 0 : send(d, e);
}

static int end(struct db *d, struct err *e)
{
	must(buf_u16(&d->load, UINT16_MAX));
	int rc = send(d, e); /* fails with the connection only */
	if (rc == 0)
		rc = pg_link_copy_end(&d->link, NULL, e);
	d->loading = false;
	return rc;
}

static void cancel(struct db *d)
{
	if (d->loading && pg_link_up(&d->link))
		(void)pg_link_copy_end(&d->link, "broken off", NULL);
	d->loading = false;
}

const struct db_target db_postgres_target = { .count = count, .begin = begin, .row = row, .end = end, .cancel = cancel };
