/* The words of HTML without its structure, whatever it is: one pass and no tree, so that megabytes of tags take no longer
 * than as many of words. Pure; thread: any. */
#ifndef XQ_EMAIL_HTML_FLAT_H
#define XQ_EMAIL_HTML_FLAT_H

#include <stddef.h>

#include "gateway/base/buf.h"

/* Appends the text of UTF-8 until the buffer is full: no attributes, a line end where a block began or ended. *references:
 * how many may still be looked up by name; the rest is left as it is written. */
void html_flat(const char *html, size_t n, size_t *references, struct buf *out);

#endif
