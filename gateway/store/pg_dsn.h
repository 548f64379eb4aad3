/* Inside the store's room: an address of PostgreSQL, and a first connection by it. */
#ifndef XQ_STORE_PG_DSN_H
#define XQ_STORE_PG_DSN_H

#include <libpq-fe.h>

#include "gateway/base/err.h"
#include "gateway/store/db.h"

/* Its form; and a server elsewhere must have its certificate looked at, or be said not to. E_CONFIG. */
int pg_dsn_check(const char *dsn, struct err *e);
/* Does it lead to a server elsewhere whose certificate nobody looks at? */
bool pg_dsn_unproven(const char *dsn);
/* Connects, and waits for it; the first-th of its hosts is asked first (counted round). Whether that went well is PQstatus()'s;
 * NULL: it did not even begin. *hosts: how many it names. */
PGconn *pg_dsn_connect(const char *dsn, const char *name, enum db_role role, unsigned first, unsigned *hosts, struct err *e);
/* libpq's words as one line. */
void pg_words_trim(char *words);

#endif
