#include "gateway/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/err.h"

/* Not to the log: it allocates itself. */
static void __attribute__((noreturn, cold)) out_of_memory(void)
{
	static const char words[] = "out of memory: stopping; everything acknowledged is on disk\n";
	err_stop(words, sizeof words - 1);
}

static void *had(void *p)
{
	if (!p)
		out_of_memory();
	return p;
}

void *mem_alloc(size_t n)
{
	return had(malloc(n ? n : 1));
}

void *mem_zalloc(size_t n)
{
	return had(calloc(1, n ? n : 1));
}

void *mem_calloc(size_t n, size_t size)
{
	return had(calloc(n ? n : 1, size ? size : 1));
}

void *mem_realloc(void *p, size_t n)
{
	return had(realloc(p, n ? n : 1));
}

void *mem_grow(void *p, size_t n, size_t size)
{
	if (n & (n - 1))
		return p;
	must(n <= SIZE_MAX / 2 / size);
	return mem_realloc(p, (n ? n * 2 : 1) * size);
}

char *mem_strdup(const char *s)
{
	return s ? had(strdup(s)) : NULL;
}

char *mem_strndup(const char *s, size_t n)
{
	return s ? had(strndup(s, n)) : NULL;
}

void *mem_dup(const void *p, size_t n)
{
	void *d = mem_alloc(n);
	if (n)
		memcpy(d, p, n);
	return d;
}

char *mem_printf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return s;
}

struct block {
	struct block *next;
	size_t size, used;
	max_align_t data[];
};

struct arena {
	struct block *top; /* the block being filled; older ones behind it */
	size_t first_block;
};

enum { ARENA_LEAST = 256, ARENA_BLOCK_MAX = 1 << 20, ARENA_ALIGN = _Alignof(max_align_t) };

static struct block *block_create(size_t size, struct block *next)
{
	must(size <= SIZE_MAX / 2);
	struct block *b = mem_alloc(sizeof *b + size);
	*b = (struct block){ .next = next, .size = size };
	return b;
}

static void blocks_free(struct block *b)
{
	while (b) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
}

struct arena *arena_create(size_t first_block)
{
	struct arena *a = mem_new(struct arena);
	a->first_block = first_block < ARENA_LEAST ? ARENA_LEAST : first_block;
	a->top = block_create(a->first_block, NULL);
	return a;
}

void arena_destroy(struct arena **a)
{
	if (!*a)
		return;
	blocks_free((*a)->top);
	free(*a);
	*a = NULL;
}

void arena_reset(struct arena *a)
{
	blocks_free(a->top->next);
	a->top->next = NULL;
	a->top->used = 0;
	if (a->top->size > ARENA_BLOCK_MAX) { /* one huge message must not keep its memory for ever */
		free(a->top);
		a->top = block_create(a->first_block, NULL);
	}
}

void *arena_alloc(struct arena *a, size_t n)
{
	must(n <= SIZE_MAX / 4);
	n = (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (n > a->top->size - a->top->used) {
		size_t grown = a->top->size < ARENA_BLOCK_MAX / 2 ? a->top->size * 2 : ARENA_BLOCK_MAX;
		a->top = block_create(n > grown ? n : grown, a->top);
	}
	void *p = (char *)a->top->data + a->top->used;
	a->top->used += n;
	return memset(p, 0, n);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	if (!s)
		return NULL;
	size_t len = strnlen(s, n);
	return memcpy(arena_alloc(a, len + 1), s, len);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	must(n >= 0);
	char *s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}
