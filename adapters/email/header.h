/* A mail's header block, read by ourselves: what we decide by (ids, marks of machines, subject) must not depend on a
 * MIME parser that gives up on a broken mail. Bounded by the caps below.
 * Thread: any. */
#ifndef XQ_EMAIL_HEADER_H
#define XQ_EMAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/mem.h"

enum {
	HEADER_LINES_MAX = 1000,     /* fields */
	HEADER_BLOCK_MAX = 256 << 10,
	HEADER_FIELD_MAX = 102400
};

struct header {
	const char *name;  /* as written */
	const char *value; /* unfolded, ends trimmed; undecoded, may hold any byte but NUL */
};
struct headers {
	struct header *field;
	size_t count;
	size_t start; /* where the mail begins: behind leading blank lines and a "From " line */
	size_t body;  /* where the body begins; == start when there is no header at all */
};

/* Reads up to the caps; memory is the arena's. A mail that begins with no field a mail could have has no header. */
void headers_read(struct arena *a, const char *p, size_t n, struct headers *h);
/* The first field of that name, or NULL. */
const char *header_get(const struct headers *h, const char *name);

#endif
