/* The bytes and the words of one MIME part. Inner tool of mime.c. */
#ifndef XQ_EMAIL_MIME_TEXT_H
#define XQ_EMAIL_MIME_TEXT_H

#include <gmime/gmime.h>

#include "adapters/email/charset.h"
#include "adapters/email/html_doc.h"
#include "gateway/base/buf.h"

/* The part's content with its transfer encoding undone; base64 by our own decoder. */
void mime_content(GMimePart *part, struct buf *out);
/* Appends a text part (plain or html) as readable UTF-8 with LF line ends. left and quote_at: as html_to_text; -1 for plain. */
void mime_text(GMimePart *part, bool html, enum charset_hint hint, struct html_budget *left, struct buf *out, long *quote_at);
/* Appends undeclared bytes as UTF-8 with LF line ends. */
void mime_plain(const char *label, enum charset_hint hint, const char *p, size_t n, struct buf *out);

#endif
