#include "gateway/store/db_sqlite_checkpoint.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "gateway/base/err.h"
#include "gateway/base/file.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/process.h"
#include "gateway/store/db_sqlite_pieces.h"

/* Pages of 4 KiB in the log. When so LONG a piece of it is not copied, the thread is at it. The log begins anew only when all of it is
 * copied: from ALL on the thread goes on until it is, which it comes to when the writer rests for a moment. At TOO_LONG the writer copies
 * itself what is left, once it is a LITTLE; at FAR_TOO_LONG, whatever it is. */
enum { LONG = 4096, ALL = 8192, TOO_LONG = 16384, FAR_TOO_LONG = 65536, LITTLE = 256, BUSY_MS = 10000, NICE = 5 };

struct checkpoint {
	char *path;
	pthread_t thread;
	bool running;           /* the writer's own */
	atomic_int copied;      /* pages of the log, when last looked */
	atomic_bool ill;        /* it could not be moved, and that was said */
	pthread_mutex_t lock;   /* the two below */
	pthread_cond_t wake;
	bool wanted, stopping;
};

void checkpoint_sync_failed(int rc, const char *path, const char *why)
{
	if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
		file_disk_failed(path, why);
}

/* Once, and once when it is over: each commit tries. */
static void say(struct checkpoint *c, sqlite3 *h, bool ill)
{
	bool was = atomic_exchange(&c->ill, ill);
	if (ill && !was)
		log_error("store", "the log could not be moved into the file", "file=%s why=%s", c->path, sqlite3_errmsg(h));
	else if (was && !ill)
		log_info("store", "the log is moved into the file again", "file=%s", c->path);
}

/* BUSY: somebody else is at it, or an old reader holds a page; there will be a next time. */
static void run(struct checkpoint *c, sqlite3 *h)
{
	int copied = 0, rc = sqlite3_wal_checkpoint_v2(h, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, &copied);
	if (rc == SQLITE_OK)
		atomic_store(&c->copied, copied);
	else
		checkpoint_sync_failed(sqlite3_extended_errcode(h), c->path, sqlite3_errmsg(h));
	if (rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
		say(c, h, rc != SQLITE_OK);
}

static sqlite3 *open_own(const char *path)
{
	sqlite3 *h = NULL;
	int rc = sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, db_sqlite_pieces_vfs());
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
	process_yield(NICE);
	while (wait_wanted(c))
		if (h || (h = open_own(c->path))) /* again each time: a fault passes */
			run(c, h);
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
	if (pages < atomic_load(&c->copied)) /* the log began anew */
		atomic_store(&c->copied, 0);
	int left = pages - atomic_load(&c->copied);
	if (pages >= FAR_TOO_LONG || (pages >= TOO_LONG && left <= LITTLE))
		run(c, h);
	else if (pages >= ALL || left >= LONG)
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
