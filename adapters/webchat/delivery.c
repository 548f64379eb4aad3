#include "adapters/webchat/delivery.h"

#include "gateway/base/mem.h"

/* One that waits to be shown; without a frame, one that the client knows ahead of those before it. */
struct held {
	struct held *next;
	int64_t seq;
	size_t n;
	char *frame;
};

static char *take_frame(struct delivery *d, struct held *h)
{
	char *frame = h->frame;
	if (!frame)
		return NULL;
	d->held_bytes -= (uint32_t)h->n;
	d->held_frames--;
	h->frame = NULL;
	return frame;
}

static void free_first(struct delivery *d)
{
	struct held *h = d->held;
	free(take_frame(d, h));
	d->held = h->next;
	d->held_all--;
	free(h);
}

void delivery_fini(struct delivery *d)
{
	while (d->held)
		free_first(d);
}

static struct held **place_of(struct delivery *d, int64_t seq)
{
	struct held **at = &d->held;
	while (*at && (*at)->seq < seq)
		at = &(*at)->next;
	return at;
}

static bool known(struct delivery *d, int64_t seq)
{
	const struct held *h = seq > d->shown ? *place_of(d, seq) : NULL;
	return seq <= d->shown || (h && h->seq == seq && !h->frame);
}

static void advance(struct delivery *d, int64_t seq)
{
	d->shown = seq;
	for (; d->held && (d->held->seq <= d->shown || (d->held->seq == d->shown + 1 && !d->held->frame)); free_first(d))
		if (d->held->seq > d->shown)
			d->shown = d->held->seq;
}

static struct held *insert(struct delivery *d, struct held **at, int64_t seq)
{
	struct held *h = mem_new(struct held);
	*h = (struct held){ .next = *at, .seq = seq };
	*at = h;
	d->held_all++;
	return h;
}

static void hold(struct delivery *d, int64_t seq, const char *frame, size_t n)
{
	struct held **at = place_of(d, seq);
	if (d->held_frames >= HELD_FRAMES_MAX || n > HELD_BYTES_MAX - d->held_bytes || (*at && (*at)->seq == seq))
		return;
	struct held *h = insert(d, at, seq);
	h->frame = mem_strndup(frame, n);
	h->n = n;
	d->held_bytes += (uint32_t)n;
	d->held_frames++;
}

bool delivery_live(struct delivery *d, int64_t seq, const char *frame, size_t n)
{
	if (known(d, seq))
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
	if (known(d, seq))
		return;
	delivery_want(d, seq);
	if (seq == d->shown + 1) {
		advance(d, seq);
		return;
	}
	struct held **at = place_of(d, seq);
	if (*at && (*at)->seq == seq)
		free(take_frame(d, *at));
	else if (d->held_all - d->held_frames < HELD_ACKS_MAX)
		insert(d, at, seq);
}

void delivery_want(struct delivery *d, int64_t seq)
{
	if (seq > d->wanted)
		d->wanted = seq;
}

bool delivery_replayed(struct delivery *d, int64_t seq)
{
	bool news = !known(d, seq);
	if (seq > d->shown)
		advance(d, seq);
	delivery_want(d, d->shown);
	return news;
}

bool delivery_behind(const struct delivery *d)
{
	return d->wanted > d->shown;
}

char *delivery_next_held(struct delivery *d, bool past_gaps, size_t *n)
{
	while (d->held && (past_gaps || d->held->seq == d->shown + 1)) {
		*n = d->held->n;
		char *frame = take_frame(d, d->held);
		advance(d, d->held->seq);
		if (frame)
			return frame;
	}
	return NULL;
}
