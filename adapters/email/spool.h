/* A mail on its way in: in memory while small, then in an unlinked temporary file, so that many big mails at once do
 * not fill the memory. Thread: one at a time (the loop fills it, then a worker reads it). */
#ifndef XQ_EMAIL_SPOOL_H
#define XQ_EMAIL_SPOOL_H

#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

enum { SPOOL_MEMORY = 256 << 10 };

struct spool {
	struct buf memory;
	int fd;       /* -1: everything is in memory */
	size_t len;
	void *mapped; /* by spool_bytes(), until spool_fini() */
};
void spool_init(struct spool *s);
void spool_fini(struct spool *s);
/* Moves everything from *from, which is empty and usable afterwards. */
void spool_move(struct spool *to, struct spool *from);
int spool_add(struct spool *s, const void *p, size_t n, struct err *e) XQ_MUST_CHECK; /* E_IO: the disk */
/* The whole, contiguous; valid until spool_fini(). Nothing may be added after. NULL: E_IO. */
const char *spool_bytes(struct spool *s, struct err *e);

#endif
