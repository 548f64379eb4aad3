/* When a department's officer (联络员) was told last, and what of that did not reach him. Conventions as in store.h. */
#ifndef XQ_STORE_LIAISON_H
#define XQ_STORE_LIAISON_H

#include "gateway/store/message.h"

/* 0: never, or the last text is known not to have arrived, or it was by a clock that was put back since. */
int liaison_told_at(struct tx *, const char *department, int64_t *at);
int liaison_told(struct tx *, const char *department); /* now */

/* Of which ticket he was told by this message, as the ticket's event "liaison" says. */
struct liaison_missed { uint64_t ticket; const char *department; };
/* A message of ours failed: if it was his last, he counts as not told. ticket 0: it was none to an officer. */
int liaison_missed(struct tx *, const struct message_row *, struct liaison_missed *);

#endif
