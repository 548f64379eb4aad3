/* Several paces (base/pace.h) at once: how often somebody may do what costs us something. Inside a write job. */
#ifndef XQ_FLOW_PACES_H
#define XQ_FLOW_PACES_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/crypto.h"
#include "gateway/store/store.h"

struct paced {
	const char *name; /* NULL: it does not apply */
	unsigned burst, window_ms;
	int64_t due;      /* set by paces_look() */
};

/* Keyed, so that whoever reads a name does not learn who it is of. In tx_arena(). */
const char *paces_mark(struct tx *, const struct secret *, const char *said);
/* How each would be after one more; *wait: milliseconds until all of them have room, 0: they do. */
int paces_look(struct tx *, struct paced *, size_t n, unsigned *wait);
/* It was done: counted in all that were looked at. */
int paces_count(struct tx *, const struct paced *, size_t n);

#endif
