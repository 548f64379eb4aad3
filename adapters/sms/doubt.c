#include "adapters/sms/doubt.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"

enum { ROOM_FIRST = 64, NUMBERS_MAX = 4096 };

void doubt_print(const struct msg_in *m, uint8_t print[DOUBT_PRINT])
{
	struct buf b;
	uint8_t hash[SHA256_LEN];
	buf_init(&b, MSG_TEXT_MAX + NUMBERS_MAX);
	buf_addf(&b, "%s%c%s%c", m->peer, 0, m->account ? m->account : "", 0);
	if (m->kind == MSG_PART) {
		buf_addf(&b, "%s%c%u%c", m->part.key, 0, m->part.index, 0);
		buf_add(&b, m->part.bytes, m->part.n);
	} else {
		buf_adds(&b, m->text ? m->text : "");
	}
	crypto_sha256(b.data, b.len, hash);
	memcpy(print, hash, DOUBT_PRINT);
	buf_fini(&b);
}

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
