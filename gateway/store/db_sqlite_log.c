#include "gateway/store/db_sqlite_log.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 128 * 1024 };

struct log_file {
	sqlite3_file base;   /* what SQLite has; the system's own file stands behind this */
	uint8_t *bytes;      /* ROOM; NULL before the first write */
	int n;               /* of them not written yet */
	sqlite3_int64 at;    /* where in the file the first of them belongs */
	bool head;           /* of the log, was written since the last sync */
	bool leave, left;    /* the next sync; it was */
};

static sqlite3_vfs vfs, *under;

static sqlite3_file *real(sqlite3_file *f)
{
	return (sqlite3_file *)((struct log_file *)f + 1);
}

static int put(sqlite3_file *f)
{
	struct log_file *l = (struct log_file *)f;
	int rc = l->n ? real(f)->pMethods->xWrite(real(f), l->bytes, l->n, l->at) : SQLITE_OK;
	if (rc == SQLITE_OK)
		l->n = 0;
	return rc;
}

static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct log_file *l = (struct log_file *)f;
	l->head = l->head || at == 0;
	if (!l->bytes)
		l->bytes = malloc(ROOM);
	if (!l->bytes || n > ROOM) {
		int rc = put(f);
		return rc == SQLITE_OK ? real(f)->pMethods->xWrite(real(f), p, n, at) : rc;
	}
	if (l->n && (at != l->at + l->n || l->n + n > ROOM)) {
		int rc = put(f);
		if (rc != SQLITE_OK)
			return rc;
	}
	if (!l->n)
		l->at = at;
	memcpy(l->bytes + l->n, p, (size_t)n);
	l->n += n;
	return SQLITE_OK;
}

static int on_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	int rc = put(f);
	return rc == SQLITE_OK ? real(f)->pMethods->xRead(real(f), p, n, at) : rc;
}

/* The commit that cannot be written fails with this: nothing of it may come to stand in the log later. */
static int on_sync(sqlite3_file *f, int flags)
{
	struct log_file *l = (struct log_file *)f;
	int rc = put(f);
	l->n = 0;
	l->left = rc == SQLITE_OK && l->leave && !l->head;
	if (l->left)
		l->leave = false;
	else if (rc == SQLITE_OK && (rc = real(f)->pMethods->xSync(real(f), flags)) == SQLITE_OK)
		l->head = false;
	return rc;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = put(f);
	return rc == SQLITE_OK ? real(f)->pMethods->xTruncate(real(f), size) : rc;
}

static int on_size(sqlite3_file *f, sqlite3_int64 *size)
{
	int rc = put(f);
	return rc == SQLITE_OK ? real(f)->pMethods->xFileSize(real(f), size) : rc;
}

/* What is still here belongs to no commit. */
static int on_close(sqlite3_file *f)
{
	free(((struct log_file *)f)->bytes);
	return real(f)->pMethods->xClose(real(f));
}

static int on_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int on_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int on_check_lock(sqlite3_file *f, int *is)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), is);
}

static int on_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int on_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int on_device(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, .xClose = on_close, .xRead = on_read, .xWrite = on_write, .xTruncate = on_truncate, .xSync = on_sync,
	.xFileSize = on_size, .xLock = on_lock, .xUnlock = on_unlock, .xCheckReservedLock = on_check_lock, .xFileControl = on_control,
	.xSectorSize = on_sector, .xDeviceCharacteristics = on_device,
};

static int on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *given)
{
	(void)v;
	if (!(flags & SQLITE_OPEN_WAL))
		return under->xOpen(under, name, f, flags, given);
	memset(f, 0, sizeof(struct log_file));
	int rc = under->xOpen(under, name, real(f), flags, given);
	if (real(f)->pMethods) /* SQLite closes what has methods, opened or not */
		f->pMethods = &methods;
	return rc;
}

/* NULL: it is not one of these, or there is none yet. */
static struct log_file *log_of(sqlite3 *h)
{
	sqlite3_file *f = NULL;
	int rc = sqlite3_file_control(h, "main", SQLITE_FCNTL_JOURNAL_POINTER, &f);
	return rc == SQLITE_OK && f && f->pMethods == &methods ? (struct log_file *)f : NULL;
}

void db_sqlite_log_leave(sqlite3 *h)
{
	struct log_file *l = log_of(h);
	if (l)
		l->leave = true;
}

sqlite3_file *db_sqlite_log_left(sqlite3 *h)
{
	struct log_file *l = log_of(h);
	sqlite3_file *left = l && l->left ? &l->base : NULL;
	if (l)
		l->leave = l->left = false;
	return left;
}

int db_sqlite_log_sync(sqlite3_file *log)
{
	return real(log)->pMethods->xSync(real(log), SQLITE_SYNC_NORMAL);
}

void db_sqlite_log_install(void)
{
	under = sqlite3_vfs_find(NULL);
	if (!under)
		return;
	/* The system's in all but how it opens a file; its other functions look at nothing that is changed here. */
	vfs = *under;
	vfs.zName = "xinqiao";
	vfs.pNext = NULL;
	vfs.szOsFile += (int)sizeof(struct log_file);
	vfs.xOpen = on_open;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		under = NULL;
}

const char *db_sqlite_log_vfs(void)
{
	return under ? vfs.zName : NULL;
}
