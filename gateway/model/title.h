/* What lists show of a message: the ticket's newest words, and a title, from the subject or those. Pure; any thread. */
#ifndef XQ_MODEL_TITLE_H
#define XQ_MODEL_TITLE_H

#include <stdbool.h>

#include "gateway/base/mem.h"

/* Both are in the arena. */
const char *ticket_newest(struct arena *, const char *text);
const char *ticket_title(struct arena *, const char *subject, const char *newest);

/* Nothing of a matter: an opening (text.h), a courtesy, names of files, no word at all, or one to the hotline (人工). */
bool title_says_nothing(const char *title);
/* Enough of a matter to name a ticket in place of a title that says nothing. */
bool title_tells(const char *words);

#endif
