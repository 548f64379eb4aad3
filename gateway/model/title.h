/* What lists show of a message: the ticket's newest words, and a title, from the subject or those. Pure; in the arena. */
#ifndef XQ_MODEL_TITLE_H
#define XQ_MODEL_TITLE_H

#include "gateway/base/mem.h"

const char *ticket_newest(struct arena *, const char *text);
const char *ticket_title(struct arena *, const char *subject, const char *newest);

#endif
