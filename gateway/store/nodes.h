/* Inside the store's room: the thread by which a gateway knows the others of its store. It reads what they changed and tells
 * the watchers, takes duties, and knows who lives. */
#ifndef XQ_STORE_NODES_H
#define XQ_STORE_NODES_H

#include "gateway/store/threads.h"

enum { WORDS_MAX = 64, NODES_MAX = 1024, NODES_LIST_MAX = 5200 };

struct store_duty {
	struct store_duty *next;
	struct store *store;
	char *name;
	store_duty_f *told;
	void *arg;
	bool ours; /* as the thread knows it; under the store's lock */
};

struct nodes {
	struct store *store;
	struct session session;
	pthread_t thread;
	int wake;                     /* an eventfd: stop, or a new duty */
	uint64_t connected;
	bool blind;                   /* the last round failed */
	int64_t beat_at;              /* monotonic */
	int64_t seen[NODES_MAX];      /* of each node's feed; -1: not looked at yet */
	char others[NODES_LIST_MAX];  /* under the store's lock */
	char *word[WORDS_MAX];        /* to be said; under the store's lock */
	size_t words;
};

/* Once before the first job runs: who else is there? */
int nodes_start(struct store *s, struct err *e);
void nodes_stop(struct store *s);
/* Has clock_now() follow the store's clock, where it is shared. Outside a transaction. */
int nodes_clock(const struct db_ops *ops, struct db *db, struct err *e);
/* E_EXISTS: other gateways run on the store that … */
int nodes_nobody(const struct db_ops *ops, struct db *db, const char *what, struct err *e);
/* The nodes that live, but for this one: ",1,2,". */
const char *nodes_others(struct nodes *n, struct arena *a);

#endif
