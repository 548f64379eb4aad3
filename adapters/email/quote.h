/* What the citizen says now, parted from what came along below it: the quotation of an earlier mail and the signature.
 * Knows the clients that Chinese citizens use. Never parts when nothing would be left above (a forwarded mail, an
 * answer written below the quotation): then everything is what was said. Pure; thread: any. */
#ifndef XQ_EMAIL_QUOTE_H
#define XQ_EMAIL_QUOTE_H

#include <stddef.h>

#define QUOTE_MARK_ZH "请在此行以上回复"
#define QUOTE_MARK_EN "Reply above this line"

struct quote {
	size_t said;  /* text[0, said) is what is said now, blank lines at its end left out */
	size_t below; /* text[below, …) is the quotation and signature; strlen(text) when there is none */
};
/* text: UTF-8, lines ended by LF. hint: where the HTML marked a quotation (html.h), or -1. */
struct quote quote_find(const char *text, long hint);

#endif
