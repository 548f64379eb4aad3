/* A file in a mail of ours: one part of a multipart/mixed. Pure; thread: any. */
#ifndef XQ_EMAIL_ENCLOSE_H
#define XQ_EMAIL_ENCLOSE_H

#include "gateway/base/buf.h"
#include "gateway/model/message.h"

/* Appends the part behind its boundary line. A name beyond ASCII is written as RFC 2231 wants it, and beside the type as the
 * encoded word that older clients look for. */
void enclose(const struct msg_attachment *a, const struct buf *bytes, const char *boundary, struct buf *out);

#endif
