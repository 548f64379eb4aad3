/* How often a password may be guessed, and what keeps whoever guesses from keeping its owner out.
 *
 * Wrong ones are counted by account and network. The fifth within an hour shuts the door for that network, to that account,
 * for five minutes, for the right password too; a further wrong one does it again. From all networks together sixty an hour
 * are heard. A browser that has logged in to the account before (device.h) has five of its own, whatever strangers do. Names
 * that are not there are counted as well, so that the same is written for them; many of them share a counter, so that nobody
 * fills the store.
 *
 * Inside a job; errors are the store's. */
#ifndef XQ_CONSOLE_TRIES_H
#define XQ_CONSOLE_TRIES_H

#include "gateway/base/crypto.h"
#include "gateway/store/store.h"

enum { TRIES_SHUT_MS = 5 * 60 * 1000 };

struct tries {
	const char *name;             /* what is counted under */
	const char *network, *device; /* sources; device: NULL where the browser is not known */
	int64_t all_due, network_due, device_due;
};

/* name: of the account, or as it was typed where there is none (there: false). device: its id, or "". In tx_arena(). */
int tries_look(struct tx *, const struct secret *, const char *name, bool there, const char *network,
	const char *device, struct tries *);
bool tries_left(const struct tries *, int64_t now); /* may a password be tried? */
/* A wrong one. *shut: the door is from now on. Where none may be tried nothing is counted, but as much is written. */
int tries_count(struct tx *, struct tries *, bool *shut);
/* The right one: the count of this network and this browser begins anew. */
int tries_end(struct tx *, const struct tries *);
/* Is somebody kept out of the account whom the right password would let in otherwise? */
int tries_shut(struct tx *, const char *name, bool *shut);

#endif
