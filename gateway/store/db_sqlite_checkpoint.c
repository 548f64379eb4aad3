#include "gateway/store/db_sqlite_checkpoint.h"

#include <pthread.h>
#include <stdbool.h>

#include "gateway/base/err.h"
#include "gateway/base/file.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

/* Pages of 4 KiB in the log. At LONG the thread begins. It never has the last word while commits go on, and the log
 * begins anew only when all of it is copied: at TOO_LONG the writer copies the little that is left. */
enum { LONG = 4096, TOO_LONG = 8192, BUSY_MS = 10000 };

struct checkpoint {
	char *path;
	pthread_t thread;
	bool running;           /* the writer's own */
	pthread_mutex_t lock;   /* the two below */
	pthread_cond_t wake;
	bool wanted, stopping;
};

void checkpoint_sync_failed(int rc, const char *path, const char *why)
{
	if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
		file_disk_failed(path, why);
}

/* BUSY: somebody else is at it, or an old reader holds a page; there will be a next time. */
static void run(sqlite3 *h, const char *path)
{
	int rc = sqlite3_wal_checkpoint_v2(h, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (rc != SQLITE_OK)
		checkpoint_sync_failed(sqlite3_extended_errcode(h), path, sqlite3_errmsg(h));
	if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
		log_error("store", "the log could not be moved into the file", "file=%s why=%s", path, sqlite3_errmsg(h));
}

static sqlite3 *open_own(const char *path)
{
	sqlite3 *h = NULL;
	int rc = sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(h, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(h, BUSY_MS);
		return h;
	}
	log_error("store", "no connection for checkpoints", "file=%s why=%s", path, sqlite3_errstr(rc));
	sqlite3_close(h);
	return NULL;
}

static bool wait_wanted(struct checkpoint *c)
{
	pthread_mutex_lock(&c->lock);
	while (!c->wanted && !c->stopping)
		pthread_cond_wait(&c->wake, &c->lock);
	bool go = !c->stopping;
	c->wanted = false;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void *thread_main(void *arg)
{
	struct checkpoint *c = arg;
	sqlite3 *h = NULL;
	while (wait_wanted(c))
		if (h || (h = open_own(c->path))) /* again each time: a fault passes */
			run(h, c->path);
	sqlite3_close(h);
	return NULL;
}

static void want(struct checkpoint *c)
{
	if (!c->running)
		c->running = pthread_create(&c->thread, NULL, thread_main, c) == 0;
	pthread_mutex_lock(&c->lock);
	c->wanted = true;
	pthread_mutex_unlock(&c->lock);
	pthread_cond_signal(&c->wake);
}

static int on_commit(void *arg, sqlite3 *h, const char *name, int pages)
{
	struct checkpoint *c = arg;
	(void)name;
	if (pages >= TOO_LONG)
		run(h, c->path);
	else if (pages >= LONG)
		want(c);
	return SQLITE_OK;
}

struct checkpoint *checkpoint_begin(sqlite3 *writer, const char *path)
{
	struct checkpoint *c = mem_new(struct checkpoint);
	c->path = mem_strdup(path);
	must(pthread_mutex_init(&c->lock, NULL) == 0 && pthread_cond_init(&c->wake, NULL) == 0);
	(void)sqlite3_wal_hook(writer, on_commit, c);
	return c;
}

void checkpoint_end(struct checkpoint **out)
{
	struct checkpoint *c = *out;
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_mutex_unlock(&c->lock);
	pthread_cond_signal(&c->wake);
	if (c->running)
		must(pthread_join(c->thread, NULL) == 0);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->wake);
	free(c->path);
	free(c);
	*out = NULL;
}
