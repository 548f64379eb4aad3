/* SQLite in WAL mode with synchronous=FULL: a commit that returned is on disk. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/file.h"
#include "gateway/store/db.h"
#include "gateway/store/db_sqlite.h"
#include "gateway/store/db_sqlite_checkpoint.h"
#include "gateway/store/db_sqlite_log.h"
#include "gateway/store/db_sqlite_pieces.h"

enum control { CONTROL_BEGIN, CONTROL_BEGIN_WRITE, CONTROL_COMMIT, CONTROL_ROLLBACK, CONTROL_SAVEPOINT, CONTROL_RELEASE,
	CONTROL_UNDO, CONTROLS };
static const char *const control_text[CONTROLS] = { "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT job",
	"RELEASE job", "ROLLBACK TO job" };

struct db {
	sqlite3 *h;
	char *path;
	int lock_fd; /* -1: not taken */
	struct checkpoint *checkpoint; /* a writer's */
	sqlite3_file *unsynced;        /* the log, from a commit that left its sync to the sync itself */
	sqlite3_stmt *control[CONTROLS];
	sqlite3_stmt *stmt[STMT_COUNT]; /* prepared when first used */
};

static const char prefix[] = "sqlite:";
enum { BUSY_MS = 10000 };

/* What undoes one job is kept in one piece of memory of this size, some thirty pages, and in a temporary file beyond. With
 * temp_store=MEMORY it would be a thousand small pieces, and SQLite writes no piece of 128 KiB or more whole to a file. */
enum { UNDO_BYTES = 128 * 1024 - 1 };

/* For the whole process, before SQLite is first used; if somebody was first, its own settings do. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, UNDO_BYTES);
	db_sqlite_log_install();
	db_sqlite_pieces_install();
}

/* SQLite's words are the same whoever owns the file and whatever the disk said. What may not be written it tries to read, and then
 * misses a log that it may not make: asked again is what came first. */
static int system_said(const struct db *d)
{
	int why = sqlite3_system_errno(d->h);
	if (why != ENOENT || access(d->path, F_OK) < 0)
		return why;
	char *folder = file_folder(d->path);
	if (access(d->path, R_OK | W_OK) < 0 || access(folder, R_OK | W_OK | X_OK) < 0)
		why = errno;
	free(folder);
	return why;
}

static int fault(struct db *d, int rc, const char *what, struct err *e)
{
	int code = E_IO;
	checkpoint_sync_failed(rc, d->path, sqlite3_errmsg(d->h));
	if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID)
		code = E_EXISTS;
	else if ((rc & 0xFF) == SQLITE_CORRUPT || (rc & 0xFF) == SQLITE_NOTADB)
		code = E_CORRUPT;
	bool system = (rc & 0xFF) == SQLITE_CANTOPEN || (rc & 0xFF) == SQLITE_IOERR;
	int why = system ? system_said(d) : 0;
	return err_set(e, code, "%s: %s: %s%s%s (SQLite %d)", d->path, what, sqlite3_errmsg(d->h), why ? ": " : "", why ? strerror(why) : "", rc);
}

