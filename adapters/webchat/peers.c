#include "adapters/webchat/peers.h"

#include <string.h>

#include "gateway/base/mem.h"

enum { FIRST_BUCKETS = 64 };

/* FNV-1a. Names come out of SHA-256 of tokens that we make ourselves, so nobody can choose them to collide. */
static size_t slot(const struct chat_peers *t, const char *name)
{
	uint64_t h = 14695981039346656037u;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return h & (t->buckets - 1);
}

void chat_peers_init(struct chat_peers *t)
{
	*t = (struct chat_peers){ .buckets = FIRST_BUCKETS };
	t->bucket = mem_array(struct chat_peer *, t->buckets);
}

void chat_peers_fini(struct chat_peers *t)
{
	must(t->count == 0);
	free(t->bucket);
	*t = (struct chat_peers){ 0 };
}

struct chat_peer *chat_peers_find(const struct chat_peers *t, const char *name)
{
	struct chat_peer *p = t->bucket[slot(t, name)];
	while (p && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

static void insert(struct chat_peers *t, struct chat_peer *p)
{
	struct chat_peer **at = &t->bucket[slot(t, p->name)];
	p->next = *at;
	*at = p;
}

static void grow(struct chat_peers *t)
{
	struct chat_peers old = *t;
	t->buckets *= 2;
	t->bucket = mem_array(struct chat_peer *, t->buckets);
	for (size_t i = 0; i < old.buckets; i++)
		for (struct chat_peer *p = old.bucket[i], *next; p; p = next) {
			next = p->next;
			insert(t, p);
		}
	free(old.bucket);
}

struct chat_peer *chat_peers_get(struct chat_peers *t, const char *name)
{
	struct chat_peer *p = chat_peers_find(t, name);
	if (p)
		return p;
	if (t->count >= t->buckets)
		grow(t);
	must(strlen(name) <= CHAT_PEER_LEN);
	p = mem_new(struct chat_peer);
	memcpy(p->name, name, strlen(name) + 1);
	insert(t, p);
	t->count++;
	return p;
}

void chat_peers_remove(struct chat_peers *t, struct chat_peer *p)
{
	struct chat_peer **at = &t->bucket[slot(t, p->name)];
	must(!p->sessions);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	t->count--;
	free(p);
}
