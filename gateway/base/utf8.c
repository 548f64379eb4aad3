#include "gateway/base/utf8.h"

#include <string.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

static bool is_surrogate(uint32_t cp)
{
	return cp >= 0xD800 && cp <= 0xDFFF;
}

/* Bytes a sequence with this first byte has; 0 for a byte that starts none. */
static size_t sequence_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		return 2;
	if (first >= 0xE0 && first <= 0xEF)
		return 3;
	return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

/* As utf8_next, but lets surrogates through. *seen: how many bytes belong together even if malformed, at least 1. */
static size_t decode(const char *s, size_t n, uint32_t *cp, size_t *seen)
{
	const uint8_t *p = (const uint8_t *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	*seen = n ? 1 : 0;
	size_t want = n ? sequence_len(p[0]) : 0;
	if (!want)
		return 0;
	uint32_t v = want == 1 ? p[0] : p[0] & (0xFFu >> (want + 1));
	for (size_t i = 1; i < want; i++) {
		if (i == n || (p[i] & 0xC0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3F);
		/* The second byte alone tells overlong forms and what is past U+10FFFF. */
		uint32_t lowest = v << (6 * (want - 1 - i));
		if (i == 1 && (lowest + ((1u << (6 * (want - 2))) - 1) < least[want] || lowest > 0x10FFFF))
			return 0;
		*seen = i + 1;
	}
	*cp = v;
	return want;
}

size_t utf8_next(const char *p, size_t n, uint32_t *cp)
{
	const uint8_t *b = (const uint8_t *)p;
	if (n && b[0] < 0x80) {
		*cp = b[0];
		return 1;
	}
	/* Chinese and its punctuation: three bytes that can be neither overlong nor a surrogate. */
	if (n >= 3 && b[0] > 0xE0 && b[0] < 0xF0 && b[0] != 0xED && (b[1] & 0xC0) == 0x80 && (b[2] & 0xC0) == 0x80) {
		*cp = (b[0] & 0xFu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu);
		return 3;
	}
	uint32_t v;
	size_t seen, took = decode(p, n, &v, &seen);
	if (!took || is_surrogate(v))
		return 0;
	*cp = v;
	return took;
}

bool utf8_valid(const char *p, size_t n)
{
	uint32_t cp;
	for (size_t took; n; p += took, n -= took)
		if (!(took = utf8_next(p, n, &cp)))
			return false;
	return true;
}

size_t utf8_count(const char *p, size_t n)
{
	size_t count = 0;
	uint32_t cp;
	for (; n; count++) {
		size_t took = utf8_next(p, n, &cp);
		took += !took;
		p += took;
		n -= took;
	}
	return count;
}

/* In malformed text every byte that is part of no character counts as one. */
size_t utf8_cut(const char *p, size_t n, size_t max)
{
	size_t end = n < max ? n : max;
	for (size_t back = 1; back <= 3 && back <= end; back++) {
		uint8_t c = (uint8_t)p[end - back];
		if ((c & 0xC0) == 0x80)
			continue;
		return sequence_len(c) > back ? end - back : end;
	}
	return end;
}

bool utf8_put(struct buf *b, uint32_t cp)
{
	uint8_t s[4];
	if (cp < 0x80)
		return buf_u8(b, (uint8_t)cp);
	if (cp > 0x10FFFF)
		return buf_adds(b, REPLACEMENT);
	size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		s[i] = (uint8_t)(0x80 | (cp & 0x3F));
	s[0] = (uint8_t)((0xF00u >> n & 0xFF) | cp);
	return buf_add(b, s, n);
}

size_t utf8_mend(struct buf *b, const char *p, size_t n)
{
	size_t mended = 0;
	while (n) {
		uint32_t cp;
		size_t good = 0, took, seen;
		while (good < n && (took = utf8_next(p + good, n - good, &cp)))
			good += took;
		if (good && !buf_add(b, p, good))
			(void)buf_add(b, p, utf8_cut(p, good, b->cap - b->len));
		p += good;
		n -= good;
		if (!n)
			break;
		(void)decode(p, n, &cp, &seen);
		buf_adds(b, REPLACEMENT);
		mended++;
		p += seen;
		n -= seen;
	}
	return mended;
}

size_t utf8_join_surrogates(char *p, size_t n)
{
	size_t to = 0;
	for (size_t from = 0; from < n;) {
		uint32_t high, low;
		size_t seen;
		if (n - from >= 6 && decode(p + from, 3, &high, &seen) == 3 && high >= 0xD800 && high <= 0xDBFF &&
			decode(p + from + 3, 3, &low, &seen) == 3 && low >= 0xDC00 && low <= 0xDFFF) {
			uint32_t cp = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
			p[to++] = (char)(0xF0 | cp >> 18);
			p[to++] = (char)(0x80 | (cp >> 12 & 0x3F));
			p[to++] = (char)(0x80 | (cp >> 6 & 0x3F));
			p[to++] = (char)(0x80 | (cp & 0x3F));
			from += 6;
		} else {
			p[to++] = p[from++];
		}
	}
	return to;
}
