/* The store's file, for the one connection that copies the log into it: what it writes is put on disk a piece at a time. Else the disk is
 * given all of it at the end, and no commit's sync comes through before that is done. */
#ifndef XQ_STORE_DB_SQLITE_PIECES_H
#define XQ_STORE_DB_SQLITE_PIECES_H

/* Once for the process, after sqlite3_config(). */
void db_sqlite_pieces_install(void);
/* The name of the VFS, for sqlite3_open_v2(); NULL when there is none, and the system's own serves. Any thread. */
const char *db_sqlite_pieces_vfs(void);

#endif
