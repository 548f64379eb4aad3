/* A text as a QR code (libqrencode), drawn as the path of an SVG: one unit a module, without the quiet zone. Any thread. */
#ifndef XQ_BASE_QR_H
#define XQ_BASE_QR_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

enum { QR_TEXT_MAX = 1000 };

/* *size: modules a side. E_RANGE: the text is too long. */
int qr_path(const char *text, struct buf *path, unsigned *size, struct err *) XQ_MUST_CHECK;

#endif
