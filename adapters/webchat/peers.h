/* Who is connected: the open connections of each citizen (several tabs, several devices with one token).
 * A hash table of small entries that holds 10,000 of them without effort. Thread: the loop. */
#ifndef XQ_WEBCHAT_PEERS_H
#define XQ_WEBCHAT_PEERS_H

#include <stddef.h>

#include "adapters/webchat/identity.h"

struct chat_session;

struct chat_peer {
	struct chat_peer *next;        /* in its bucket */
	struct chat_session *sessions; /* linked by the session's own next_of_peer */
	int64_t upload_due;            /* how fast it sends files (pace.h) */
	char name[CHAT_PEER_LEN + 1];
};

struct chat_peers {
	struct chat_peer **bucket;
	size_t buckets, count;
};

void chat_peers_init(struct chat_peers *t);
void chat_peers_fini(struct chat_peers *t); /* must be empty */
/* The entry, or NULL: nobody of that name is connected. */
struct chat_peer *chat_peers_find(const struct chat_peers *t, const char *name);
struct chat_peer *chat_peers_get(struct chat_peers *t, const char *name); /* made when absent; owned by the table */
void chat_peers_remove(struct chat_peers *t, struct chat_peer *p);        /* must have no sessions */

#endif
