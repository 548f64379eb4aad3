/* What fuzz targets share: an input taken apart into values. Strings are copies of their exact size on the heap, so
 * that the sanitizer sees a single byte read past the end. */
#ifndef XQ_TESTS_FUZZ_H
#define XQ_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct input {
	const uint8_t *p;
	size_t n;
};

/* The next byte; 0 at the end. */
static inline uint8_t input_byte(struct input *in)
{
	if (!in->n)
		return 0;
	in->n--;
	return *in->p++;
}

/* n bytes without any NUL behind them. */
static inline uint8_t *input_bytes(struct input *in, size_t n)
{
	uint8_t *copy = mem_alloc(n ? n : 1);
	memcpy(copy, in->p, n);
	in->p += n;
	in->n -= n;
	return copy;
}

static inline char *input_until(struct input *in, size_t n, size_t skip)
{
	char *s = mem_strndup((const char *)in->p, strnlen((const char *)in->p, n));
	in->p += n + skip;
	in->n -= n + skip;
	return s;
}

/* Up to the next LF, which is left out, as a C string; what stands behind a NUL in it is dropped. */
static inline char *input_line(struct input *in)
{
	if (!in->n)
		return mem_strdup("");
	const uint8_t *lf = memchr(in->p, '\n', in->n);
	return lf ? input_until(in, (size_t)(lf - in->p), 1) : input_until(in, in->n, 0);
}

/* All that is left, as a C string. */
static inline char *input_rest(struct input *in)
{
	return in->n ? input_until(in, in->n, 0) : mem_strdup("");
}

/* The same as valid UTF-8, for what is only ever given that. */
static inline char *input_rest_utf8(struct input *in)
{
	struct buf b;
	char *rest = input_rest(in);
	buf_init(&b, 1 << 24);
	utf8_mend(&b, rest, strlen(rest));
	free(rest);
	char *s = mem_strdup(buf_str(&b));
	buf_fini(&b);
	return s;
}

static inline bool text_valid(const char *s)
{
	return utf8_valid(s, strlen(s));
}

/* Does a character begin at s + at, or the text end there? s: valid UTF-8. */
static inline bool text_border(const char *s, size_t at)
{
	return at <= strlen(s) && ((unsigned char)s[at] & 0xC0) != 0x80;
}

#endif
