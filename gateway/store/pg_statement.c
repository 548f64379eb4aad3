#include "gateway/store/pg_statement.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"

/* PostgreSQL's numbers of its types, from its pg_type.dat. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25 };
enum { TEXT_MAX = 16 * 1024 };

struct db_row {
	const PGresult *r;
	int row;
};

/* --- prepare --- */

/* "?12" becomes "$12"; nothing else in a statement has a question mark. */
static void to_dollars(const char *sql, struct buf *out)
{
	for (; *sql; sql++)
		(void)buf_addc(out, *sql == '?' ? '$' : *sql);
}

struct described {
	int params, columns;
	Oid param[PG_PARAMS_MAX], column[PG_COLUMNS_MAX];
};

static int on_description(const PGresult *r, int row, void *arg)
{
	struct described *d = arg;
	(void)row;
	d->params = PQnparams(r) < PG_PARAMS_MAX ? PQnparams(r) : PG_PARAMS_MAX;
	d->columns = PQnfields(r) < PG_COLUMNS_MAX ? PQnfields(r) : PG_COLUMNS_MAX;
	for (int i = 0; i < d->params; i++)
		d->param[i] = PQparamtype(r, i);
	for (int i = 0; i < d->columns; i++)
		d->column[i] = PQftype(r, i);
	return 0;
}

static int describe(struct pg_link *l, const char *name, const char *statement, struct described *d, struct err *e)
{
	int rc = pg_link_describe(l, name, statement, e);
	return rc < 0 ? rc : pg_link_settle(l, on_description, d, e);
}

static int check_types(const char *name, struct described *d, struct pg_known *k, struct err *e)
{
	k->params = (uint8_t)d->params;
	for (int i = 0; i < d->params; i++) {
		if (d->param[i] == OID_INT4 || d->param[i] == OID_INT2)
			d->param[i] = OID_INT8;
		if (d->param[i] != OID_INT8 && d->param[i] != OID_TEXT && d->param[i] != OID_BYTEA)
			return err_set(e, E_IO, "statement %s: parameter ?%d is of PostgreSQL's type %u; CAST(?%d AS BIGINT) or AS TEXT would be"
				" right", name, i + 1, d->param[i], i + 1);
		k->type[i] = d->param[i] == OID_INT8 ? DB_INT : d->param[i] == OID_TEXT ? DB_TEXT : DB_BLOB;
	}
	for (int i = 0; i < d->columns; i++)
		if (d->column[i] != OID_INT8 && d->column[i] != OID_INT4 && d->column[i] != OID_TEXT && d->column[i] != OID_BYTEA &&
			d->column[i] != OID_BOOL)
			return err_set(e, E_IO, "statement %s: column %d is of PostgreSQL's type %u; CAST(… AS BIGINT) or AS TEXT would be right",
				name, i + 1, d->column[i]);
	return 0;
}

int pg_statement_prepare(struct pg_link *l, struct pg_statements *s, enum stmt id, struct err *e)
{
	struct pg_known *k = &s->of[id];
	struct described d = { 0 };
	const char *name = stmt_name(id);
	struct buf sql;
	buf_init(&sql, TEXT_MAX);
	to_dollars(stmt_text(id, true), &sql);
	int rc = pg_link_prepare(l, name, "", buf_str(&sql), 0, NULL, e);
	if (rc == 0)
		rc = describe(l, name, "", &d, e);
	if (rc == 0)
		rc = check_types(name, &d, k, e);
	if (rc == 0)
		rc = pg_link_prepare(l, name, name, buf_str(&sql), d.params, d.param, e);
	if (rc == 0)
		rc = describe(l, name, name, &d, e); /* the columns may follow the parameters */
	if (rc == 0)
		rc = check_types(name, &d, k, e);
	k->prepared = rc == 0;
	buf_fini(&sql);
	return rc;
}

/* --- bind --- */

struct bound {
	const char *value[PG_PARAMS_MAX];
	int length[PG_PARAMS_MAX], format[PG_PARAMS_MAX];
	uint64_t number[PG_PARAMS_MAX];
	struct buf clean[PG_PARAMS_MAX];
	size_t cleaned;
};

