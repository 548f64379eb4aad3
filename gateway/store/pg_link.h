/* Inside the store's room: a connection to PostgreSQL through libpq, never waiting longer than it was told. Commands are
 * sent ahead in pipeline mode; what they answered is read when somebody needs it. One thread at a time.
 *
 * Results: 0; E_EXISTS (a unique constraint); E_AGAIN (a serialization failure, a deadlock, a lock that was not to be had,
 * or the connection is lost: the transaction is gone with all it did); E_IO with the server's words otherwise. */
#ifndef XQ_STORE_PG_LINK_H
#define XQ_STORE_PG_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/store/db.h"

enum { PG_AHEAD_MAX = 48 }; /* commands sent whose answers were not read yet: small answers, so the server never blocks */

/* What one command answers; called for each row. Nonzero: no more rows are wanted. */
typedef int pg_row_f(const PGresult *, int row, void *arg);

struct pg_ahead {
	const char *what; /* for words: a statement's name */
	bool sync;        /* no command, but the mark behind which errors no longer count */
	bool quiet;       /* its failure is nobody's business (an unlock) */
	bool description; /* row() gets it as row -1 */
};

struct pg_link {
	PGconn *conn;         /* NULL: not connected */
	char *dsn;
	char *name;           /* of this connection, as pg_stat_activity shows it */
	enum db_role role;
	int wait_ms;          /* for any answer */
	struct pg_ahead ahead[PG_AHEAD_MAX];
	unsigned first, count;
	struct err failed;    /* what went wrong first since link_forgive(); code 0: nothing */
	char tag[32];         /* of the last command read: "COMMIT" */
	int64_t changed;
	unsigned hosts;       /* that the DSN names */
	unsigned first_host;  /* which of them was asked first */
	uint64_t connected;   /* rises with every connection made */
};

int pg_link_open(struct pg_link *l, const char *dsn, unsigned node, enum db_role, struct err *e);
void pg_link_close(struct pg_link *l);
/* A new connection where the old one is lost. Whatever the old one still held is ended first. */
int pg_link_again(struct pg_link *l, struct err *e);
bool pg_link_up(const struct pg_link *l);
void pg_link_drop(struct pg_link *l); /* the connection, not the rest */
void pg_link_forgive(struct pg_link *l);

/* Sends, does not wait. `what` lives as long as the program. */
int pg_link_send_text(struct pg_link *l, const char *sql, bool quiet, struct err *e);
int pg_link_send(struct pg_link *l, const char *what, const char *statement, int n, const char *const *value,
	const int *length, const int *format, struct err *e);
int pg_link_prepare(struct pg_link *l, const char *what, const char *statement, const char *sql, int n, const Oid *type,
	struct err *e);
int pg_link_describe(struct pg_link *l, const char *what, const char *statement, struct err *e);
int pg_link_mark(struct pg_link *l, struct err *e); /* errors before it do not reach beyond */
/* Reads every answer; rows of the last command go to row(). Returns and remembers the first failure. */
int pg_link_settle(struct pg_link *l, pg_row_f *row, void *arg, struct err *e);
/* COPY … FROM STDIN, inside a transaction: begin, put, end. */
int pg_link_copy(struct pg_link *l, const char *sql, struct err *e);
int pg_link_copy_put(struct pg_link *l, const void *p, size_t n, struct err *e);
int pg_link_copy_end(struct pg_link *l, const char *broken_off, struct err *e); /* NULL: it is whole */
/* A script of several statements, or one outside of everything; settles first. */
int pg_link_script(struct pg_link *l, const char *sql, pg_row_f *row, void *arg, struct err *e);

#endif
