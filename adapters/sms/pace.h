/* How fast a link may write, and how long it waits before it tries again. Pure: time and randomness are passed in. */
#ifndef XQ_SMS_PACE_H
#define XQ_SMS_PACE_H

#include <stdint.h>

enum { PACE_HOLD_MIN_MS = 1000, PACE_HOLD_MAX_MS = 30000 };

/* A token bucket counted in parts, and a hold for when the carrier says it is too fast. */
struct pace {
	unsigned rate;       /* parts a second; 0: no limit */
	double tokens, depth;
	int64_t at;          /* when tokens was right */
	int64_t held_until;
	unsigned hold_ms;    /* the last hold; 0: none since something was accepted */
	unsigned hold_min_ms;
};
void pace_init(struct pace *p, unsigned rate, int64_t now);
/* 0: a part may be written, and was counted. Else milliseconds to wait, at least 1; nothing was counted. */
unsigned pace_take(struct pace *p, int64_t now);
/* What was taken stood for so many parts more: they are waited for before the next one. */
void pace_owe(struct pace *p, unsigned parts);
/* The carrier throttles: no part for a while. Each hold is twice the last; what comes during a hold does not add to
 * it. */
void pace_throttled(struct pace *p, int64_t now);
/* Something was accepted: the next hold is short again. */
void pace_accepted(struct pace *p);

/* Milliseconds before the attempt-th try (from 0) to connect: doubles from min_ms up to max_ms, then takes between half
 * and all of it, so that the links of one carrier do not come back in step. random: any 32 bits. */
unsigned backoff_ms(unsigned attempt, unsigned min_ms, unsigned max_ms, uint32_t random);

#endif
