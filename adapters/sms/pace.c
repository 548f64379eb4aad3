#include "adapters/sms/pace.h"

#include <math.h>

void pace_init(struct pace *p, unsigned rate, int64_t now)
{
	/* A tenth of a second's worth may go at once; more in one burst is what carriers throttle. */
	double depth = rate / 10.0 > 1 ? rate / 10.0 : 1;
	*p = (struct pace){ .rate = rate, .tokens = depth, .depth = depth, .at = now, .held_until = now,
		.hold_min_ms = PACE_HOLD_MIN_MS };
}

static void refill(struct pace *p, int64_t now)
{
	if (now <= p->at)
		return;
	p->tokens += (double)(now - p->at) * p->rate / 1000.0;
	if (p->tokens > p->depth)
		p->tokens = p->depth;
	p->at = now;
}

unsigned pace_take(struct pace *p, int64_t now)
{
	if (now < p->held_until)
		return (unsigned)(p->held_until - now);
	if (!p->rate)
		return 0;
	refill(p, now);
	if (p->tokens < 1 - 1e-9) {
		double wait = ceil((1 - p->tokens) * 1000.0 / p->rate - 1e-6);
		return wait < 1 ? 1 : (unsigned)wait;
	}
	p->tokens -= 1;
	return 0;
}

void pace_owe(struct pace *p, unsigned parts)
{
	if (p->rate)
		p->tokens -= parts;
}

void pace_throttled(struct pace *p, int64_t now)
{
	if (now < p->held_until)
		return;
	p->hold_ms = p->hold_ms ? p->hold_ms * 2 : p->hold_min_ms;
	if (p->hold_ms > PACE_HOLD_MAX_MS)
		p->hold_ms = PACE_HOLD_MAX_MS;
	p->held_until = now + p->hold_ms;
}

void pace_accepted(struct pace *p)
{
	p->hold_ms = 0;
}

unsigned backoff_ms(unsigned attempt, unsigned min_ms, unsigned max_ms, uint32_t random)
{
	uint64_t wait = min_ms;
	for (unsigned i = 0; i < attempt && wait < max_ms; i++)
		wait *= 2;
	if (wait > max_ms)
		wait = max_ms;
	return (unsigned)(wait / 2 + (wait - wait / 2) * random / UINT32_MAX);
}
