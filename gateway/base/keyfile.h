/* A file that keys are kept in, of whatever form: its owner's alone, and whole or not there.
 * Thread: any; blocks on the disk. */
#ifndef XQ_BASE_KEYFILE_H
#define XQ_BASE_KEYFILE_H

#include <stdbool.h>

#include "gateway/base/err.h"

struct buf;

/* E_NOTFOUND: there is no such file; E_CONFIG: every user may read it. */
int keyfile_check(const char *path, struct err *e) XQ_MUST_CHECK;
/* Appends what it holds to *b, which the caller wipes (keyfile_fini). E_NOTFOUND: there is no such file; E_CONFIG: every user may read it. */
int keyfile_read(const char *path, struct buf *b, struct err *e) XQ_MUST_CHECK;
/* On disk when it returns 0, mode 0600, its folder made where there is none. first: never in the place of another, E_EXISTS when there
 * is one. */
int keyfile_put(const char *path, bool first, const struct buf *b, struct err *e) XQ_MUST_CHECK;
/* Wipes, and gives back. */
void keyfile_fini(struct buf *b);

#endif
