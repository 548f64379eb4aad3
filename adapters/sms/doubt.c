#include "adapters/sms/doubt.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

enum { ROOM_FIRST = 64 };

static void drop_first(struct doubts *d)
{
	d->first++;
	d->gone++;
	if (d->first == d->n)
		d->first = d->n = 0;
}

static void make_room(struct doubts *d)
{
	if (d->n - d->first == DOUBTS_MAX)
		drop_first(d);
	if (d->n < d->room)
		return;
	if (d->first > 0) {
		memmove(d->of, d->of + d->first, (d->n - d->first) * sizeof *d->of);
		d->n -= d->first;
		d->first = 0;
		if (d->n <= d->room / 2)
			return;
	}
	d->room = d->room ? 2 * d->room : ROOM_FIRST;
	d->of = mem_realloc(d->of, d->room * sizeof *d->of);
}

void doubts_add(struct doubts *d, const uint8_t print[DOUBT_PRINT], int64_t now)
{
	make_room(d);
	struct doubt *new = &d->of[d->n++];
	memcpy(new->print, print, DOUBT_PRINT);
	new->at = now;
}

uint64_t doubts_count(const struct doubts *d)
{
	return d->gone + (d->n - d->first);
}

void doubts_settle(struct doubts *d, uint64_t count)
{
	while (d->first < d->n && d->gone < count)
		drop_first(d);
}

void doubts_settle_until(struct doubts *d, int64_t until)
{
	while (d->first < d->n && d->of[d->first].at <= until)
		drop_first(d);
}

bool doubts_claim(struct doubts *d, const uint8_t print[DOUBT_PRINT])
{
	for (size_t i = d->first; i < d->n; i++) {
		if (memcmp(d->of[i].print, print, DOUBT_PRINT) != 0)
			continue;
		memmove(d->of + d->first + 1, d->of + d->first, (i - d->first) * sizeof *d->of);
		drop_first(d);
		return true;
	}
	return false;
}

void doubts_fini(struct doubts *d)
{
	free(d->of);
	*d = (struct doubts){ 0 };
}
