/* Inside the store's room: what the chain of each node is made of.
 *
 * A message's digest = SHA-256(salt ‖ subject, text, quoted, raw_sha256 and the names of its files), all that erasing takes away. Who
 * guesses at erased words has no salt to try them with, for it is erased with them.
 * A message's link = SHA-256(link before ‖ digest ‖ what of the message stays). The node's last one, `said`, stands in table node and
 * goes into every event:
 * An event's hash = SHA-256(hash before ‖ node ‖ seq ‖ id ‖ at ‖ ticket ‖ kind, actor and data ‖ said). A node that has said nothing
 * yet, or whose messages are all from before there were digests, has none.
 * Numbers are 8 bytes big-endian, each text stands behind its length, and NULL is the empty text.
 *
 * So a text that was changed does not fit its digest, a digest or a message's place that was changed does not fit the next event,
 * and an event that was changed does not fit the next one, or the head, or an anchor. */
#ifndef XQ_STORE_CHAIN_H
#define XQ_STORE_CHAIN_H

#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/store/store.h"

enum { CHAIN_TEXTS = 5, SALT_LEN = 16 };

struct chain_text {
	const char *p;
	size_t n;
};
static inline struct chain_text chain_text(const char *s)
{
	return s ? (struct chain_text){ s, strlen(s) } : (struct chain_text){ "", 0 };
}

struct chain_event {
	uint64_t node, seq, id, at, ticket;
	struct chain_text text[3]; /* kind, actor, data */
};
struct chain_message {
	uint64_t id, conversation, seq, sender, survey, at, sent_at;
	struct chain_text stays[3];            /* the author, unless a citizen; event; external_id */
	struct chain_text words[CHAIN_TEXTS];  /* subject, text, quoted, raw_sha256; the files' SHA-256, by id, with commas between */
};

bool chain_says(const uint8_t said[SHA256_LEN]); /* has a node said anything? */
void chain_digest(struct arena *, const uint8_t salt[SALT_LEN], const struct chain_message *, uint8_t digest[SHA256_LEN]);
/* said: the link before, and this one then. */
void chain_link(struct arena *, const struct chain_message *, const uint8_t digest[SHA256_LEN], uint8_t said[SHA256_LEN]);
/* hash: of the event before, and of this one then. */
void chain_hash(struct arena *, const struct chain_event *, const uint8_t said[SHA256_LEN], uint8_t hash[SHA256_LEN]);

/* Events that the walk looks into: {"conversation":"…",…} and {"digest":"…","message":"…"}. */
#define CHAIN_ERASED "erased"
#define CHAIN_REWORDED "reworded"

/* A message that is inserted; its files as they are in *m. */
void chain_message_of(struct arena *, const struct message_row *m, struct chain_message *);

#endif
