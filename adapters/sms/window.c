#include "adapters/sms/window.h"

#include <stddef.h>
#include <stdlib.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"

enum { NONE = -1, BUCKETS_MIN = 16 };

struct slot {
	uint64_t key;
	void *request;
	int64_t deadline;
	int chain;        /* next in the bucket, or in the free list */
	int older, newer;
};

struct window {
	unsigned size, used, buckets; /* buckets: a power of two */
	int oldest, newest, free;
	struct slot *slot;
	int *bucket;
};

struct window *window_create(unsigned size)
{
	must(size >= 1 && size <= WINDOW_MAX);
	struct window *w = mem_new(struct window);
	w->size = size;
	for (w->buckets = BUCKETS_MIN; w->buckets < size * 2;)
		w->buckets *= 2;
	w->slot = mem_array(struct slot, size);
	w->bucket = mem_array(int, w->buckets);
	for (unsigned i = 0; i < w->buckets; i++)
		w->bucket[i] = NONE;
	for (unsigned i = 0; i < size; i++)
		w->slot[i].chain = i + 1 < size ? (int)i + 1 : NONE;
	w->oldest = w->newest = NONE;
	return w;
}

void window_destroy(struct window **w)
{
	if (!*w)
		return;
	free((*w)->slot);
	free((*w)->bucket);
	free(*w);
	*w = NULL;
}

bool window_full(const struct window *w)
{
	return w->used == w->size;
}

unsigned window_used(const struct window *w)
{
	return w->used;
}

static int *bucket_of(struct window *w, uint64_t key)
{
	return &w->bucket[(key ^ key >> 32) * 0x9E3779B1u & (w->buckets - 1)];
}

void window_open(struct window *w, uint64_t key, void *request, int64_t deadline)
{
	must(request && !window_full(w));
	int i = w->free, *bucket = bucket_of(w, key);
	struct slot *s = &w->slot[i];
	w->free = s->chain;
	*s = (struct slot){ key, request, deadline, *bucket, w->newest, NONE };
	*bucket = i;
	if (w->newest != NONE)
		w->slot[w->newest].newer = i;
	else
		w->oldest = i;
	w->newest = i;
	w->used++;
}

static void *take(struct window *w, int *link)
{
	int i = *link;
	struct slot *s = &w->slot[i];
	*link = s->chain;
	*(s->older != NONE ? &w->slot[s->older].newer : &w->oldest) = s->newer;
	*(s->newer != NONE ? &w->slot[s->newer].older : &w->newest) = s->older;
	s->chain = w->free;
	w->free = i;
	w->used--;
	return s->request;
}

void *window_close(struct window *w, uint64_t key)
{
	for (int *link = bucket_of(w, key); *link != NONE; link = &w->slot[*link].chain)
		if (w->slot[*link].key == key)
			return take(w, link);
	return NULL;
}

void *window_expire(struct window *w, int64_t now)
{
	if (w->oldest == NONE || w->slot[w->oldest].deadline > now)
		return NULL;
	return window_close(w, w->slot[w->oldest].key);
}

int64_t window_deadline(const struct window *w)
{
	return w->oldest == NONE ? INT64_MAX : w->slot[w->oldest].deadline;
}
