/* What a mail may look like before a MIME parser sees it. GMime 3.2.13 can be made to overflow its stack (nested
 * address groups), to run for seconds (many open boundaries, names without addresses) and to take gigabytes (endless
 * fields, addresses, parameters), so one pass over the lines counts first. It counts at least what GMime would meet:
 * where the two could differ, it counts more; what cannot be in a header, such as a file's lines, it leaves alone: a header
 * stands at the top, in a message within, or below a boundary that a Content-Type has named. A mail
 * past a limit is still a message with its raw bytes kept; only its MIME structure is not read. Pure; thread: any. */
#ifndef XQ_EMAIL_LIMITS_H
#define XQ_EMAIL_LIMITS_H

#include <stddef.h>

enum {
	LIMIT_STRUCTURED_FIELD = 16 << 10, /* bytes of one From, To, Cc, Content-Type … */
	LIMIT_STRUCTURED_MARKS = 1000,     /* ':' and ',' in it: groups and addresses */
	LIMIT_STRUCTURED = 512 << 10,      /* bytes of all of them */
	LIMIT_FIELD = 102400,              /* bytes of one field, as Postfix */
	LIMIT_FIELDS = 20000,              /* lines that may be fields, in the whole mail */
	LIMIT_TOP_FIELDS = 1000,           /* in the mail's own header */
	LIMIT_NESTING = 100,               /* fields that say multipart or message, as Postfix */
	LIMIT_DASH_LINES = 20000,          /* lines that begin with "--" */
	LIMIT_PARTS = 1000                 /* Content-Type fields in headers */
};

/* From the first byte that the parser is given. NULL: fine. Otherwise what is wrong, in fixed words. */
const char *limits_check(const char *p, size_t n);
/* The same for the value of one address field: must not be given to a parser when it returns words. */
const char *limits_address(const char *value);

#endif
