/* Work that goes on behind everything else as long as the gateway lives: the index, old things to be erased, the
 * chain's anchors, sealing by a new key. One job of the store at a time, and perhaps a worker; then it says when it goes
 * on. While the gateway drains, no more begins.
 *
 * Inside the flow room. Thread: the loop's, but for run() and work(). */
#ifndef XQ_FLOW_CHORE_H
#define XQ_FLOW_CHORE_H

#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "gateway/store/store.h"

struct chore;
struct flow;

enum { CHORE_OVER = -1 };

struct chore_kind {
	uint64_t first_ms;             /* before the first run, and before another try when it could not begin */
	bool (*begin)(struct chore *); /* NULL, or before each run; false: not now */
	store_run_f *run;              /* a job whose argument is the chore */
	/* NULL, or on a worker after the job; may outlive the flow, not the chore. */
	int (*work)(struct chore *, struct err *);
	/* After all that, or what failed of it. ms before it goes on, or CHORE_OVER. In it the job's arena still lives, unless
	 * there was work(). */
	int64_t (*done)(struct chore *, int rc, const struct err *);
	void (*fini)(struct chore *);  /* NULL, or what is to be let go beside the memory */
};

struct chore { /* the first of what a kind keeps; the whole is one piece of memory */
	const struct chore_kind *kind;
	struct flow *flow;
	bool write;                    /* does the next run write? */
	bool busy, gone;
	uv_timer_t timer;
	uv_work_t worker;
	int rc;
	struct err err;
};

void chore_init(struct chore *, const struct chore_kind *, struct flow *, bool write);
void chore_start(struct chore *);
/* After store_stop. Frees it, when its worker is done. */
void chore_destroy(struct chore **);

/* Those there are; NULL: nothing to be done here. */
struct chore *indexer_create(struct flow *);  /* index.c */
struct chore *retainer_create(struct flow *); /* retain.c */
struct chore *anchorer_create(struct flow *); /* anchor.c */
struct chore *rekeyer_create(struct flow *);  /* rekey.c */

#endif
