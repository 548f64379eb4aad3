#include "gateway/base/seal.h"

#include <openssl/evp.h>
#include <string.h>

static void key_make(const struct secret *s, const char *purpose, uint8_t key[SHA256_LEN])
{
	crypto_hmac_sha256(s->key, sizeof s->key, purpose, strlen(purpose), key);
}

void seal(const struct secret *s, const char *purpose, const char *owner, const void *plain, size_t n, char out[SEAL_TEXT])
{
	uint8_t key[SHA256_LEN], bytes[SEAL_NONCE + SEAL_PLAIN_MAX + SEAL_TAG];
	int len = 0;
	must(n <= SEAL_PLAIN_MAX);
	key_make(s, purpose, key);
	crypto_random(bytes, SEAL_NONCE);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	must(c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, bytes) == 1 &&
		EVP_EncryptUpdate(c, NULL, &len, (const uint8_t *)owner, (int)strlen(owner)) == 1 &&
		EVP_EncryptUpdate(c, bytes + SEAL_NONCE, &len, plain, (int)n) == 1 &&
		EVP_EncryptFinal_ex(c, bytes + SEAL_NONCE + n, &len) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, SEAL_TAG, bytes + SEAL_NONCE + n) == 1);
	EVP_CIPHER_CTX_free(c);
	OPENSSL_cleanse(key, sizeof key);
	crypto_hex(bytes, SEAL_NONCE + n + SEAL_TAG, out);
}

int seal_open(const struct secret *s, const char *purpose, const char *owner, const char *sealed, uint8_t out[SEAL_PLAIN_MAX])
{
	uint8_t key[SHA256_LEN], bytes[SEAL_NONCE + SEAL_PLAIN_MAX + SEAL_TAG];
	size_t all = strlen(sealed) / 2;
	int len = 0;
	if (all < SEAL_NONCE + SEAL_TAG || all > sizeof bytes || crypto_unhex(sealed, bytes, all) < 0)
		return E_DENIED;
	size_t n = all - SEAL_NONCE - SEAL_TAG;
	key_make(s, purpose, key);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool ok = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, bytes) == 1 &&
		EVP_DecryptUpdate(c, NULL, &len, (const uint8_t *)owner, (int)strlen(owner)) == 1 &&
		EVP_DecryptUpdate(c, out, &len, bytes + SEAL_NONCE, (int)n) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, SEAL_TAG, bytes + SEAL_NONCE + n) == 1 &&
		EVP_DecryptFinal_ex(c, out + n, &len) == 1;
	EVP_CIPHER_CTX_free(c);
	OPENSSL_cleanse(key, sizeof key);
	return ok ? (int)n : E_DENIED;
}
