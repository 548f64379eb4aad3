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

#define DB_LOCK_ALIVE 1481703426 /* first key of the advisory lock that a living node holds; the second is its number */

struct db;
struct db_value { /* one parameter */
	enum { DB_NULL, DB_INT, DB_TEXT, DB_BLOB } type;
	int64_t i;
	const void *p; /* borrowed for the call */
	size_t n;
};
/* What a connection is for. DB_STANDBY: reads, from a copy of the store on another server that may be a little behind. */
enum db_role { DB_READER, DB_WRITER, DB_STANDBY };
/* DB_SCHEMA: writes, and is alone among all nodes that change the schema. */
enum db_mode { DB_READ, DB_WRITE, DB_SCHEMA };
/* A row under the cursor: valid inside the callback only. */
struct db_row;

/* What the gateways of one store know of each other, on a connection (opened as a reader) that is kept for it. */
struct db_nodes {
	/* Connects where needed, and listens. *connected: rises with every new connection; with the old one all its duties went. */
	int (*connect)(struct db *, uint64_t *connected, struct err *);
	/* Waits up to ms for a word of another session than `own`, or until the descriptor can be read. 1: something was changed,
	 * 0: not. What another said() goes to word(). */
	int (*wait)(struct db *, int wake, int ms, const char *own, void (*word)(void *, const char *), void *arg, struct err *);
	/* A word to all others, at once, kept nowhere. */
	int (*say)(struct db *, const char *own, const char *word, struct err *);
	int (*clock)(struct db *, int64_t *now, struct err *); /* the store's own, ms */
	/* Has the others hear of it, once the open transaction is committed. */
	void (*tell)(struct db *, const char *own);
	int (*take)(struct db *, const char *duty, struct err *); /* 1: ours until given or disconnected; 0: another's */
	int (*give)(struct db *, const char *duty, struct err *);
	/* The nodes that live, but for this one: ",1,2,"; "" for none. */
	int (*others)(struct db *, char *list, size_t cap, struct err *);
};

/* --- moving a whole store from one backend to another --- */
enum { DB_COLUMNS_MAX = 64 };
struct db_table {
	const char *name, *but; /* but: NULL, or a condition on rows that are not data */
	size_t columns;
	const char *column[DB_COLUMNS_MAX];
	int type[DB_COLUMNS_MAX]; /* as struct db_value's */
	const char *order;        /* the columns of its primary key */
};
struct db_source {
	/* The tables of the schema, in the arena; not what can be made again from the others (indexes of words). */
	int (*tables)(struct db *, struct arena *, struct db_table **, size_t *n, struct err *);
	int (*count)(struct db *, const struct db_table *, int64_t *n, struct err *);
	/* Rows in the order of the primary key from the skip-th on, until row() returns nonzero: this then. */
	int (*rows)(struct db *, const struct db_table *, int64_t skip, int (*row)(const struct db_value *, void *), void *arg,
		struct err *);
};
/* Inside a write transaction: begin, rows, end; or, anywhere, cancel before the rollback. A text that is no text there is mended, and counted. */
struct db_target {
	int (*count)(struct db *, const struct db_table *, int64_t *n, struct err *);
	int (*begin)(struct db *, const struct db_table *, struct err *);
	int (*row)(struct db *, const struct db_table *, const struct db_value *, int64_t *mended, struct err *);
	int (*end)(struct db *, struct err *);
	void (*cancel)(struct db *);
};

/* How much of the store a standby has. Outside transactions. */
enum { DB_PLACE_MAX = 120 };
struct db_standby {
	/* On the store itself: everything that was committed until now, as a place in it. */
	int (*place)(struct db *, char place[DB_PLACE_MAX], struct err *);
	/* On a connection of DB_STANDBY: waits up to ms until it has all up to there. E_TIMEOUT: it has not; E_CONFIG: it is no
	 * standby of that store; both with words. */
	int (*reach)(struct db *, const char *place, int ms, struct err *);
};

/* Every call may give E_AGAIN: the whole transaction is gone, nothing of it was done, and it may well succeed if it is run
 * again (two nodes met at one row; the server went away). */
struct db_ops {
	const char *scheme; /* "sqlite" */
	/* Several nodes may use the store at once: a commit can be unsure, and a job may have to run again. */
	bool shared;
	int (*check)(const char *dsn, struct err *); /* its form only; E_CONFIG */
	bool (*unproven)(const char *dsn); /* a server elsewhere whose certificate nobody looks at; NULL: none is reached */
	int (*open)(struct db **, const char *dsn, unsigned node, enum db_role, struct err *);
	void (*close)(struct db **);
	/* A write transaction waits for any other of the same node. Connects again where the connection was lost. */
	int (*begin)(struct db *, enum db_mode, struct err *);
	/* 0: on disk. E_TIMEOUT: nobody knows (shared stores only); whoever begins a write transaction of this node next can see
	 * what became of it. */
	int (*commit)(struct db *, struct err *);
	/* As commit, but where *later it is not on disk before sync(), which any thread may call while this one goes on; the next commit
	 * of the connection comes after it. Others may see it at once: nobody outside may be told before. NULL: only commit. */
	int (*commit_unsynced)(struct db *, bool *later, struct err *);
	void (*sync)(struct db *); /* a disk that fails ends the process */
	void (*rollback)(struct db *);
	int (*savepoint)(struct db *, struct err *);
	int (*release)(struct db *, struct err *);
	/* Statements that ask for nothing may be on their way still: now they have been done, or the first fault is told. NULL:
	 * each is done when exec returns. */
	int (*settle)(struct db *, struct err *);
	/* Back to the savepoint. E_IO: the backend has dropped the whole transaction (a full disk); roll it back. */
	int (*undo)(struct db *, struct err *);
	/* Takes the store (shared: this node's place in it) for one gateway until close. E_EXISTS, with words, when another has it. */
	int (*exclusive)(struct db *, struct err *);
	/* Runs a statement; row() for each result row, until it returns nonzero. E_EXISTS on a broken unique constraint,
	 * E_IO otherwise. *changed: rows touched. */
	int (*exec)(struct db *, enum stmt, const struct db_value *, size_t n,
		int (*row)(struct db_row *, void *), void *arg, int64_t *changed, struct err *);
	/* Runs a statement that answers one number in a transaction of its own, at once, whatever becomes of the one that is open:
	 * what it did stays, and is on disk with the next commit at the latest. Shared stores only; else NULL. */
	int (*apart)(struct db *, enum stmt, const struct db_value *, size_t n, int64_t *answer, struct err *);
	const struct db_source *source; /* NULL: nothing can be moved from it */
	const struct db_target *target; /* NULL: nor into it */
	const struct db_standby *standby; /* NULL: it has none */
	const struct db_nodes *nodes; /* NULL: there is never another */
	/* A whole script (a migration), inside a transaction. */
	int (*script)(struct db *, const char *sql, struct err *);
	int64_t (*col_int)(struct db_row *, int col);
	const char *(*col_text)(struct db_row *, int col, size_t *n); /* NULL for SQL NULL */
	const void *(*col_blob)(struct db_row *, int col, size_t *n);
	/* A copy as of one moment, on disk under `path` when it returns 0; writers go on meanwhile. */
	int (*backup)(struct db *, const char *path, void (*progress)(void *, int, int), void *, struct err *);
};
extern const struct db_ops db_sqlite, db_postgres;
/* The backend of a DSN; NULL: there is none of that name. */
const struct db_ops *db_find(const char *dsn);
/* The text of a statement for a backend. */
const char *stmt_text(enum stmt, bool postgres);
const char *stmt_name(enum stmt);

#endif
