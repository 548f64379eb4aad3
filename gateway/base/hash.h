/* FNV-1a, 32 bits: for places in a table and for numbers that every node makes of one name. Anybody can find two that meet; where
 * that would matter there is crypto.h. Pure. */
#ifndef XQ_BASE_HASH_H
#define XQ_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t hash_bytes(const void *p, size_t n)
{
	const uint8_t *byte = p;
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ byte[i]) * 16777619u;
	return h;
}

static inline uint32_t hash_text(const char *s)
{
	return hash_bytes(s, strlen(s));
}

#endif
