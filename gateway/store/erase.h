/* Erasing what identifies a citizen and what he said: his address, name, texts, titles, comments, drafts, files' names, and the words by which
 * they are found. What statistics and the chain of events are made of stays: which ticket of which category was opened, answered,
 * closed and rated when. What was still to be asked of him is not asked, and what waits to be sent to him is not sent. The chain holds no words of citizens. Notes that staff gave
 * with a step are in it, and stay.
 *
 * Thread: inside a job. */
#ifndef XQ_STORE_ERASE_H
#define XQ_STORE_ERASE_H

#include "gateway/base/blob.h"
#include "gateway/store/store.h"

struct erased {
	int64_t messages, tickets, aside;
	struct blob_gone *file; /* in tx_arena(): what no row names any more; to be removed after the commit */
	size_t files;
};
/* The whole conversation, with an event "erased" for it and for each of its tickets. E_CONFLICT with words in *e while a ticket is open,
 * one of another conversation too in which what he said stands (flow/merge.h), or a message is being sent. */
int erase_conversation(struct tx *, uint64_t conversation, const char *actor, const char *reason, struct erased *, struct err *e);
/* 0, or that E_CONFLICT: of several that are joined all are asked before the first goes, for with it the others are no longer found. */
int erase_may(struct tx *, uint64_t conversation, struct err *e);
/* Conversations with nothing open whose last word was said before then, by id; after: newer than this one. What was erased stays as a
 * row: who goes on from where he was reads each once. */
int erase_due(struct tx *, int64_t before, uint64_t after, unsigned limit, uint64_t **ids, size_t *n);
/* What was kept aside from an address in its one form (model/address.h), also of who has no conversation: of the channel's next `limit`
 * after `after` (0: from the beginning) those that are his. *next: where to go on in another job, 0: that was all. */
int erase_aside(struct tx *, const char *channel, const char *peer, uint64_t after, unsigned limit, uint64_t *next, struct erased *);
/* The oldest that were kept aside before then, whoever wrote them. */
int erase_aside_old(struct tx *, int64_t before, unsigned limit, struct erased *);

#endif
