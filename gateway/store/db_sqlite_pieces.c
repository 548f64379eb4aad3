#include "gateway/store/db_sqlite_pieces.h"

#include <pthread.h>
#include <sqlite3.h>

enum { PIECE = 512 * 1024 };

static sqlite3_vfs vfs, *under;
/* The system's own functions for a file, and the same but for one. Set by the first file opened. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_io_methods plain, methods;
static _Thread_local int written; /* and not synced */

static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int rc = plain.xWrite(f, p, n, at);
	if (rc != SQLITE_OK || (written += n) < PIECE)
		return rc;
	written = 0;
	return plain.xSync(f, SQLITE_SYNC_NORMAL);
}

static int on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *given)
{
	(void)v;
	int rc = under->xOpen(under, name, f, flags, given);
	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB))
		return rc;
	pthread_mutex_lock(&lock);
	if (!plain.xWrite) {
		plain = methods = *f->pMethods;
		methods.xWrite = on_write;
	}
	pthread_mutex_unlock(&lock);
	f->pMethods = &methods;
	return SQLITE_OK;
}

void db_sqlite_pieces_install(void)
{
	under = sqlite3_vfs_find(NULL);
	if (!under)
		return;
	vfs = *under; /* its other functions look at nothing that is changed here */
	vfs.zName = "xinqiao-pieces";
	vfs.pNext = NULL;
	vfs.xOpen = on_open;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		under = NULL;
}

const char *db_sqlite_pieces_vfs(void)
{
	return under ? vfs.zName : NULL;
}
