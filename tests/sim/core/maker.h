/* Makes the core's steps through the gateway's API: one at a time for a case, several cases at once, each with its own
 * Idempotency-Key, again and again until the gateway has answered. Thread: the loop. */
#ifndef XQ_SIM_CORE_MAKER_H
#define XQ_SIM_CORE_MAKER_H

#include <uv.h>

#include "gateway/base/fetch.h"
#include "tests/sim/core/cases.h"

struct maker;
struct maker *maker_create(uv_loop_t *, struct fetch *, struct cases *, const char *url, const char *token);
/* There may be something to do. */
void maker_kick(struct maker *);
/* The next n answers count as never heard: the same step is sent again with the same key. */
void maker_lose(struct maker *, unsigned n);
void maker_destroy(struct maker **); /* before fetch_destroy */

#endif
