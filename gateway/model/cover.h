/* What a citizen alone was told, so that it is known by it who asks: the address where he rates his ticket, a ticket's query code, the
 * code that proves a telephone. For everybody else it is covered in what they read; what is stored and sent stays whole. Pure. */
#ifndef XQ_MODEL_COVER_H
#define XQ_MODEL_COVER_H

#include <stdbool.h>
#include <string.h>

#include "gateway/base/buf.h"

enum cover_of {
	COVER_OURS,   /* what the gateway wrote: `event` is its notice */
	COVER_THEIRS, /* what the citizen wrote */
	COVER_QUOTED, /* what he sent back with it */
	COVER_ELSE
};
/* Bytes that the covered text may have at most. */
#define COVER_MAX(text) (3 * strlen(text) + 1)
/* true: there was something, and out (cleared first) has the text without it. event, text: may be NULL. */
bool cover(enum cover_of of, const char *event, const char *text, struct buf *out);

#endif
