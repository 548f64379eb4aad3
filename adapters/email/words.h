/* Encoded words in header fields (RFC 2047), read as they are really written and written as they must be.
 *
 * GMime 3.2.13 loses everything after the first padding of a run of neighbouring words, and clients split characters
 * between words, so the bytes of a run of neighbouring words of one charset are joined first and converted once.
 * Thread: any. */
#ifndef XQ_EMAIL_WORDS_H
#define XQ_EMAIL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "adapters/email/charset.h"
#include "gateway/base/buf.h"

/* Appends an unfolded field value as clean UTF-8: words decoded, raw 8-bit guessed, controls and bidi overrides gone,
 * line ends and tabs as blanks. */
void words_decode(const char *p, size_t n, enum charset_hint hint, struct buf *out);
/* Appends the value in UTF-8, with each run of words rewritten as one UTF-8 word that every parser reads alike, so that GMime can
 * take structured fields (addresses, parameters) apart. */
void words_join(const char *p, size_t n, enum charset_hint hint, struct buf *out);
/* Appends text as a field value: as it is when it is printable ASCII, else as UTF-8 B words of at most 75 characters,
 * folded, never splitting a character. column: how much of the first line is taken already. */
void words_encode(const char *text, size_t column, struct buf *out);
/* Appends UTF-8 text without C0 and C1 controls, bidi overrides and line separators; CR, LF and TAB become one blank.
 * */
void words_clean(const char *p, size_t n, struct buf *out);

#endif
