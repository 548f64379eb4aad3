/* Names of what citizens attach, made harmless. Pure; thread: any. */
#ifndef XQ_EMAIL_ATTACH_H
#define XQ_EMAIL_ATTACH_H

#include <stddef.h>

enum { ATTACH_NAME_MAX = 200 };

/* UTF-8 without path, controls, bidi overrides, leading dots; at most ATTACH_NAME_MAX bytes with its ending kept.
 * name: any bytes, may be NULL; number: for a name of our own ("附件-1") when nothing is left. */
void attach_name(const char *name, unsigned number, char out[ATTACH_NAME_MAX + 1]);

#endif
