/* A transaction's pages on their way into the write-ahead log: SQLite writes each as two pieces, one behind the other, and syncs
 * them once. Gathered, they are a few large writes instead of hundreds of small ones.
 *
 * Nothing is acknowledged before the sync, which writes all of it first, and fails with what the write said; the transaction is
 * rolled back then, and nothing of it is written later. Before that a write that fails is told by whatever comes next and tried again,
 * for SQLite believes the page is there. Nobody but the connection itself reads a log beyond the last commit, and where it does so
 * the pages are written first. So this is for connections with synchronous=FULL only, each used by one thread at a time. */
#ifndef XQ_STORE_DB_SQLITE_LOG_H
#define XQ_STORE_DB_SQLITE_LOG_H

/* The name of the VFS, for sqlite3_open_v2(); NULL when there is none, and the system's own serves. Any thread, after
 * db_sqlite_log_install(). */
const char *db_sqlite_log_vfs(void);
/* Once for the process, after sqlite3_config(). */
void db_sqlite_log_install(void);

#endif
