/* Long texts: the platforms count bytes. Pure; thread: any. */
#ifndef XQ_WECHAT_SPLIT_H
#define XQ_WECHAT_SPLIT_H

#include <stddef.h>

enum { SPLIT_MAX = 2048 };

/* Bytes of the next part of n: at most SPLIT_MAX, behind a line end when one is near the end, else on a character's border. The
 * parts together are the text, byte for byte. 0 only for n 0. */
size_t split_next(const char *p, size_t n);
/* adapter_ops.parts: at least 1. */
unsigned split_parts(const char *text);

#endif
