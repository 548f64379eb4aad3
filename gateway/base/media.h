/* The media type of a file by its bytes: what a stranger declares is only a stranger's word. Pure; thread: any. */
#ifndef XQ_BASE_MEDIA_H
#define XQ_BASE_MEDIA_H

#include <stddef.h>

/* name: for endings where the bytes say only the family; declared (may be NULL) decides between text types. */
const char *media_type(const void *p, size_t n, const char *name, const char *declared);

#endif
