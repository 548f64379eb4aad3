/* Merging, splitting, one citizen on several channels (flow/merge.h and flow/citizen.h decide). Conventions as in store.h. */
#ifndef XQ_STORE_MERGE_H
#define XQ_STORE_MERGE_H

#include "gateway/store/ticket.h"

int message_ids(struct tx *, uint64_t ticket, uint64_t **ids, size_t *n);
int message_move(struct tx *, uint64_t message, uint64_t from, uint64_t to); /* with its files; E_CONFLICT: not of `from` */
int ticket_merged(struct tx *, uint64_t ticket, uint64_t *into);             /* 0: it was not */
int ticket_set_merged(struct tx *, uint64_t ticket, uint64_t into);
int ticket_merged_here(struct tx *, uint64_t into, uint64_t **ids, size_t *n);
int ticket_list_conversation(struct tx *, uint64_t conversation, uint64_t after, unsigned limit, struct ticket_row **rows,
	size_t *n);
int conversation_citizen(struct tx *, uint64_t conversation, uint64_t *citizen); /* 0: known on this channel only */
int conversation_set_citizen(struct tx *, uint64_t conversation, uint64_t citizen);
int citizen_rename(struct tx *, uint64_t from, uint64_t to);
int citizen_conversations(struct tx *, uint64_t citizen, unsigned limit, uint64_t **ids, size_t *n);

#endif
