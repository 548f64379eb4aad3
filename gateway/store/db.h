/* A database backend: it moves statements and knows no tickets. One connection, one thread at a time.
 *
 * Statements stand in statements.def, each once; `?1`, `?2` … are parameters, always bound. A second text is given only
 * where SQLite and PostgreSQL really differ. Types used: BIGINT, TEXT, BLOB (bytea), and nothing else. */
#ifndef XQ_STORE_DB_H
#define XQ_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"

enum stmt {
#define STMT(name, text) STMT_##name,
#define STMT2(name, sqlite, postgres) STMT_##name,
#include "gateway/store/statements.def"
#undef STMT
#undef STMT2
	STMT_COUNT
};

struct db;
struct db_value { /* one parameter */
	enum { DB_NULL, DB_INT, DB_TEXT, DB_BLOB } type;
	int64_t i;
	const void *p; /* borrowed for the call */
	size_t n;
};
/* A row under the cursor: valid inside the callback only. */
struct db_row;

struct db_ops {
	const char *scheme; /* "sqlite" */
	int (*open)(struct db **, const char *dsn, bool writer, struct err *);
	void (*close)(struct db **);
	int (*begin)(struct db *, bool write, struct err *);
	int (*commit)(struct db *, struct err *); /* 0: on disk */
	void (*rollback)(struct db *);
	int (*savepoint)(struct db *, struct err *);
	int (*release)(struct db *, struct err *);
	/* Back to the savepoint. E_IO: the backend has dropped the whole transaction (a full disk); roll it back. */
	int (*undo)(struct db *, struct err *);
	/* Takes the store for one gateway until close. E_EXISTS, with words, when another has it. */
	int (*exclusive)(struct db *, struct err *);
	/* Runs a statement; row() for each result row, until it returns nonzero. E_EXISTS on a broken unique constraint,
	 * E_IO otherwise. *changed: rows touched. */
	int (*exec)(struct db *, enum stmt, const struct db_value *, size_t n,
		int (*row)(struct db_row *, void *), void *arg, int64_t *changed, struct err *);
	/* A whole script (a migration), inside a transaction. */
	int (*script)(struct db *, const char *sql, struct err *);
	int64_t (*col_int)(struct db_row *, int col);
	const char *(*col_text)(struct db_row *, int col, size_t *n); /* NULL for SQL NULL */
	const void *(*col_blob)(struct db_row *, int col, size_t *n);
	/* A copy as of one moment, on disk under `path` when it returns 0; writers go on meanwhile. */
	int (*backup)(struct db *, const char *path, void (*progress)(void *, int, int), void *, struct err *);
};
extern const struct db_ops db_sqlite;
/* The text of a statement for a backend. */
const char *stmt_text(enum stmt, bool postgres);
const char *stmt_name(enum stmt);

#endif
