/* Inside the store's room: what of the index other verbs need. */
#ifndef XQ_STORE_SEARCH_INNER_H
#define XQ_STORE_SEARCH_INNER_H

#include "gateway/store/search.h"
#include "gateway/store/ticket_list.h"

/* A message's words, as they were, are found no more. */
int search_forget(struct tx *, uint64_t message, const char *subject, const char *text);
/* ticket_list by words */
int ticket_search(struct tx *, const struct ticket_query *, struct ticket_row **rows, size_t *n, uint64_t *next);

#endif
