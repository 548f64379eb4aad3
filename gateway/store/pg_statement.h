/* Inside the store's room: the statements of statements.def on a connection to PostgreSQL: prepared when first used, values
 * bound and read in binary. A parameter's type is what the server finds, except that every whole number is a BIGINT. */
#ifndef XQ_STORE_PG_STATEMENT_H
#define XQ_STORE_PG_STATEMENT_H

#include "gateway/store/db.h"
#include "gateway/store/pg_link.h"

enum { PG_PARAMS_MAX = 48, PG_COLUMNS_MAX = 96 };

struct pg_known {
	bool prepared;
	uint8_t params;
	uint8_t type[PG_PARAMS_MAX]; /* as struct db_value's */
};
/* Belongs to one connection: empty again after connecting again. */
struct pg_statements {
	uint64_t connected;
	struct pg_known of[STMT_COUNT];
};

/* Without waiting for what it does. */
int pg_statement_send(struct pg_link *l, struct pg_statements *s, enum stmt id, const struct db_value *v, size_t n,
	struct err *e);
/* Waits for what the last one sent answers. */
int pg_statement_answer(struct pg_link *l, int (*row)(struct db_row *, void *), void *arg, struct err *e);
/* Prepares it; E_IO, with words, when a parameter or a column is of a type that the store does not use. */
int pg_statement_prepare(struct pg_link *l, struct pg_statements *s, enum stmt id, struct err *e);

int64_t pg_col_int(struct db_row *r, int col);
const char *pg_col_text(struct db_row *r, int col, size_t *n);
const void *pg_col_blob(struct db_row *r, int col, size_t *n);

#endif
