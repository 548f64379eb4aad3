/* UTF-8: check, count, cut, mend. Nothing here knows languages.
 * Thread: any. */
#ifndef XQ_BASE_UTF8_H
#define XQ_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

/* The code point at p (n bytes left) into *cp; bytes taken, or 0 when malformed (overlong, surrogate, past U+10FFFF, cut). */
size_t utf8_next(const char *p, size_t n, uint32_t *cp);
bool utf8_valid(const char *p, size_t n);
/* Code points; malformed bytes count one each. */
size_t utf8_count(const char *p, size_t n);
/* The longest prefix of at most max bytes that ends on a character border. */
size_t utf8_cut(const char *p, size_t n, size_t max);
/* Appends cp; false past the buffer's cap. Surrogates are encoded too (WTF-8), for utf8_join_surrogates to mend. */
bool utf8_put(struct buf *b, uint32_t cp);
/* Joins, in place, each high surrogate followed by its low one (each written by utf8_put, perhaps from two parts of one
 * message) into the character they mean. Returns the new length; lone surrogates stay, malformed, for utf8_mend. */
size_t utf8_join_surrogates(char *p, size_t n);
/* Appends p with every malformed byte sequence as U+FFFD, as many characters as the buffer's cap lets in. Returns how many replacements. */
size_t utf8_mend(struct buf *b, const char *p, size_t n);

#endif
