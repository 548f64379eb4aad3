/* Names and types of what citizens attach. A name is made harmless, a type is read from the bytes: what a mail declares
 * is a stranger's word. Pure; thread: any. */
#ifndef XQ_EMAIL_ATTACH_H
#define XQ_EMAIL_ATTACH_H

#include <stddef.h>

enum { ATTACH_NAME_MAX = 200 };

/* UTF-8 without path, controls, bidi overrides, leading dots; at most ATTACH_NAME_MAX bytes with its ending kept.
 * name: any bytes, may be NULL; number: for a name of our own ("附件-1") when nothing is left. */
void attach_name(const char *name, unsigned number, char out[ATTACH_NAME_MAX + 1]);
/* A media type by content; declared (may be NULL) only decides between text types and where the bytes say nothing. */
const char *attach_type(const void *p, size_t n, const char *name, const char *declared);

#endif
