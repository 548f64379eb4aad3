#include "adapters/webchat/delivery.h"

#include <string.h>

#include "gateway/base/mem.h"

struct held {
	struct held *next;
	int64_t seq;
	size_t n;
	char *frame;
};

static void free_first(struct delivery *d)
{
	struct held *h = d->held;
	d->held = h->next;
	d->held_bytes -= (uint32_t)h->n;
	d->held_frames--;
	free(h->frame);
	free(h);
}

void delivery_fini(struct delivery *d)
{
	while (d->held)
		free_first(d);
}

static bool told(const struct delivery *d, int64_t seq)
{
	return seq > d->shown && seq - d->shown <= 64 && (d->told >> (seq - d->shown - 1) & 1);
}

static void advance(struct delivery *d, int64_t seq)
{
	int64_t by = seq - d->shown;
	d->shown = seq;
	d->told = by < 64 ? d->told >> by : 0;
	while (d->told & 1) {
		d->told >>= 1;
		d->shown++;
	}
}

static void hold(struct delivery *d, int64_t seq, const char *frame, size_t n)
{
	struct held **at = &d->held;
	if (d->held_frames >= HELD_FRAMES_MAX || n > HELD_BYTES_MAX - d->held_bytes)
		return;
	while (*at && (*at)->seq < seq)
		at = &(*at)->next;
	if (*at && (*at)->seq == seq)
		return;
	struct held *h = mem_new(struct held);
	*h = (struct held){ .next = *at, .seq = seq, .n = n, .frame = mem_strndup(frame, n) };
	*at = h;
	d->held_bytes += (uint32_t)n;
	d->held_frames++;
}

bool delivery_live(struct delivery *d, int64_t seq, const char *frame, size_t n)
{
	if (seq <= d->shown || told(d, seq))
		return false;
	delivery_want(d, seq);
	if (seq == d->shown + 1 && !d->replaying) {
		advance(d, seq);
		return true;
	}
	hold(d, seq, frame, n);
	return false;
}

void delivery_acked(struct delivery *d, int64_t seq)
{
	if (seq <= d->shown)
		return;
	delivery_want(d, seq);
	if (seq == d->shown + 1)
		advance(d, seq);
	else if (seq - d->shown <= 64)
		d->told |= UINT64_C(1) << (seq - d->shown - 1);
}

void delivery_want(struct delivery *d, int64_t seq)
{
	if (seq > d->wanted)
		d->wanted = seq;
}

bool delivery_replayed(struct delivery *d, int64_t seq)
{
	bool known = seq <= d->shown || told(d, seq);
	if (seq > d->shown)
		advance(d, seq);
	delivery_want(d, d->shown);
	return !known;
}

bool delivery_behind(const struct delivery *d)
{
	return d->wanted > d->shown;
}

char *delivery_next_held(struct delivery *d, bool past_gaps, size_t *n)
{
	while (d->held) {
		int64_t seq = d->held->seq;
		bool known = seq <= d->shown || told(d, seq);
		char *frame = d->held->frame;
		if (!known && !past_gaps && seq != d->shown + 1)
			return NULL;
		*n = d->held->n;
		if (!known) {
			d->held->frame = NULL;
			advance(d, seq);
		}
		free_first(d);
		if (!known)
			return frame;
	}
	return NULL;
}
