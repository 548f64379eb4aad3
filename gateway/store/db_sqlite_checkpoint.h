/* Moves the write-ahead log's pages into the store's file on a thread and a connection of its own, so that no commit waits
 * for tens of megabytes to be copied and synced. Only where that thread cannot keep up does a commit do what is left.
 *
 * One per writing connection; begin and end on that connection's thread. The writer's commits call it; it starts its
 * thread when the log is first long enough, so a short command never has one. */
#ifndef XQ_STORE_DB_SQLITE_CHECKPOINT_H
#define XQ_STORE_DB_SQLITE_CHECKPOINT_H

#include <sqlite3.h>

struct checkpoint;
/* Takes the connection's commit hook in place of SQLite's own automatic checkpoint. path: the store's file; copied. */
struct checkpoint *checkpoint_begin(sqlite3 *writer, const char *path);
/* rc: SQLite's extended code. Does not return when it says that a sync failed: file_disk_failed (base/file.h). */
void checkpoint_sync_failed(int rc, const char *path, const char *why);
/* Waits for a checkpoint under way. Before the connection is closed; NULL is fine. */
void checkpoint_end(struct checkpoint **c);

#endif
