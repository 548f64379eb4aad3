/* HTML of strangers as libxml2's tree, where libxml2 can bear it: 2.9.14 compares each attribute of a tag with all before
 * it, and silently drops what follows once elements are nested 256 deep. Thread: any, after xmlInitParser(). */
#ifndef XQ_EMAIL_HTML_DOC_H
#define XQ_EMAIL_HTML_DOC_H

#include <libxml/HTMLparser.h>
#include <stddef.h>

#include "gateway/base/buf.h"

enum { HTML_DOC_MAX = 8 << 20, HTML_DOC_ATTRIBUTES = 200 /* of one tag */ };

/* UTF-8. NULL when there is nothing in it, or it cannot be read to its end. */
htmlDocPtr html_doc(const char *html, size_t n);
/* Appends the words alone, as HTML that html_doc() reads: no attributes, nothing nested, a <br> where a block began or ended. */
void html_flat(const char *html, size_t n, struct buf *out);

#endif
