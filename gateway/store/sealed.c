#include "gateway/store/sealed.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/log.h"
#include "gateway/base/metrics.h"
#include "gateway/store/tx.h"

enum { GENERATION = 4, NONCES = 40, HEAD_MAX = 8, BLIND_BYTES = 20, BLIND_TEXT = HEAD_MAX + 33, AAD_MAX = 40 };

struct seal_box {
	struct crypto_gcm *seal[SEALED_KEYS_MAX], *open[SEALED_KEYS_MAX];
	struct crypto_mac *blind[SEALED_KEYS_MAX], *ids;
	uint8_t nonces[NONCES * GCM_NONCE]; /* drawn many at once, each used once */
	size_t left;
};

/* --- keys --- */

static void derive(const uint8_t key[SECRET_LEN], const char *purpose, uint8_t out[SECRET_LEN])
{
	crypto_hmac_sha256(key, SECRET_LEN, purpose, strlen(purpose), out);
}

struct sealer *sealer_create(const struct keyring *keys)
{
	struct sealer *s = mem_new(struct sealer);
	s->now = -1;
	for (size_t i = 0; keys && i < keys->n; i++) {
		s->key[i].generation = keys->of[i].generation;
		derive(keys->of[i].key, "xinqiao fields", s->key[i].data);
		derive(keys->of[i].key, "xinqiao blind index", s->key[i].blind);
		s->n++;
	}
	atomic_init(&s->whole, false);
	return s;
}

void sealer_destroy(struct sealer **sp)
{
	if (!*sp)
		return;
	OPENSSL_cleanse(*sp, sizeof **sp);
	free(*sp);
	*sp = NULL;
}

void seal_box_destroy(struct seal_box **bp)
{
	for (size_t i = 0; *bp && i < SEALED_KEYS_MAX; i++) {
		crypto_gcm_destroy(&(*bp)->seal[i]);
		crypto_gcm_destroy(&(*bp)->open[i]);
		crypto_mac_destroy(&(*bp)->blind[i]);
	}
	if (*bp)
		crypto_mac_destroy(&(*bp)->ids);
	free(*bp);
	*bp = NULL;
}

static struct seal_box *box(struct session *s)
{
	if (!s->box)
		s->box = mem_new(struct seal_box);
	return s->box;
}

static struct crypto_gcm *cipher(struct session *s, size_t key, bool seals)
{
	struct crypto_gcm **c = seals ? &box(s)->seal[key] : &box(s)->open[key];
	if (!*c)
		*c = crypto_gcm_create(s->sealer->key[key].data, seals);
	return *c;
}

static const uint8_t *nonce(struct seal_box *b)
{
	if (b->left == 0) {
		crypto_random(b->nonces, sizeof b->nonces);
		b->left = NONCES;
	}
	return b->nonces + --b->left * GCM_NONCE;
}

/* --- one value --- */

static size_t aad(enum field f, uint64_t row, uint8_t out[AAD_MAX])
{
	static const char *const name[FIELDS] = { "conversation.peer", "conversation.peer_name", "ticket.peer", "ticket.peer_name",
		"message.author", "quarantine.peer", "raw", "seal.check", "ids.key", "message.external_id", "quarantine.raw",
		"receipt_early.external_id" };
	size_t n = strlen(name[f]);
	memcpy(out, name[f], n);
	for (int shift = 56; shift >= 0; shift -= 8)
		out[n++] = (uint8_t)(row >> shift);
	return n;
}

/* Into out, which has room for n + GCM_MORE. */
static void seal(struct session *s, size_t key, enum field f, uint64_t row, const void *plain, size_t n, uint8_t *out)
{
	uint8_t with[AAD_MAX];
	crypto_gcm_seal(cipher(s, key, true), nonce(box(s)), with, aad(f, row, with), plain, n, out);
}

/* Of all sealed bytes, into plain, which has room for what they are. */
static bool opens(struct session *s, size_t key, enum field f, uint64_t row, const uint8_t *bytes, size_t all, uint8_t *plain)
{
	uint8_t with[AAD_MAX];
	return crypto_gcm_open(cipher(s, key, false), with, aad(f, row, with), bytes, all, plain);
}

