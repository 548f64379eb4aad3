#include "gateway/console/api_pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct api_pace_bucket *find(struct api_pace *p, const char *token, bool known)
{
	for (size_t i = 0; i < API_PACE_TOKENS; i++)
		if (strcmp(p->bucket[known][i].token, token) == 0)
			return &p->bucket[known][i];
	return NULL;
}

/* Of the one that was silent longest. */
static struct api_pace_bucket *place(struct api_pace *p, bool known)
{
	struct api_pace_bucket *b = &p->bucket[known][0];
	for (size_t i = 1; i < API_PACE_TOKENS; i++)
		if (p->bucket[known][i].at < b->at)
			b = &p->bucket[known][i];
	return b;
}

/* What a token took before anybody knew that it is one counts. */
static struct api_pace_bucket *bucket_of(struct api_pace *p, const char *token, bool known, int64_t now)
{
	struct api_pace_bucket *b = find(p, token, known), *before = known ? find(p, token, false) : NULL;
	if (b != NULL)
		return b;
	b = place(p, known);
	*b = (struct api_pace_bucket){ .milli = 1000ULL * API_PACE_SECONDS * p->rate, .at = now };
	(void)snprintf(b->token, sizeof b->token, "%s", token);
	if (before != NULL) {
		*b = *before;
		*before = (struct api_pace_bucket){ 0 };
	}
	return b;
}

static void fill(const struct api_pace *p, struct api_pace_bucket *b, int64_t now)
{
	const uint64_t most = 1000ULL * API_PACE_SECONDS * p->rate;
	uint64_t passed = now > b->at ? (uint64_t)(now - b->at) : 0;
	b->milli = passed >= 1000 * API_PACE_SECONDS || b->milli + passed * p->rate > most ? most : b->milli + passed * p->rate;
	b->at = now;
}

bool api_pace_take(struct api_pace *p, const char *token, bool known, int64_t now, struct api_pace_words *w)
{
	struct api_pace_bucket *b = bucket_of(p, token, known, now);
	fill(p, b, now);
	bool room = b->milli >= 1000;
	b->milli -= room ? 1000 : 0;
	uint64_t missing = 1000ULL * API_PACE_SECONDS * p->rate - b->milli;
	(void)snprintf(w->policy, sizeof w->policy, "\"token\";q=%u;w=%d", API_PACE_SECONDS * p->rate, API_PACE_SECONDS);
	(void)snprintf(w->now, sizeof w->now, "\"token\";r=%" PRIu64 ";t=%" PRIu64, b->milli / 1000, (missing / p->rate + 999) / 1000);
	(void)snprintf(w->retry, sizeof w->retry, "%s", room ? "" : "1");
	return room;
}
