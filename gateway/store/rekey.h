/* Fields that identify a person (sealed.h), sealed anew. Conventions as in store.h. */
#ifndef XQ_STORE_REKEY_H
#define XQ_STORE_REKEY_H

#include "gateway/store/store.h"

/* Seals the next rows, at most `limit`, by the newest key; *done: every row is, and older keys are needed no more. Goes on where
 * the last one stopped, also another process's. E_AGAIN: a row was changed meanwhile; try again. */
int rekey_step(struct tx *, unsigned limit, size_t *rows, bool *done);
void store_sealed_whole(struct store *); /* after the commit of a step that was the last */
unsigned store_key(const struct store *); /* the generation in use; 0: nothing is sealed */

#endif
