#include "gateway/store/sealed.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/log.h"
#include "gateway/base/metrics.h"
#include "gateway/store/tx.h"

enum { GENERATION = 4, NONCE = 12, NONCES = 40, TAG = 16, HEAD_MAX = 8, BLIND_BYTES = 20, BLIND_TEXT = HEAD_MAX + 33, AAD_MAX = 40 };

struct seal_box {
	EVP_CIPHER_CTX *seal[SEALED_KEYS_MAX], *open[SEALED_KEYS_MAX];
	struct crypto_mac *blind[SEALED_KEYS_MAX];
	uint8_t nonces[NONCES * NONCE]; /* drawn many at once, each used once */
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
		EVP_CIPHER_CTX_free((*bp)->seal[i]); /* wipes its key */
		EVP_CIPHER_CTX_free((*bp)->open[i]);
		crypto_mac_destroy(&(*bp)->blind[i]);
	}
	free(*bp);
	*bp = NULL;
}

static struct seal_box *box(struct session *s)
{
	if (!s->box)
		s->box = mem_new(struct seal_box);
	return s->box;
}

static EVP_CIPHER_CTX *cipher(struct session *s, size_t key, bool seal)
{
	EVP_CIPHER_CTX **c = seal ? &box(s)->seal[key] : &box(s)->open[key];
	if (!*c)
		must((*c = EVP_CIPHER_CTX_new()) && EVP_CipherInit_ex(*c, EVP_aes_256_gcm(), NULL, s->sealer->key[key].data, NULL, seal) == 1);
	return *c;
}

static const uint8_t *nonce(struct seal_box *b)
{
	if (b->left == 0) {
		crypto_random(b->nonces, sizeof b->nonces);
		b->left = NONCES;
	}
	return b->nonces + --b->left * NONCE;
}

/* --- one value --- */

static size_t aad(enum field f, uint64_t row, uint8_t out[AAD_MAX])
{
	static const char *const name[FIELDS] = { "conversation.peer", "conversation.peer_name", "ticket.peer", "ticket.peer_name",
		"message.author", "quarantine.peer", "raw", "seal.check" };
	size_t n = strlen(name[f]);
	memcpy(out, name[f], n);
	for (int shift = 56; shift >= 0; shift -= 8)
		out[n++] = (uint8_t)(row >> shift);
	return n;
}

/* Into out, which has room for NONCE + n + TAG. */
static void seal(struct session *s, size_t key, enum field f, uint64_t row, const void *plain, size_t n, uint8_t *out)
{
	uint8_t with[AAD_MAX];
	int len = 0;
	EVP_CIPHER_CTX *c = cipher(s, key, true);
	memcpy(out, nonce(box(s)), NONCE);
	must(EVP_CipherInit_ex(c, NULL, NULL, NULL, out, -1) == 1 &&
		EVP_CipherUpdate(c, NULL, &len, with, (int)aad(f, row, with)) == 1 &&
		EVP_CipherUpdate(c, out + NONCE, &len, plain, (int)n) == 1 &&
		EVP_CipherFinal_ex(c, out + NONCE + n, &len) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + n) == 1);
}

/* Of all sealed bytes, into plain, which has room for what they are. */
static bool opens(struct session *s, size_t key, enum field f, uint64_t row, const uint8_t *bytes, size_t all, uint8_t *plain)
{
	uint8_t with[AAD_MAX], tag[TAG];
	int len = 0;
	size_t n = all - NONCE - TAG;
	EVP_CIPHER_CTX *c = cipher(s, key, false);
	memcpy(tag, bytes + NONCE + n, TAG);
	return EVP_CipherInit_ex(c, NULL, NULL, NULL, bytes, -1) == 1 &&
		EVP_CipherUpdate(c, NULL, &len, with, (int)aad(f, row, with)) == 1 &&
		EVP_CipherUpdate(c, plain, &len, bytes + NONCE, (int)n) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
		EVP_CipherFinal_ex(c, plain + n, &len) == 1;
}

static const char *seal_text(struct session *s, struct arena *a, size_t key, enum field f, uint64_t row, const char *plain)
{
	size_t n = strlen(plain);
	uint8_t *bytes = arena_alloc(a, NONCE + n + TAG);
	seal(s, key, f, row, plain, n, bytes);
	char *text = arena_alloc(a, HEAD_MAX + 4 * ((NONCE + n + TAG + 2) / 3) + 1);
	int head = snprintf(text, HEAD_MAX, "%c%u:", SEAL_MARK, s->sealer->key[key].generation);
	crypto_base64(bytes, NONCE + n + TAG, text + head);
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
	size_t n = strlen(rest), all = 0;
	uint8_t *bytes = arena_alloc(a, n / 4 * 3 + 1);
	if (key < 0 || crypto_base64_decode(rest, n, bytes, &all) < 0 || all < NONCE + TAG)
		return NULL;
	char *plain = arena_alloc(a, all - NONCE - TAG + 1);
	return opens(s, (size_t)key, f, row, bytes, all, (uint8_t *)plain) ? plain : NULL;
}

static bool is_marked(const char *s)
{
	return s[0] == SEAL_MARK;
}

/* What a citizen may name himself is never taken for sealed. */
static const char *unmarked(const char *plain)
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
	if (!s || s->now < 0)
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
	bool sealed = s && s->now >= 0;
	size_t all = sealed ? NONCE + n + TAG : n;
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
	if (key < 0 || *n < NONCE + TAG)
		return NULL;
	uint8_t *plain = arena_alloc(tx->arena, *n - NONCE - TAG + 1);
	bool open = opens(tx->session, (size_t)key, f, row, bytes + GENERATION, *n, plain);
	*n -= NONCE + TAG;
	return open ? plain : NULL;
}

bool bytes_sealed_now(const struct session *s, const void *stored, size_t n)
{
	const struct sealer *k = s->sealer;
	return !k || k->now < 0 || (n >= GENERATION && key_of_generation(k, generation_of(stored)) == k->now);
}

const char *row_sealed(struct row *r, enum field f, uint64_t id)
{
	const char *stored = row_words(r), *plain = unseal(r->tx, f, id, stored);
	if (plain)
		return plain;
	static atomic_flag told = ATOMIC_FLAG_INIT;
	metric_add(metric_counter("xinqiao_sealed_unreadable_total", "", "Sealed fields that none of the keys opens"), 1);
	if (!atomic_flag_test_and_set(&told))
		log_error("store", "a sealed field does not open: its key is not in key_file, or it was changed", "row=%" PRIu64 " field=%d", id, f);
	r->tx->closed = true;
	return "";
}

/* --- blinds --- */

static const char *blind(struct tx *tx, size_t key, const char *plain)
{
	const struct sealer_key *k = &tx->session->sealer->key[key];
	struct crypto_mac **by = &box(tx->session)->blind[key];
	uint8_t mac[SHA256_LEN];
	char *text = arena_alloc(tx->arena, BLIND_TEXT);
	if (!*by)
		*by = crypto_mac_create(k->blind, SECRET_LEN);
	crypto_mac(*by, plain, strlen(plain), mac);
	int head = snprintf(text, HEAD_MAX, "%c%u.", SEAL_MARK, k->generation);
	crypto_base32(mac, BLIND_BYTES, text + head);
	return text;
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

bool is_sealed_now(const struct session *s, const char *stored)
{
	const char *rest;
	const struct sealer *k = s->sealer;
	if (!k || k->now < 0 || !*stored)
		return true;
	return is_marked(stored) && (key_of(k, stored, ':', &rest) == k->now || key_of(k, stored, '.', &rest) == k->now);
}
