/* A transaction's pages on their way into the write-ahead log: SQLite writes each as two pieces, one behind the other, and syncs
 * them once. Gathered, they are a few large writes instead of hundreds of small ones.
 *
 * Nothing is acknowledged before the sync, which writes all of it first, and fails with what the write said; the transaction is
 * rolled back then, and nothing of it is written later. Before that a write that fails is told by whatever comes next and tried again,
 * for SQLite believes the page is there. Nobody but the connection itself reads a log beyond the last commit, and where it does so
 * the pages are written first. So this is for connections with synchronous=FULL only, each used by one thread at a time.
 *
 * A commit's sync may be left for another thread. All others are made at once: of a log's head, which must be on disk before what stands
 * behind it, and of a log that is about to be copied. */
#ifndef XQ_STORE_DB_SQLITE_LOG_H
#define XQ_STORE_DB_SQLITE_LOG_H

#include <sqlite3.h>

/* The name of the VFS, for sqlite3_open_v2(); NULL when there is none, and the system's own serves. Any thread, after
 * db_sqlite_log_install(). */
const char *db_sqlite_log_vfs(void);
/* Once for the process, after sqlite3_config(). */
void db_sqlite_log_install(void);
/* The commit that comes next need not be synced. Then, when it is through: the log whose sync was left, or NULL. */
void db_sqlite_log_leave(sqlite3 *h);
sqlite3_file *db_sqlite_log_left(sqlite3 *h);
/* Makes up for it: an SQLITE_ code. Any thread. */
int db_sqlite_log_sync(sqlite3_file *log);

#endif
