/* HTML of a mail as text that can be read: paragraphs, lists, tables and links keep their shape. libxml2 without
 * network and entities of others; the walk does not recurse. Of what libxml2 cannot bear, or would take too long for
 * (html_doc.h), the words are read all the same, without links and lists. Thread: any, after xmlInitParser(). */
#ifndef XQ_EMAIL_HTML_H
#define XQ_EMAIL_HTML_H

#include <stddef.h>

#include "adapters/email/html_doc.h"
#include "gateway/base/buf.h"

enum { HTML_NO_QUOTE = -1 };

/* Appends the text of an HTML document given as UTF-8. left: of its mail. quote_at (may be NULL): where the text begins
 * that the writer's program marked as a quotation (Gmail, 163, Outlook, Apple, Mail Master, 139, Sina), as an offset into
 * out; else HTML_NO_QUOTE. */
void html_to_text(const char *html, size_t n, struct html_budget *left, struct buf *out, long *quote_at);
/* The charset that <meta> in the first 1,024 bytes names, or "". */
void html_charset(const char *html, size_t n, char out[40]);

#endif
