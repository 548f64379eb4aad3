/* format=flowed (RFC 3676): soft line breaks undone. DelSp=yes deletes the blank before the break; without that Chinese
 * text would get a blank at every one. Thread: any. */
#ifndef XQ_EMAIL_FLOWED_H
#define XQ_EMAIL_FLOWED_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"

void flowed_decode(const char *p, size_t n, bool delsp, struct buf *out);

#endif
