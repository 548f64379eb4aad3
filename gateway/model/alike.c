#include "gateway/model/alike.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/model/fold.h"

/* The pairs of neighbours in a text, sorted; blanks and marks are no characters here. */
static size_t pairs(const char *text, uint64_t out[ALIKE_MAX])
{
	struct fold f;
	size_t n = 0, at = 0;
	uint32_t before = 0;
	fold_init(&f, text);
	const char *s = buf_str(&f.s);
	while (at < f.s.len && n < ALIKE_MAX) {
		uint32_t cp = 0;
		size_t len = utf8_next(s + at, f.s.len - at, &cp);
		if (len == 0)
			break;
		at += len;
		bool letter = (cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') || (cp >= 0x3400 && cp <= 0x9fff);
		if (letter && before)
			out[n++] = (uint64_t)before << 32 | cp;
		before = letter ? cp : 0;
	}
	fold_fini(&f);
	return n;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

unsigned text_alike(const char *a, const char *b)
{
	uint64_t x[ALIKE_MAX], y[ALIKE_MAX];
	size_t n = pairs(a, x), m = pairs(b, y), i = 0, j = 0, both = 0;
	if (n == 0 || m == 0)
		return strcmp(a, b) == 0 ? 100 : 0;
	qsort(x, n, sizeof *x, by_value);
	qsort(y, m, sizeof *y, by_value);
	while (i < n && j < m) {
		both += x[i] == y[j];
		bool first = x[i] <= y[j], second = y[j] <= x[i];
		i += first;
		j += second;
	}
	return (unsigned)(200 * both / (n + m));
}
