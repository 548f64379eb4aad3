#include "gateway/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

enum { BUF_LEAST = 64 };

void buf_init(struct buf *b, size_t cap)
{
	must(cap < SIZE_MAX / 2);
	*b = (struct buf){ .cap = cap };
}

void buf_fini(struct buf *b)
{
	free(b->data);
	buf_init(b, b->cap);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data)
		b->data[0] = '\0';
}

uint8_t *buf_room(struct buf *b, size_t n)
{
	if (n > b->cap - b->len)
		return NULL;
	if (!b->data || b->len + n >= b->size) {
		size_t size = b->size ? b->size * 2 : BUF_LEAST;
		if (size < b->len + n + 1)
			size = b->len + n + 1;
		if (size > b->cap + 1)
			size = b->cap + 1;
		b->data = mem_realloc(b->data, size);
		b->size = size;
		b->data[b->len] = '\0';
	}
	return b->data + b->len;
}

void buf_grew(struct buf *b, size_t n)
{
	must(b->data && n < b->size - b->len);
	b->len += n;
	b->data[b->len] = '\0';
}

bool buf_add(struct buf *b, const void *p, size_t n)
{
	uint8_t *at = buf_room(b, n);
	if (!at) {
		b->overflow = true;
		return false;
	}
	if (n)
		memcpy(at, p, n);
	buf_grew(b, n);
	return true;
}

bool buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	bool fits = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return fits;
}

bool buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	must(n >= 0);
	uint8_t *at = buf_room(b, (size_t)n);
	if (!at) {
		b->overflow = true;
		return false;
	}
	vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
	buf_grew(b, (size_t)n);
	return true;
}

bool buf_u8(struct buf *b, uint8_t v)
{
	return buf_add(b, &v, 1);
}

bool buf_u16(struct buf *b, uint16_t v)
{
	uint8_t be[2] = { (uint8_t)(v >> 8), (uint8_t)v };
	return buf_add(b, be, sizeof be);
}

bool buf_u32(struct buf *b, uint32_t v)
{
	uint8_t be[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
	return buf_add(b, be, sizeof be);
}

void buf_drop(struct buf *b, size_t n)
{
	must(n <= b->len);
	if (!n)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

const char *buf_str(const struct buf *b)
{
	return b->data ? (const char *)b->data : "";
}

char *buf_take_str(struct buf *b)
{
	char *s = b->data ? (char *)b->data : mem_strdup("");
	buf_init(b, b->cap);
	return s;
}