static const char *seal_text(struct session *s, struct arena *a, size_t key, enum field f, uint64_t row, const char *plain)
{
	size_t n = strlen(plain);
	uint8_t *bytes = arena_alloc(a, n + GCM_MORE);
	seal(s, key, f, row, plain, n, bytes);
	char *text = arena_alloc(a, HEAD_MAX + 4 * ((n + GCM_MORE + 2) / 3) + 2);
	int head = snprintf(text, HEAD_MAX, "%c%u:", SEAL_MARK, s->sealer->key[key].generation);
	crypto_base64(bytes, n + GCM_MORE, text + head);
	if (f == FIELD_MESSAGE_ID && strchr(plain, '#'))
		memcpy(text + strlen(text), "#", 2);
	return text;
}

/* The key of this generation, or -1: there is none, or it is none of ours. */
static int key_of_generation(const struct sealer *s, unsigned long generation)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (s->key[i].generation == generation)
			return (int)i;
	return -1;
}

/* Of a sealed text: the key it names, or -1; *rest: what stands behind its head. */
static int key_of(const struct sealer *s, const char *stored, char stop, const char **rest)
{
	char *end;
	unsigned long generation = strtoul(stored + 1, &end, 10);
	if (*end != stop)
		return -1;
	*rest = end + 1;
	return key_of_generation(s, generation);
}

static const char *open_text(struct session *s, struct arena *a, enum field f, uint64_t row, const char *stored)
{
	const char *rest = "";
	int key = key_of(s->sealer, stored, ':', &rest);
	size_t n = strcspn(rest, "#"), all = 0;
	uint8_t *bytes = arena_alloc(a, n / 4 * 3 + 1);
	if (key < 0 || crypto_base64_decode(rest, n, bytes, &all) < 0 || all < GCM_MORE)
		return NULL;
	char *plain = arena_alloc(a, all - GCM_MORE + 1);
	return opens(s, (size_t)key, f, row, bytes, all, (uint8_t *)plain) ? plain : NULL;
}

static bool is_marked(const char *s)
{
	return s[0] == SEAL_MARK;
}

bool field_sealed(const struct session *s, enum field f)
{
	return s->sealer && s->sealer->now >= 0 && (f < FIELD_MESSAGE_ID || s->sealer->by_ids);
}

/* What a citizen may name himself is never taken for sealed. */
const char *unmarked(const char *plain)
{
	while (is_marked(plain))
		plain++;
	return plain;
}

struct db_value v_sealed(struct tx *tx, enum field f, uint64_t row, const char *plain)
{
	const struct sealer *s = tx->session->sealer;
	if (!plain || !*plain)
		return v_text(plain);
	if (!field_sealed(tx->session, f))
		return v_text(unmarked(plain));
	return v_text(seal_text(tx->session, tx->arena, (size_t)s->now, f, row, plain));
}

const char *unseal(struct tx *tx, enum field f, uint64_t row, const char *stored)
{
	return is_marked(stored) ? open_text(tx->session, tx->arena, f, row, stored) : stored;
}

/* --- bytes --- */

static void put_generation(uint8_t out[GENERATION], uint32_t generation)
{
	generation = htobe32(generation);
	memcpy(out, &generation, GENERATION);
}

static uint32_t generation_of(const void *stored)
{
	uint32_t generation;
	memcpy(&generation, stored, GENERATION);
	return be32toh(generation);
}

struct db_value v_sealed_bytes(struct tx *tx, enum field f, uint64_t row, const void *p, size_t n)
{
	const struct sealer *s = tx->session->sealer;
	bool sealed = field_sealed(tx->session, f);
	size_t all = sealed ? n + GCM_MORE : n;
	uint8_t *bytes = arena_alloc(tx->arena, GENERATION + all);
	put_generation(bytes, sealed ? s->key[s->now].generation : 0);
	if (sealed)
		seal(tx->session, (size_t)s->now, f, row, p, n, bytes + GENERATION);
	else if (n)
		memcpy(bytes + GENERATION, p, n);
	return v_blob(bytes, GENERATION + all);
}

const void *unseal_bytes(struct tx *tx, enum field f, uint64_t row, const void *stored, size_t *n)
{
	const uint8_t *bytes = stored;
	if (*n < GENERATION)
		return NULL;
	*n -= GENERATION;
	uint32_t generation = generation_of(bytes);
	if (generation == 0)
		return bytes + GENERATION;
	int key = key_of_generation(tx->session->sealer, generation);
	if (key < 0 || *n < GCM_MORE)
		return NULL;
	uint8_t *plain = arena_alloc(tx->arena, *n - GCM_MORE + 1);
	bool open = opens(tx->session, (size_t)key, f, row, bytes + GENERATION, *n, plain);
	*n -= GCM_MORE;
	return open ? plain : NULL;
}

