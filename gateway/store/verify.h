/* The walk over the chains of all nodes. Conventions as in store.h. */
#ifndef XQ_STORE_VERIFY_H
#define XQ_STORE_VERIFY_H

#include "gateway/store/anchor.h"

/* Walks every chain (store/chain.h); E_CORRUPT with words naming the first event that does not fit, or the first message whose words
 * are others than when it was written. progress may be NULL; it is told of events and messages. */
int event_verify(struct tx *, int64_t *events, void (*progress)(void *, int64_t), void *arg, struct err *e);
struct event_verified {
	int64_t events, messages; /* messages: whose words are in the chain */
	int64_t unproven;         /* messages from before there were digests */
	int64_t since;            /* when the first of those in the chain was written; 0: there is none */
};
/* As event_verify; also E_CORRUPT when an anchor's event is missing or another one. */
int event_verify_anchored(struct tx *, const struct anchor *a, size_t n, struct event_verified *, void (*progress)(void *, int64_t),
	void *arg, struct err *e);

#endif
