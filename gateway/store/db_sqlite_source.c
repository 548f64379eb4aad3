/* A SQLite store as the source of a move: the tables as its schema says, rows in the order of their primary keys. */
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/store/db_sqlite.h"

enum { SQL_MAX = 16 * 1024 };

static int fault(struct db *d, const char *what, struct err *e)
{
	return err_set(e, E_IO, "%s: %s: %s", db_sqlite_path(d), what, sqlite3_errmsg(db_sqlite_handle(d)));
}

static int prepare(struct db *d, const char *sql, sqlite3_stmt **s, struct err *e)
{
	return sqlite3_prepare_v2(db_sqlite_handle(d), sql, -1, s, NULL) == SQLITE_OK ? 0 : fault(d, sql, e);
}

static int type_of(const char *declared)
{
	return strcmp(declared, "TEXT") == 0 ? DB_TEXT : strcmp(declared, "BLOB") == 0 ? DB_BLOB : DB_INT;
}

/* PRAGMA table_info: number, name, type, not null, default, place in the primary key from 1 on. */
static int columns(struct db *d, struct arena *a, struct db_table *t, struct err *e)
{
	sqlite3_stmt *s;
	const char *key[DB_COLUMNS_MAX] = { NULL };
	int rc = prepare(d, arena_printf(a, "PRAGMA table_info(\"%s\")", t->name), &s, e);
	while (rc == 0 && sqlite3_step(s) == SQLITE_ROW) {
		must(t->columns < DB_COLUMNS_MAX);
		int place = sqlite3_column_int(s, 5);
		t->column[t->columns] = arena_strdup(a, (const char *)sqlite3_column_text(s, 1));
		t->type[t->columns] = type_of((const char *)sqlite3_column_text(s, 2));
		if (place > 0 && place <= DB_COLUMNS_MAX)
			key[place - 1] = t->column[t->columns];
		t->columns++;
	}
	sqlite3_finalize(s);
	t->order = key[0];
	for (size_t i = 1; i < DB_COLUMNS_MAX && key[i]; i++)
		t->order = arena_printf(a, "%s, %s", t->order, key[i]);
	return rc < 0 ? rc : t->order ? 0 : err_set(e, E_CORRUPT, "%s: table %s has no primary key", db_sqlite_path(d), t->name);
}

static int tables(struct db *d, struct arena *a, struct db_table **out, size_t *n, struct err *e)
{
	enum { TABLES_MAX = 200 };
	sqlite3_stmt *s;
	struct db_table *t = *out = arena_alloc(a, TABLES_MAX * sizeof *t);
	*n = 0;
	int rc = prepare(d, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
		" AND name <> 'schema_version' ORDER BY name", &s, e);
	while (rc == 0 && sqlite3_step(s) == SQLITE_ROW) {
		must(*n < TABLES_MAX);
		t[*n] = (struct db_table){ .name = arena_strdup(a, (const char *)sqlite3_column_text(s, 0)) };
		rc = columns(d, a, &t[(*n)++], e);
	}
	sqlite3_finalize(s);
	return rc;
}

static int count(struct db *d, const struct db_table *t, int64_t *n, struct err *e)
{
	sqlite3_stmt *s;
	char *sql = mem_printf("SELECT COUNT(*) FROM %s WHERE NOT (%s)", t->name, t->but ? t->but : "0");
	int rc = prepare(d, sql, &s, e);
	if (rc == 0)
		rc = sqlite3_step(s) == SQLITE_ROW ? 0 : fault(d, t->name, e);
	if (rc == 0)
		*n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	free(sql);
	return rc;
}

static void value(sqlite3_stmt *s, int col, int type, struct db_value *v)
{
	*v = (struct db_value){ .type = DB_NULL };
	if (sqlite3_column_type(s, col) == SQLITE_NULL)
		return;
	if (type == DB_INT)
		*v = (struct db_value){ .type = DB_INT, .i = sqlite3_column_int64(s, col) };
	else if (type == DB_TEXT)
		*v = (struct db_value){ .type = DB_TEXT, .p = sqlite3_column_text(s, col), .n = (size_t)sqlite3_column_bytes(s, col) };
	else
		*v = (struct db_value){ .type = DB_BLOB, .p = sqlite3_column_blob(s, col), .n = (size_t)sqlite3_column_bytes(s, col) };
}

static int rows(struct db *d, const struct db_table *t, int64_t skip, int (*row)(const struct db_value *, void *), void *arg,
	struct err *e)
{
	struct db_value v[DB_COLUMNS_MAX];
	struct buf sql;
	sqlite3_stmt *s = NULL;
	buf_init(&sql, SQL_MAX);
	for (size_t i = 0; i < t->columns; i++)
		(void)buf_addf(&sql, "%s%s", i ? ", " : "SELECT ", t->column[i]);
	(void)buf_addf(&sql, " FROM %s WHERE NOT (%s) ORDER BY %s LIMIT -1 OFFSET %lld", t->name, t->but ? t->but : "0", t->order,
		(long long)skip);
	int step = SQLITE_DONE, rc = prepare(d, buf_str(&sql), &s, e);
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		for (size_t i = 0; i < t->columns; i++)
			value(s, (int)i, t->type[i], &v[i]);
		rc = row(v, arg);
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = fault(d, t->name, e);
	sqlite3_finalize(s);
	buf_fini(&sql);
	return rc;
}

const struct db_source db_sqlite_source = { .tables = tables, .count = count, .rows = rows };
