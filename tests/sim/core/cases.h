/* The core simulator's own store: what it was told, its cases, and the steps it still has to make. Everything is on disk when a
 * call returns, so the simulator may be killed at any moment. Thread: the loop. */
#ifndef XQ_SIM_CORE_CASES_H
#define XQ_SIM_CORE_CASES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"

struct cases;
struct cases *cases_open(const char *path, struct err *e);
void cases_close(struct cases **);

/* One delivery. The same id again changes nothing. */
void cases_take(struct cases *, const char *id, const json_t *event);

struct action { /* a step to be made */
	int64_t id, case_id;
	char number[32];    /* ours */
	char ticket[32];    /* the gateway's */
	json_t *body;       /* owned by whoever got it; with "core" as the gateway wants it */
};
/* The oldest undone step of a case that is not in `busy` (n ids); false: none. */
bool cases_next(struct cases *, const int64_t *busy, size_t n, struct action *);
/* The gateway's answer is final: done, or refused with its words. */
void cases_done(struct cases *, const struct action *, bool refused, const char *words);
/* The gateway knows of other words of ours on it: the next is this one. */
void cases_resync(struct cases *, int64_t case_id, int64_t expected);
/* {"cases","told","doubles","disorder","undone","done","refused"} */
json_t *cases_stats(struct cases *);
/* [{"number","ticket","state","seq","steps":[…]}] */
json_t *cases_list(struct cases *);

#endif
