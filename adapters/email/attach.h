/* Names of what a mail brings, out of the encodings that mailers put them in. Pure; thread: any. */
#ifndef XQ_EMAIL_ATTACH_H
#define XQ_EMAIL_ATTACH_H

#include "gateway/model/attachment.h"

/* As attachment_name(), from any bytes; name may be NULL. */
void attach_name(const char *name, unsigned number, char out[ATTACHMENT_NAME_MAX + 1]);

#endif
