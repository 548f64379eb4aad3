/* Inside the store's room: the store, and the threads that run its jobs. */
#ifndef XQ_STORE_THREADS_H
#define XQ_STORE_THREADS_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/base/metrics.h"
#include "gateway/store/jobs.h"
#include "gateway/store/restored.h"

enum { READERS_MAX = 16, WATCHERS_MAX = 4 };

struct watcher {
	store_change_f *f;
	void *arg;
};

enum { HEARERS_MAX = 4 };
struct hearer {
	void (*word)(void *, const char *); /* or */
	void (*gone)(void *);
	void *arg;
};

/* syncer.h */
struct syncer {
	pthread_t thread;
	bool running;
	bool later; /* the writer's thread only: its last commit is not on disk */
	/* Under the store's lock. */
	pthread_cond_t wake, idle;
	struct queue ran;       /* whose commit is being synced */
	bool busy, stopping;
	uint64_t begun, synced; /* commits that were to be left to it */
};

/* batch.h; all by clock_monotonic() */
struct batch_pace {
	int64_t began;      /* the transaction */
	int64_t commit_16;  /* what a commit takes at least, of late, in sixteenths of a ms */
	int64_t others_at;  /* when jobs of more than one lane ran. 0: never */
	unsigned lane;      /* that had most of the transaction before. 0: none yet */
	int64_t rest_until; /* of the lane that is held */
};

struct store {
	struct store_config config;
	char *dsn;
	const struct db_ops *ops;
	struct sealer *sealer;
	struct secret secret;
	bool has_secret;
	struct session writer, now;
	struct session reader[READERS_MAX];
	struct watcher watcher[WATCHERS_MAX];
	unsigned watchers;
	atomic_bool healthy;

	char *far_dsn;            /* NULL: there is no standby */
	struct far *far;          /* its thread; NULL: not started */
	struct nodes *nodes;      /* NULL: the store is never shared, or not started */
	struct hearer hearer[HEARERS_MAX];
	unsigned hearers;

	/* Under the lock. */
	struct store_duty *duty;
	pthread_mutex_t lock;
	pthread_cond_t writer_wake, reader_wake, far_wake;
	struct lanes to_write, to_read, to_far;
	struct queue done;
	bool stopping;

	struct restored restored; /* while it is opened only */

	struct batch_pace pace; /* the writer's thread only */

	struct syncer syncer;

	/* The loop's thread only. */
	bool started;
	uv_async_t *async; /* frees itself when closed */
	pthread_t writer_thread, reader_thread[READERS_MAX];
	unsigned readers;
	unsigned writes_out, reads_out; /* given, done() not yet run */
	unsigned out[2][STORE_LANES];   /* the same by lane: reads, writes */
	struct lanes ended;             /* taken from done, their turn on the loop has not come */
	struct job *spare;
	size_t spares;
	struct change *told; /* scratch for one commit's changes */
	size_t told_room;
	struct metric *commits, *jobs, *failures, *agains;
};

/* secret.c: reads secret_file and compares it with what the store knows. */
int secret_open(struct store *s, struct err *e);

/* threads.c: the writer and the readers; they end when the store is stopping and their queue is empty. */
void threads_start(struct store *s);
void threads_join(struct store *s);
/* Of the calling thread: lists and reports take what the loop and the writer leave of a processor. */
void threads_yield(void);
/* What ran, to the loop. */
void threads_post(struct store *s, struct queue *ran);
/* A connection of this store for one more thread. */
int store_session(struct store *s, struct session *session, enum db_role role, struct err *e);
/* One read job in a snapshot of its own. */
int read_job(struct session *session, struct arena *arena, store_run_f *run, void *arg, struct err *e);

#endif
