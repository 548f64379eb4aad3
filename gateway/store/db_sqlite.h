/* What db_sqlite.c, its backup and its source share; nobody else includes it. */
#ifndef XQ_STORE_DB_SQLITE_H
#define XQ_STORE_DB_SQLITE_H

#include <sqlite3.h>

#include "gateway/store/db.h"

sqlite3 *db_sqlite_handle(struct db *d);
const char *db_sqlite_path(const struct db *d);
extern const struct db_source db_sqlite_source;
int db_sqlite_backup(struct db *d, const char *path, void (*progress)(void *, int, int), void *arg, struct err *e);

#endif
