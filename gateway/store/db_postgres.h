/* What only the PostgreSQL backend can be asked, by its own suite. */
#ifndef XQ_STORE_DB_POSTGRES_H
#define XQ_STORE_DB_POSTGRES_H

#include "gateway/store/db.h"
#include "gateway/store/pg_link.h"

struct pg_link *db_postgres_link(struct db *d);

#endif
