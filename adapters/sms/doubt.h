/* Which messages without an id of the carrier's may come again: those whose answer may not have arrived before the link ended.
 *
 * An answer has arrived when the carrier answered something that we wrote after it, or said anything at all DOUBT_SETTLE_MS after
 * it. Every other one is in doubt when its link ends, as is what was taken and not answered; what is in doubt is expected again,
 * once, for FINGERPRINT_WINDOW_MS. The citizen's own second word, after an answer that arrived, is thus a word of its own.
 *
 * Times are milliseconds of uv_now(). Thread: the loop. */
#ifndef XQ_SMS_DOUBT_H
#define XQ_SMS_DOUBT_H

#include "gateway/model/message.h"

enum { DOUBT_PRINT = MSG_PRINT, DOUBT_SETTLE_MS = 2000, DOUBTS_MAX = 8192 }; /* above DOUBTS_MAX the oldest counts as arrived */

struct doubt {
	uint8_t print[DOUBT_PRINT];
	int64_t at;
};
/* In order of time. Blank is empty. */
struct doubts {
	struct doubt *of;
	size_t first, n, room; /* of[first..n) */
	uint64_t gone;         /* how many stood before of[first], ever */
};

void doubts_add(struct doubts *d, const uint8_t print[DOUBT_PRINT], int64_t now);
/* How many were ever added. */
uint64_t doubts_count(const struct doubts *d);
/* The first `count` ever added have arrived; those added no later than `until` have. */
void doubts_settle(struct doubts *d, uint64_t count);
void doubts_settle_until(struct doubts *d, int64_t until);
/* Is one there? Then it is taken out. */
bool doubts_claim(struct doubts *d, const uint8_t print[DOUBT_PRINT]);
void doubts_fini(struct doubts *d);

#endif
