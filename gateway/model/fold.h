/* A text made comparable, with the way back to what was written. The rules about words
 * (text.h, survey.h, ticket.h) match in a fold and report offsets of the original.
 *
 * On top of text_fold(): line breaks stay (they end a sentence), the traditional characters our word lists use become
 * simplified, and curly apostrophes become straight. */
#ifndef XQ_MODEL_FOLD_H
#define XQ_MODEL_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { FOLD_MAX = 64 * 1024 }; /* what stands behind this many bytes decides nothing */

struct fold {
	struct buf s;
	uint32_t *at; /* at[i]: byte offset in the original of folded byte i; at[s.len]: where the original ended */
};

void fold_init(struct fold *f, const char *text);
void fold_fini(struct fold *f);

/* One code point: 0 to drop it, ' ' or '\n' for white space, else what to compare. */
uint32_t fold_char(uint32_t cp);

#endif
