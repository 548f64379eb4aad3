#include "gateway/base/seal.h"

#include <openssl/crypto.h>
#include <string.h>

/* The cipher of this secret for this purpose. */
static struct crypto_gcm *cipher(const struct secret *s, const char *purpose, bool seals)
{
	uint8_t key[SHA256_LEN];
	crypto_hmac_sha256(s->key, sizeof s->key, purpose, strlen(purpose), key);
	struct crypto_gcm *g = crypto_gcm_create(key, seals);
	OPENSSL_cleanse(key, sizeof key);
	return g;
}

void seal(const struct secret *s, const char *purpose, const char *owner, const void *plain, size_t n, char out[SEAL_TEXT])
{
	uint8_t nonce[GCM_NONCE], bytes[SEAL_PLAIN_MAX + GCM_MORE];
	must(n <= SEAL_PLAIN_MAX);
	crypto_random(nonce, sizeof nonce);
	struct crypto_gcm *g = cipher(s, purpose, true);
	crypto_gcm_seal(g, nonce, owner, strlen(owner), plain, n, bytes);
	crypto_gcm_destroy(&g);
	crypto_hex(bytes, n + GCM_MORE, out);
}

int seal_open(const struct secret *s, const char *purpose, const char *owner, const char *sealed, uint8_t out[SEAL_PLAIN_MAX])
{
	uint8_t bytes[SEAL_PLAIN_MAX + GCM_MORE];
	size_t all = strlen(sealed) / 2;
	if (all < GCM_MORE || all > sizeof bytes || crypto_unhex(sealed, bytes, all) < 0)
		return E_DENIED;
	struct crypto_gcm *g = cipher(s, purpose, false);
	bool ok = crypto_gcm_open(g, owner, strlen(owner), bytes, all, out);
	crypto_gcm_destroy(&g);
	return ok ? (int)(all - GCM_MORE) : E_DENIED;
}
