/* Bytes of a mail to UTF-8. A mail's own charset name never reaches iconv_open(): it is looked up in our table, so that
 * "gbk//IGNORE", "" (the process locale) and the like are simply unknown names.
 * gb2312, gbk and their kin are read as GB18030, then as GBK (byte 0x80); big5 as BIG5-HKSCS.
 * Thread: any. */
#ifndef XQ_EMAIL_CHARSET_H
#define XQ_EMAIL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

enum charset_hint { CHARSET_MAINLAND, CHARSET_TRADITIONAL }; /* what an undeclared text is tried as first */

/* Our name of the charset a mail calls `label` ("GB18030" for "gb_2312-80"), or NULL when we do not know it. */
const char *charset_lookup(const char *label);
/* What undeclared bytes are: "US-ASCII", "UTF-8", "GB18030", "BIG5-HKSCS", "WINDOWS-1252" (single high bytes among ASCII),
 * or NULL when nothing fits.
 * UTF-8 first is not safe: 18 % of the common hanzi have GBK codes that are valid two-byte UTF-8. */
const char *charset_guess(const char *p, size_t n, enum charset_hint hint);
/* Appends p as UTF-8. label: as the mail has it, NULL when it says nothing. Every byte that cannot be read becomes
 * U+FFFD, NUL included; nothing else is dropped but what only switches an alphabet (escapes of ISO 2022, "~{", a byte order mark) and,
 * in UTF-7, bits at the end that are too few for a character. What passes out's cap is left out (out->overflow). */
void charset_decode(const char *label, enum charset_hint hint, const char *p, size_t n, struct buf *out);
/* The converters that Chinese mail needs can be opened (glibc loads them from files that a minimal system may lack). */
int charset_ready(struct err *e) XQ_MUST_CHECK;

#endif