/* SQLite keeps any bytes as a text; PostgreSQL wants UTF-8 without NUL, and one bad byte must not stop a whole job. */
static void bind_text(struct bound *b, size_t i, const struct db_value *v)
{
	b->value[i] = v->p;
	b->length[i] = (int)v->n;
	if (utf8_valid(v->p, v->n) && !memchr(v->p, 0, v->n))
		return;
	struct buf *clean = &b->clean[b->cleaned++];
	buf_init(clean, 4 * v->n + 16);
	(void)utf8_mend(clean, v->p, v->n);
	b->value[i] = buf_str(clean);
	b->length[i] = (int)strlen(b->value[i]);
}

static int bind(const char *name, const struct pg_known *k, const struct db_value *v, size_t n, struct bound *b, struct err *e)
{
	must(n <= PG_PARAMS_MAX);
	if (k->params != n)
		return err_set(e, E_IO, "statement %s has %u parameters and got %zu", name, k->params, n);
	for (size_t i = 0; i < n; i++) {
		b->format[i] = 1;
		b->value[i] = NULL;
		b->length[i] = 0;
		if (v[i].type == DB_NULL)
			continue;
		if (v[i].type != k->type[i])
			return err_set(e, E_IO, "statement %s: parameter ?%zu has the wrong type of value", name, i + 1);
		if (v[i].type == DB_TEXT) {
			bind_text(b, i, &v[i]);
			continue;
		}
		b->number[i] = htobe64((uint64_t)v[i].i);
		b->value[i] = v[i].type == DB_INT ? (const char *)&b->number[i] : v[i].n ? v[i].p : "";
		b->length[i] = v[i].type == DB_INT ? (int)sizeof b->number[i] : (int)v[i].n;
	}
	return 0;
}

int pg_statement_send(struct pg_link *l, struct pg_statements *s, enum stmt id, const struct db_value *v, size_t n,
	struct err *e)
{
	struct bound b;
	const char *name = stmt_name(id);
	b.cleaned = 0;
	int rc = s->of[id].prepared ? 0 : pg_statement_prepare(l, s, id, e);
	if (rc < 0)
		return rc;
	if ((rc = bind(name, &s->of[id], v, n, &b, e)) == 0)
		rc = pg_link_send(l, name, name, (int)n, b.value, b.length, b.format, e);
	else
		l->failed = *e;
	for (size_t i = 0; i < b.cleaned; i++)
		buf_fini(&b.clean[i]);
	return rc;
}

/* --- answers --- */

struct answer {
	int (*row)(struct db_row *, void *);
	void *arg;
};

static int on_row(const PGresult *r, int row, void *arg)
{
	struct answer *a = arg;
	return a->row(&(struct db_row){ r, row }, a->arg);
}

int pg_statement_answer(struct pg_link *l, int (*row)(struct db_row *, void *), void *arg, struct err *e)
{
	struct answer a = { row, arg };
	return pg_link_settle(l, row ? on_row : NULL, &a, e);
}

int64_t pg_col_int(struct db_row *r, int col)
{
	if (PQgetisnull(r->r, r->row, col))
		return 0;
	const char *p = PQgetvalue(r->r, r->row, col);
	int n = PQgetlength(r->r, r->row, col);
	uint64_t wide;
	uint32_t narrow;
	if (n == (int)sizeof wide) {
		memcpy(&wide, p, sizeof wide);
		return (int64_t)be64toh(wide);
	}
	if (n == (int)sizeof narrow) {
		memcpy(&narrow, p, sizeof narrow);
		return (int32_t)be32toh(narrow);
	}
	return n == 1 && *p;
}

const char *pg_col_text(struct db_row *r, int col, size_t *n)
{
	*n = (size_t)PQgetlength(r->r, r->row, col);
	return PQgetisnull(r->r, r->row, col) ? NULL : PQgetvalue(r->r, r->row, col);
}

const void *pg_col_blob(struct db_row *r, int col, size_t *n)
{
	return pg_col_text(r, col, n);
}
