/* Inside the store's room, at its border: fields that identify a person are sealed as they are bound to a statement and opened as
 * a row is read. Everything above sees them plain, and everything below only sealed.
 *
 * A sealed text is "\x02GENERATION:" and the base64 of nonce (12), ciphertext and tag (16): AES-256-GCM under a key made of the
 * generation's. The associated data is the field's name and its row's id, so that a value moved to another row or column does not
 * open. Of a message's id that has a "#" in it, it ends in one, for the index message_raw has only those. A field that is
 * looked up has its blind beside it: "\x02GENERATION." and HMAC-SHA-256 under another key made of the same, 160 bits of it in
 * base32; what channels call messages is found by its mark (ids.h). Without a key file all stays as it is; a plain value
 * never begins with "\x02".
 *
 * Sealed bytes have no mark: the generation in four bytes, big-endian, then nonce, ciphertext and tag; 0, then the bytes as they are.
 *
 * The generations that a store is sealed with stand in it (kept, space "seal"), each with a text sealed by it, so that a wrong key
 * file is found at the start and not by the first citizen.
 *
 * Thread: a sealer any; a box belongs to its session's. */
#ifndef XQ_STORE_SEALED_H
#define XQ_STORE_SEALED_H

#include <stdatomic.h>

#include "gateway/base/keyring.h"
#include "gateway/store/db.h"

enum field {
	FIELD_CONVERSATION_PEER, FIELD_CONVERSATION_NAME, FIELD_TICKET_PEER, FIELD_TICKET_NAME, FIELD_MESSAGE_AUTHOR, FIELD_QUARANTINE_PEER,
	FIELD_RAW, FIELD_CHECK, FIELD_ID_KEY,
	FIELD_MESSAGE_ID, FIELD_QUARANTINE_RAW, FIELD_RECEIPT_ID, FIELDS /* the last three: where ids are sealed too (ids.h) */
};
enum { SEAL_MARK = 2, SEALED_KEYS_MAX = KEYRING_MAX, BLINDS_MAX = KEYRING_MAX + 1 };

struct sealer {
	struct sealer_key {
		unsigned generation;
		bool used;   /* the store has what was sealed by it */
		uint8_t data[SECRET_LEN], blind[SECRET_LEN];
	} key[SEALED_KEYS_MAX];
	size_t n;
	int now;         /* of key[], what is sealed from here on; -1: nothing is */
	uint8_t ids[SECRET_LEN]; /* what ids are marked with */
	bool by_ids;     /* ids are marked */
	atomic_bool whole; /* everything is sealed by `now`: nothing else need be looked for */
};
struct seal_box;     /* a session's ciphers, set up once */

struct tx;
struct row;
struct session;

/* NULL keys: a sealer that seals nothing. */
struct sealer *sealer_create(const struct keyring *keys);
void sealer_destroy(struct sealer **s);
void seal_box_destroy(struct seal_box **b);

/* As parameters. NULL stays SQL's NULL, "" stays "". */
struct db_value v_sealed(struct tx *tx, enum field f, uint64_t row, const char *plain);
struct db_value v_sealed_bytes(struct tx *tx, enum field f, uint64_t row, const void *p, size_t n);
/* What a look-up asks for: in out[], in this order, the last one is what is written now. How many. */
size_t blinds(struct tx *tx, const char *plain, const char *out[BLINDS_MAX]);
const char *blind_now(struct tx *tx, const char *plain);
/* "\x02i." and HMAC-SHA-256 of n bytes under the ids' key, as a blind is written. */
const char *id_mark(struct tx *tx, const char *id, size_t n);
const char *unmarked(const char *plain); /* as it is stored where nothing is sealed: without "\x02" at its beginning */
bool field_sealed(const struct session *s, enum field f); /* is it sealed when it is written? */
bool is_sealed_now(const struct session *s, enum field f, const char *stored); /* by the key in use, or it is not to be */
bool bytes_sealed_now(const struct session *s, enum field f, const void *stored, size_t n);

/* From the row, as row_words() does. What does not open reads as "", is counted and logged, and marks the transaction (tx->closed). */
const char *row_sealed(struct row *r, enum field f, uint64_t id);
const char *row_sealed_text(struct row *r, enum field f, uint64_t id); /* as row_text() does: NULL for SQL's NULL */
const void *row_sealed_bytes(struct row *r, enum field f, uint64_t id, size_t *n); /* as row_blob() does */
/* The same of a value that was read already; NULL: it does not open. */
const char *unseal(struct tx *tx, enum field f, uint64_t row, const char *stored);
const void *unseal_bytes(struct tx *tx, enum field f, uint64_t row, const void *stored, size_t *n); /* *n: of what is stored, then of what it is */

/* The keys of a store: read from key_file (NULL: none), checked against what the store was sealed with. first: a gateway or a
 * command that has the store alone, which may begin with a new generation, and makes the file where there is none. */
int sealer_open(struct sealer **out, struct session *s, const char *key_file, bool first, struct err *e);

#endif
