/* How fast one token may ask: a bucket of requests that fills by `rate` a second and holds twice as many. The answer's headers
 * say how it stands, as in draft-ietf-httpapi-ratelimit-headers-10 (RateLimit-Policy, RateLimit); an empty bucket is 429 with
 * Retry-After. Known for the API_PACE_TOKENS that asked last, and apart from them for as many that nobody has looked up yet:
 * those push out only each other. Time is passed in. Thread: the loop. */
#ifndef XQ_CONSOLE_API_PACE_H
#define XQ_CONSOLE_API_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/crypto.h"

enum { API_PACE_TOKENS = 256, API_PACE_SECONDS = 2, API_PACE_TEXT = 48 };
struct api_pace {
	unsigned rate; /* 0: no limit */
	struct api_pace_bucket { char token[HEX_SHA256]; uint64_t milli; int64_t at; } bucket[2][API_PACE_TOKENS]; /* [1]: of the known */
};
struct api_pace_words { char policy[API_PACE_TEXT], now[API_PACE_TEXT], retry[API_PACE_TEXT]; }; /* header values; retry: "" while there is room */
/* token: its hash; known: it is one. false: not now. */
bool api_pace_take(struct api_pace *, const char *token, bool known, int64_t now_ms, struct api_pace_words *);

#endif
