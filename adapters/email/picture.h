/* Pictures inside a text. HTML that shows a part of the same mail ("cid:…"), and Outlook's plain text of it, leave a mark
 * "[cid:ID]" in the text; when all parts are known the mark becomes "[file name]", so a reader, and the console, find the
 * picture at its place. Pure; thread: any. */
#ifndef XQ_EMAIL_PICTURE_H
#define XQ_EMAIL_PICTURE_H

#include <stddef.h>

#include "gateway/base/buf.h"

#define PICTURE_MARK "[cid:"
enum { PICTURE_ID_MAX = 200 };

struct picture {
	const char *id;   /* Content-ID without brackets, or NULL */
	const char *name; /* the file's */
};
/* Replaces text's marks. *at: an offset into the text that moves along; -1: none. */
void pictures_place(const struct picture *p, size_t n, struct buf *text, long *at);

#endif
