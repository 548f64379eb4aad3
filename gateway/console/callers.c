#include "gateway/console/callers.h"

#include <stdio.h>
#include <string.h>

static size_t place_of(const struct callers *k, const char *hash)
{
	size_t i = 0;
	while (i < CALLERS_MAX && strcmp(k->caller[i].hash, hash) != 0)
		i++;
	return i;
}

bool callers_know(const struct callers *k, const char *hash)
{
	return *hash && place_of(k, hash) < CALLERS_MAX;
}

void callers_met(struct callers *k, const char *hash, int64_t now)
{
	if (*hash == '\0')
		return;
	struct caller *c = &k->caller[0];
	size_t at = place_of(k, hash);
	for (size_t i = 1; at == CALLERS_MAX && i < CALLERS_MAX; i++)
		if (k->caller[i].at < c->at)
			c = &k->caller[i];
	if (at < CALLERS_MAX)
		c = &k->caller[at];
	(void)snprintf(c->hash, sizeof c->hash, "%s", hash);
	c->at = now;
}

void callers_forget(struct callers *k, const char *hash)
{
	size_t at = *hash ? place_of(k, hash) : CALLERS_MAX;
	if (at < CALLERS_MAX)
		k->caller[at] = (struct caller){ 0 };
}
