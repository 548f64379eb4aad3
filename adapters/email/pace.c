#include "adapters/email/pace.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static struct pace_domain *find(struct pace *p, const char *name)
{
	struct pace_domain *oldest = &p->domain[0];
	for (unsigned i = 0; i < PACE_DOMAINS; i++) {
		if (!strcasecmp(p->domain[i].name, name))
			return &p->domain[i];
		if (p->domain[i].at < oldest->at)
			oldest = &p->domain[i];
	}
	*oldest = (struct pace_domain){ 0 };
	(void)snprintf(oldest->name, sizeof oldest->name, "%s", name);
	return oldest;
}

int64_t pace_wait(struct pace *p, const char *address, int64_t now)
{
	if (p->per_minute == 0)
		return 0;
	const char *at = strrchr(address, '@');
	struct pace_domain *d = find(p, at ? at + 1 : address);
	int64_t gap = 60000 / p->per_minute, burst = gap * (PACE_BURST - 1);
	if (d->at < now)
		d->at = now;
	if (d->at - now > burst)
		return d->at - now - burst;
	d->at += gap;
	return 0;
}