static void sqlite_close(struct db **db)
{
	struct db *d = *db;
	if (!d)
		return;
	checkpoint_end(&d->checkpoint);
	for (int i = 0; i < CONTROLS; i++)
		sqlite3_finalize(d->control[i]);
	for (int i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(d->stmt[i]);
	sqlite3_close(d->h);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	free(d->path);
	free(d);
	*db = NULL;
}

/* Readable by the owner only; SQLite gives its -wal and -shm the same mode. A file that is there is never opened here:
 * POSIX drops all of a process's locks on a file when it closes any descriptor of it, and a SQLite whose locks are gone
 * loses its write-ahead log to the next process that opens and closes the store. */
static int make_file(struct db *d, struct err *e)
{
	char *folder = file_folder(d->path);
	int rc = file_mkdirs(folder, e);
	free(folder);
	if (rc < 0)
		return rc;
	int fd = open(d->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? 0 : err_set(e, E_IO, "%s: cannot be made: %s", d->path, strerror(errno));
	close(fd);
	return 0;
}

/* A log that a stopped process left is copied and begun anew before anything is added to it: after a sync that failed, what
 * is read of it may never have reached the disk, and what is written behind that would be lost with it. */
static int copy_log(struct db *d, struct err *e)
{
	int rc = sqlite3_wal_checkpoint_v2(d->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? 0 : fault(d, rc, "copying the log", e);
}

static int wal_mode(void *arg, int n, char **value, char **name)
{
	(void)name;
	*(bool *)arg = n == 1 && value[0] && strcmp(value[0], "wal") == 0;
	return 0;
}

static int set_up(struct db *d, bool writer, struct err *e)
{
	bool wal = false;
	sqlite3_extended_result_codes(d->h, 1);
	sqlite3_busy_timeout(d->h, BUSY_MS);
	int rc = sqlite3_exec(d->h, "PRAGMA journal_mode=WAL", wal_mode, &wal, NULL);
	if (rc != SQLITE_OK)
		return fault(d, rc, "opening", e);
	if (!wal)
		return err_set(e, E_IO, "%s: the file system does not allow SQLite's write-ahead log", d->path);
	/* A commit walks the whole page cache whenever a page was split in it, so the cache is no larger than what is hot. */
	rc = sqlite3_exec(d->h, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;"
		"PRAGMA cache_size=-16384; PRAGMA journal_size_limit=134217728",
		NULL, NULL, NULL);
	if (writer)
		d->checkpoint = checkpoint_begin(d->h, d->path);
	else if (rc == SQLITE_OK)
		rc = sqlite3_exec(d->h, "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456", NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : fault(d, rc, "opening", e);
}

static int prepare(struct db *d, const char *text, const char *name, sqlite3_stmt **out, struct err *e)
{
	int rc = sqlite3_prepare_v3(d->h, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
	return rc == SQLITE_OK ? 0 : fault(d, rc, name, e);
}

static int sqlite_check(const char *dsn, struct err *e)
{
	if (strncmp(dsn, prefix, sizeof prefix - 1) != 0 || !dsn[sizeof prefix - 1])
		return err_set(e, E_CONFIG, "store '%s': must be sqlite:PATH", dsn);
	return 0;
}

static int sqlite_open(struct db **db, const char *dsn, unsigned node, enum db_role role, struct err *e)
{
	(void)node; /* a file has one writer, whoever it is */
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, configure);
	if (sqlite_check(dsn, e) < 0)
		return e->code;
	struct db *d = *db = mem_new(struct db);
	d->path = mem_strdup(dsn + sizeof prefix - 1);
	d->lock_fd = -1;
	int rc = make_file(d, e);
	if (rc == 0) {
		int s = sqlite3_open_v2(d->path, &d->h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, role == DB_WRITER ? db_sqlite_log_vfs() : NULL);
		rc = s == SQLITE_OK ? set_up(d, role == DB_WRITER, e) : fault(d, s, "opening", e);
	}
	for (int i = 0; rc == 0 && i < CONTROLS; i++)
		rc = prepare(d, control_text[i], control_text[i], &d->control[i], e);
	if (rc < 0)
		sqlite_close(db);
	return rc;
}

static int control(struct db *d, enum control c, struct err *e)
{
	int rc = sqlite3_step(d->control[c]);
	int words = rc == SQLITE_DONE ? 0 : fault(d, rc, control_text[c], e);
	sqlite3_reset(d->control[c]);
	return words < 0 ? E_IO : 0;
}

static int sqlite_begin(struct db *d, enum db_mode mode, struct err *e)
{
	return control(d, mode != DB_READ ? CONTROL_BEGIN_WRITE : CONTROL_BEGIN, e);
}

static int sqlite_commit(struct db *d, struct err *e)
{
	return control(d, CONTROL_COMMIT, e);
}

static int sqlite_commit_unsynced(struct db *d, bool *later, struct err *e)
{
	db_sqlite_log_leave(d->h);
	int rc = control(d, CONTROL_COMMIT, e);
	d->unsynced = db_sqlite_log_left(d->h);
	*later = rc == 0 && d->unsynced;
	return rc;
}

static void sqlite_sync(struct db *d)
{
	int rc = db_sqlite_log_sync(d->unsynced);
	if (rc != SQLITE_OK)
		file_disk_failed(d->path, sqlite3_errstr(rc));
}

static void sqlite_rollback(struct db *d)
{
	if (!sqlite3_get_autocommit(d->h)) /* SQLite rolls back by itself on some faults */
		(void)control(d, CONTROL_ROLLBACK, NULL);
}

static int sqlite_savepoint(struct db *d, struct err *e)
{
	return control(d, CONTROL_SAVEPOINT, e);
}

static int sqlite_release(struct db *d, struct err *e)
{
	return control(d, CONTROL_RELEASE, e);
}

static int sqlite_undo(struct db *d, struct err *e)
{
	if (sqlite3_get_autocommit(d->h))
		return err_set(e, E_IO, "%s: the transaction was dropped", d->path);
	int rc = control(d, CONTROL_UNDO, e);
	return rc < 0 ? rc : control(d, CONTROL_RELEASE, e);
}

static int bind(sqlite3_stmt *s, int i, const struct db_value *v)
{
	switch (v->type) {
	case DB_INT:
		return sqlite3_bind_int64(s, i, v->i);
	case DB_TEXT:
		return sqlite3_bind_text64(s, i, v->p, v->n, SQLITE_STATIC, SQLITE_UTF8);
	case DB_BLOB:
		return sqlite3_bind_blob64(s, i, v->n ? v->p : "", v->n, SQLITE_STATIC);
	case DB_NULL:
		break;
	}
	return sqlite3_bind_null(s, i);
}

static int sqlite_exec(struct db *d, enum stmt id, const struct db_value *v, size_t n,
	int (*row)(struct db_row *, void *), void *arg, int64_t *changed, struct err *e)
{
	sqlite3_stmt **at = &d->stmt[id];
	int rc = *at ? 0 : prepare(d, stmt_text(id, false), stmt_name(id), at, e);
	if (rc < 0)
		return rc;
	sqlite3_stmt *s = *at;
	must((size_t)sqlite3_bind_parameter_count(s) == n);
	for (size_t i = 0; i < n; i++)
		must(bind(s, (int)i + 1, &v[i]) == SQLITE_OK);
	int step;
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		if (row && row((struct db_row *)s, arg))
			break;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = fault(d, step, stmt_name(id), e);
	else if (changed)
		*changed = sqlite3_changes64(d->h);
	sqlite3_reset(s);
	return rc;
}

static int sqlite_script(struct db *d, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(d->h, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : fault(d, rc, "script", e);
}

static int64_t col_int(struct db_row *r, int col)
{
	return sqlite3_column_int64((sqlite3_stmt *)r, col);
}

static const char *col_text(struct db_row *r, int col, size_t *n)
{
	const char *s = (const char *)sqlite3_column_text((sqlite3_stmt *)r, col);
	*n = s ? (size_t)sqlite3_column_bytes((sqlite3_stmt *)r, col) : 0;
	return s;
}

static const void *col_blob(struct db_row *r, int col, size_t *n)
{
	const void *p = sqlite3_column_blob((sqlite3_stmt *)r, col);
	*n = (size_t)sqlite3_column_bytes((sqlite3_stmt *)r, col);
	return p;
}

/* The holder of the lock writes its process id into the file, for the words of whoever comes second. It stands beside the store
 * itself, by whatever name that was opened. */
static int sqlite_exclusive(struct db *d, struct err *e)
{
	char *real = realpath(d->path, NULL), *path = mem_printf("%s.lock", real ? real : d->path);
	char pid[24] = "";
	int rc = 0;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		rc = err_set(e, E_IO, "%s: cannot be opened: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		rc = err_set(e, E_EXISTS, "%s is in use by another gateway (process %s, which holds %s): stop that one first, or"
			" give this one a store of its own", d->path, *pid ? pid : "unknown", path);
		close(fd);
	} else {
		int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
		if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n)
			rc = err_set(e, E_IO, "%s: cannot be written: %s", path, strerror(errno));
		d->lock_fd = fd;
	}
	free(path);
	free(real);
	return rc == 0 ? copy_log(d, e) : rc;
}

sqlite3 *db_sqlite_handle(struct db *d)
{
	return d->h;
}

const char *db_sqlite_path(const struct db *d)
{
	return d->path;
}

const struct db_ops db_sqlite = {
	.scheme = "sqlite",
	.check = sqlite_check,
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.commit_unsynced = sqlite_commit_unsynced,
	.sync = sqlite_sync,
	.rollback = sqlite_rollback,
	.savepoint = sqlite_savepoint,
	.release = sqlite_release,
	.undo = sqlite_undo,
	.exclusive = sqlite_exclusive,
	.exec = sqlite_exec,
	.script = sqlite_script,
	.col_int = col_int,
	.col_text = col_text,
	.col_blob = col_blob,
	.backup = db_sqlite_backup,
	.source = &db_sqlite_source,
};
