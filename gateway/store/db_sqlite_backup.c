/* A copy of the store while it is written: SQLite's backup, inside one read transaction, so that it is of one moment and
 * never has to begin again. Written beside its name and renamed when it is on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/file.h"
#include "gateway/store/db_sqlite.h"
#include "gateway/store/restored.h"

enum { PAGES_A_STEP = 512 };

static int copy_pages(sqlite3 *to, sqlite3 *from, void (*progress)(void *, int, int), void *arg, struct err *e)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	if (!b)
		return err_set(e, E_IO, "backup: %s", sqlite3_errmsg(to));
	int rc;
	do {
		rc = sqlite3_backup_step(b, PAGES_A_STEP);
		int total = sqlite3_backup_pagecount(b);
		if (progress && (rc == SQLITE_OK || rc == SQLITE_DONE))
			progress(arg, total - sqlite3_backup_remaining(b), total);
	} while (rc == SQLITE_OK);
	int end = sqlite3_backup_finish(b);
	if (rc != SQLITE_DONE || end != SQLITE_OK)
		return err_set(e, E_IO, "backup: %s", sqlite3_errstr(rc != SQLITE_DONE ? rc : end));
	return 0;
}

static const char NO_JOURNAL[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF";

/* Whoever goes on from it has to know (restored.h). The copied pages say that there is a log; there is to be none. */
static int mark(sqlite3 *to, struct err *e)
{
	sqlite3_stmt *put = NULL;
	int64_t now = clock_now();
	char at[CLOCK_TEXT];
	int rc = sqlite3_exec(to, NO_JOURNAL, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(to, stmt_text(STMT_kept_put, false), -1, &put, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_bind_text(put, 1, RESTORED_SPACE, -1, SQLITE_STATIC)) == SQLITE_OK &&
		(rc = sqlite3_bind_text(put, 2, RESTORED_KEY, -1, SQLITE_STATIC)) == SQLITE_OK &&
		(rc = sqlite3_bind_text(put, 3, clock_rfc3339(now, at), -1, SQLITE_STATIC)) == SQLITE_OK &&
		(rc = sqlite3_bind_int64(put, 4, now)) == SQLITE_OK)
		rc = sqlite3_step(put);
	if (rc != SQLITE_DONE)
		err_set(e, E_IO, "backup: %s", sqlite3_errmsg(to));
	(void)sqlite3_finalize(put);
	return rc == SQLITE_DONE ? 0 : E_IO;
}

/* A rollback journal would leave the copy half written after a crash; it has no name anyone looks for until it is whole. */
static int copy_to(sqlite3 *from, const char *path, void (*progress)(void *, int, int), void *arg, struct err *e)
{
	sqlite3 *to = NULL;
	int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		rc = err_set(e, E_IO, "%s: cannot be written: %s", path, sqlite3_errstr(rc));
	else if (sqlite3_exec(to, NO_JOURNAL, NULL, NULL, NULL) != SQLITE_OK)
		rc = err_set(e, E_IO, "%s: %s", path, sqlite3_errmsg(to));
	else
		rc = copy_pages(to, from, progress, arg, e);
	if (rc == 0)
		rc = mark(to, e);
	sqlite3_close(to);
	return rc;
}

static int sync_and_rename(const char *part, const char *path, struct err *e)
{
	int fd = open(part, O_RDWR | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!synced || rename(part, path) != 0)
		return err_set(e, E_IO, "%s: cannot be put on disk: %s", path, strerror(errno));
	char *folder = file_folder(path);
	int rc = file_sync_folder(folder, e);
	free(folder);
	return rc;
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* BEGIN alone takes none: the first read does. */
static int snapshot(struct db *d, struct err *e)
{
	int rc = db_sqlite.begin(d, false, e);
	return rc < 0 ? rc : db_sqlite.script(d, "SELECT COUNT(*) FROM sqlite_schema", e);
}

int db_sqlite_backup(struct db *d, const char *path, void (*progress)(void *, int, int), void *arg, struct err *e)
{
	if (same_file(path, db_sqlite_path(d)))
		return err_set(e, E_CONFLICT, "%s is the store itself: give the backup another name", path);
	char *part = mem_printf("%s.part", path);
	(void)unlink(part);
	int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = fd < 0 ? err_set(e, E_IO, "%s: cannot be made: %s", part, strerror(errno)) : 0;
	if (fd >= 0)
		close(fd);
	if (rc == 0 && (rc = snapshot(d, e)) == 0) {
		rc = copy_to(db_sqlite_handle(d), part, progress, arg, e);
		db_sqlite.rollback(d);
	}
	if (rc == 0)
		rc = sync_and_rename(part, path, e);
	if (rc < 0)
		(void)unlink(part);
	free(part);
	return rc;
}
