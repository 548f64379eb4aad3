/* Names of what citizens attach, made harmless: what a mail or a browser says is a stranger's word. Pure; thread: any. */
#ifndef XQ_MODEL_ATTACHMENT_H
#define XQ_MODEL_ATTACHMENT_H

#include <stddef.h>

enum { ATTACHMENT_NAME_MAX = 200 }; /* bytes */

/* name: UTF-8 or nearly, may be NULL. out: UTF-8 without path, controls, bidi overrides, leading dots, its ending kept.
 * number: for a name of our own ("附件-1") when nothing is left. */
void attachment_name(const char *name, unsigned number, char out[ATTACHMENT_NAME_MAX + 1]);

#endif