bool bytes_sealed_now(const struct session *s, enum field f, const void *stored, size_t n)
{
	const struct sealer *k = s->sealer;
	return !field_sealed(s, f) || (n >= GENERATION && key_of_generation(k, generation_of(stored)) == k->now);
}

static void unreadable(struct row *r, enum field f, uint64_t id)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	metric_add(metric_counter("xinqiao_sealed_unreadable_total", "", "Sealed fields that none of the keys opens"), 1);
	if (!atomic_flag_test_and_set(&told))
		log_error("store", "a sealed field does not open: its key is not in key_file, or it was changed", "row=%" PRIu64 " field=%d", id, f);
	r->tx->closed = true;
}

const char *row_sealed_text(struct row *r, enum field f, uint64_t id)
{
	const char *stored = row_text(r), *plain = stored ? unseal(r->tx, f, id, stored) : NULL;
	if (!stored || plain)
		return plain;
	unreadable(r, f, id);
	return "";
}

const char *row_sealed(struct row *r, enum field f, uint64_t id)
{
	const char *plain = row_sealed_text(r, f, id);
	return plain ? plain : "";
}

const void *row_sealed_bytes(struct row *r, enum field f, uint64_t id, size_t *n)
{
	const void *stored = row_blob(r, n), *plain = stored ? unseal_bytes(r->tx, f, id, stored, n) : NULL;
	if (stored && !plain) {
		unreadable(r, f, id);
		*n = 0;
	}
	return plain;
}

/* --- blinds --- */

static const char *mac_text(struct tx *tx, struct crypto_mac **by, const uint8_t key[SECRET_LEN], const char *head,
	const char *p, size_t n)
{
	uint8_t mac[SHA256_LEN];
	char *text = arena_alloc(tx->arena, BLIND_TEXT);
	if (!*by)
		*by = crypto_mac_create(key, SECRET_LEN);
	crypto_mac(*by, p, n, mac);
	crypto_base32(mac, BLIND_BYTES, text + snprintf(text, HEAD_MAX, "%c%s.", SEAL_MARK, head));
	return text;
}

static const char *blind(struct tx *tx, size_t key, const char *plain)
{
	const struct sealer_key *k = &tx->session->sealer->key[key];
	char head[HEAD_MAX];
	(void)snprintf(head, sizeof head, "%u", k->generation);
	return mac_text(tx, &box(tx->session)->blind[key], k->blind, head, plain, strlen(plain));
}

const char *id_mark(struct tx *tx, const char *id, size_t n)
{
	return mac_text(tx, &box(tx->session)->ids, tx->session->sealer->ids, "i", id, n);
}

const char *blind_now(struct tx *tx, const char *plain)
{
	const struct sealer *s = tx->session->sealer;
	if (!s || s->now < 0)
		return unmarked(plain);
	for (size_t i = 0; i < sizeof tx->blind / sizeof *tx->blind; i++)
		if (tx->blind[i].of && strcmp(tx->blind[i].of, plain) == 0)
			return tx->blind[i].blind;
	tx->blind[1] = tx->blind[0];
	tx->blind[0].of = arena_strdup(tx->arena, plain);
	return tx->blind[0].blind = blind(tx, (size_t)s->now, plain);
}

/* A row goes from an older blind to the newest: who asks for the newest last cannot miss it. */
size_t blinds(struct tx *tx, const char *plain, const char *out[BLINDS_MAX])
{
	struct sealer *s = tx->session->sealer;
	size_t n = 0;
	if (s && s->now >= 0 && !atomic_load(&s->whole)) {
		out[n++] = unmarked(plain);
		for (size_t i = 0; i < s->n; i++)
			if (s->key[i].used && (int)i != s->now)
				out[n++] = blind(tx, i, plain);
	}
	out[n++] = blind_now(tx, plain);
	return n;
}

bool is_sealed_now(const struct session *s, enum field f, const char *stored)
{
	const char *rest;
	const struct sealer *k = s->sealer;
	if (!field_sealed(s, f) || !*stored)
		return true;
	return is_marked(stored) && (key_of(k, stored, ':', &rest) == k->now || key_of(k, stored, '.', &rest) == k->now);
}
