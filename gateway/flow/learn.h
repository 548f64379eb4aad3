/* Keeps the suggestions fresh: what people decided is read from the store now and then, a worker learns from it, and the new
 * model takes the place of the old one. Loop thread only. */
#ifndef XQ_FLOW_LEARN_H
#define XQ_FLOW_LEARN_H

#include "gateway/flow/catalog.h"
#include "gateway/model/suggest.h"
#include "gateway/store/store.h"

/* The examples of a store and the table of topics, ready to be learned from; owns copies of all of it. */
struct lesson;
/* Inside a job. 0, or E_*. */
int lesson_read(struct tx *, const struct catalog *, struct lesson **, struct err *);
/* Any thread. One reference of the model is the caller's. */
struct suggest *lesson_learn(const struct lesson *, const atomic_bool *stop); /* stop: see suggest_train() */
void lesson_destroy(struct lesson **);

struct learner;
struct learner *learner_create(uv_loop_t *, struct store *);
/* The first lesson is read a moment after this; catalog() is asked for the tables of that time. */
void learner_start(struct learner *, struct catalog *(*catalog)(void *arg), void *arg);
/* A person decided something, or the tables are new: worth another lesson, when the last is old enough. */
void learner_decided(struct learner *);
void learner_hurry(struct learner *);
/* Takes a reference; NULL while nothing was learned yet. */
struct suggest *learner_model(struct learner *);
/* A lesson under way ends by itself, its result unseen. Store jobs have ended before. */
void learner_destroy(struct learner **);

#endif
