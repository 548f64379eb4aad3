/* Jobs, and what they wait in. No locks: whoever has a queue or lanes sees to that. */
#ifndef XQ_STORE_JOBS_H
#define XQ_STORE_JOBS_H

#include "gateway/store/tx.h"

struct job {
	struct job *next;
	store_run_f *run;
	store_done_f *done;
	void *arg;
	int rc;
	struct err err;
	struct arena *arena;
	struct change *change;
	size_t changes;
	bool write;
	bool again;          /* run() may be called again after an undo */
	bool aside;          /* of the nodes' thread: nobody gave it */
	uint8_t lane;        /* below STORE_LANES */
	bool last_of_commit; /* write: the changes up to here are told together */
};

struct queue {
	struct job *first, *last;
	size_t n;
};

/* Jobs that wait, by lane. Those of one lane keep their order; lanes take turns. */
struct lanes {
	struct queue lane[STORE_LANES];
	uint64_t busy; /* a bit for each lane that has jobs */
	uint64_t held; /* and for each whose jobs are left where they are for a while */
	unsigned turn; /* whose turn it is next */
	size_t n;      /* jobs in all */
};

/* Up to max jobs from the front of q to the end of to. */
void queue_move(struct queue *q, struct queue *to, size_t max);
void queue_add(struct queue *q, struct job *j);
void lanes_add(struct lanes *l, struct job *j);
/* A bit for each lane whose jobs may be taken. */
static inline uint64_t lanes_ready(const struct lanes *l) { return l->busy & ~l->held; }
/* Up to max jobs to the end of to, one of each lane in turn. */
void lanes_take(struct lanes *l, struct queue *to, size_t max);
/* The first of lane i, which has some, to the end of to. again: only if it may run again. */
void lanes_take_of(struct lanes *l, struct queue *to, unsigned i, bool again);
/* All of q goes back to where it was taken from, before what came meanwhile; it is the turn of its first. */
void lanes_put_back(struct lanes *l, struct queue *q);

#endif
