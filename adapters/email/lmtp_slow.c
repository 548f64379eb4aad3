#include "adapters/email/lmtp_slow.h"

void lmtp_slow_step(struct lmtp_slow *s, int64_t now)
{
	*s = (struct lmtp_slow){ .since = now };
}

void lmtp_slow_content(struct lmtp_slow *s, size_t n, int64_t now)
{
	s->content += n;
	if (s->content >= LMTP_CONTENT_STEP)
		lmtp_slow_step(s, now);
}

bool lmtp_slow_over(const struct lmtp_slow *s, enum lmtp_phase phase, unsigned idle_ms, int64_t now)
{
	int64_t most = phase == LMTP_UNGREETED ? LMTP_GREET_MS : phase == LMTP_CONTENT ? LMTP_CONTENT_MS : idle_ms;
	return now - s->since > (most < idle_ms ? most : idle_ms);
}

int64_t lmtp_slow_overdue(const struct lmtp_slow *s, enum lmtp_phase phase, int64_t now)
{
	return now - s->since - (phase == LMTP_CONTENT ? LMTP_YIELD_CONTENT_MS : LMTP_YIELD_MS);
}
