/* The index of the words of messages. Conventions as in store.h. */
#ifndef XQ_STORE_SEARCH_H
#define XQ_STORE_SEARCH_H

#include "gateway/store/store.h"

/* Puts the next messages, at most `limit`, into the index; *n: how many, 0 when it has all that is old enough. */
int search_index(struct tx *, unsigned limit, size_t *n);

#endif
