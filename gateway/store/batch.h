/* Which jobs the writer's next transaction takes, and for how long: so that who gives very many keeps nobody else waiting.
 *
 * While others wait, or were there lately, a transaction takes no more jobs than fit into a slice: what is large takes long to commit. Who
 * comes while it runs is let in. Once the few have had their turn it waits for no more of the many than are run anyway while the commit
 * before is on its way to the disk. Where the store is in this process, whose processors and disk the many take from everybody, they rest
 * after each such transaction for as long as it took, while there are others: half of what the store can do is theirs. Alone, somebody
 * gets all of it: the more jobs a commit, the more jobs a second.
 *
 * The writer's thread. */
#ifndef XQ_STORE_BATCH_H
#define XQ_STORE_BATCH_H

#include "gateway/store/threads.h"

/* A transaction's jobs: those that ran, and those that still may. */
struct batch {
	struct queue *todo, *ran;
	const struct job *few; /* the last of todo after which all are of one lane. NULL: all are, but for the gateway's own */
	bool few_ran;
	bool alone;            /* of all that are given */
	bool together;         /* one that fails takes all of them with it, and they run again */
};

/* Under the lock: until there are jobs that may be taken, or the store is stopping. */
void batch_wait(struct store *s);
void batch_begin(struct batch *b, struct queue *todo, struct queue *ran, bool together);
/* Moves the next from todo to ran, one at least. NULL: no more in this transaction. */
struct job *batch_next(struct store *s, struct batch *b);
/* What its commit took, in ms. */
void batch_committed(struct store *s, int64_t took);
/* It is over, and these ran. */
void batch_ended(struct store *s, const struct queue *ran);

#endif
