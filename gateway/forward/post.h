/* One delivery: a POST with the signature's headers, and what its answer means. Thread: the loop. */
#ifndef XQ_FORWARD_POST_H
#define XQ_FORWARD_POST_H

#include "gateway/forward/forward.h"
#include "gateway/forward/sign.h"

enum post_result {
	POST_DELIVERED, /* 2xx */
	POST_REFUSED,   /* this event is not wanted as it is: 400, 410, 413, 422, … */
	POST_BUSY,      /* not now, or not configured right: 401, 403, 404, 408, 429, 5xx */
	POST_AWAY,      /* no answer at all */
	POST_ENDED      /* cancelled: nobody counts it */
};
enum { POST_WORDS = 300 };
/* What an HTTP status means; 0 is no answer. Pure. */
enum post_result post_meaning(long status);

struct post;
/* words: the status and the beginning of the answer, for people; retry_ms: the Retry-After of the answer, or 0. Runs once. */
typedef void post_done_f(void *arg, enum post_result, const char *words, unsigned retry_ms);
struct post *post_start(struct fetch *, const struct forward_config *, const struct forward_key *, uint64_t event,
	const char *body, post_done_f *done, void *arg);
/* Its done() runs before this returns, with POST_ENDED. */
void post_cancel(struct post *);

#endif
