#include "adapters/wechat/notices.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/hash.h"
#include "gateway/base/mem.h"

enum { BUCKETS = 256 };

struct notice { struct notice *next; int64_t until; char id[NOTICES_ID_MAX]; };

struct notices { struct notice *bucket[BUCKETS]; };

struct notices *notices_create(void)
{
	return mem_new(struct notices);
}

static struct notice **bucket_of(struct notices *n, const char *id)
{
	return &n->bucket[hash_text(id) % BUCKETS];
}

static bool is(const struct notice *o, const char *id)
{
	return strncmp(o->id, id, NOTICES_ID_MAX - 1) == 0;
}

/* Takes out of its bucket that of `id`, if it is not NULL, and what has waited too long. */
static void drop(struct notice **at, const char *id, int64_t now)
{
	while (*at) {
		struct notice *o = *at;
		if (o->until > now && !(id && is(o, id))) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		free(o);
	}
}

void notices_sent(struct notices *n, const char *id, int64_t now)
{
	struct notice **at = bucket_of(n, id), *o = mem_new(struct notice);
	drop(at, id, now);
	*o = (struct notice){ .next = *at, .until = now + NOTICES_WAIT_MS };
	(void)snprintf(o->id, sizeof o->id, "%s", id);
	*at = o;
}

bool notices_open(struct notices *n, const char *id, int64_t now)
{
	struct notice **at = bucket_of(n, id);
	drop(at, NULL, now);
	for (const struct notice *o = *at; o; o = o->next)
		if (is(o, id))
			return true;
	return false;
}

void notices_told(struct notices *n, const char *id)
{
	drop(bucket_of(n, id), id, 0);
}

void notices_destroy(struct notices **np)
{
	struct notices *n = *np;
	if (!n)
		return;
	*np = NULL;
	for (size_t i = 0; i < BUCKETS; i++)
		drop(&n->bucket[i], NULL, INT64_MAX);
	free(n);
}
