/* The writer's commits on their way to the disk: while one is synced, the writer runs what the next one will hold. One at a time, so that a
 * commit gathers what came during the sync before it.
 *
 * Nobody is told what is not on disk. The jobs of a commit get their answers after its sync, and no later transaction answers before them,
 * for it may have seen what they wrote; nor does a reader. */
#ifndef XQ_STORE_SYNCER_H
#define XQ_STORE_SYNCER_H

#include "gateway/store/threads.h"

void syncer_start(struct store *s);
/* After the writer has ended: its last commit is on disk, and posted. */
void syncer_join(struct store *s);

/* The writer's thread. As session_commit(), but perhaps not on disk yet; the one before it is, and was posted. */
int syncer_commit(struct store *s, struct err *e);
/* Answers jobs: when their commit is on disk, and those of the commit before it were answered. Leaves the queue empty. */
void syncer_post(struct store *s, struct queue *ran);
/* No commit is on its way: the next need not wait for one. */
bool syncer_idle(struct store *s);

/* Any other thread, when it has read: waits until what it may have seen is on disk. */
void syncer_seen(struct store *s);

#endif
