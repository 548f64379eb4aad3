#include "gateway/base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

/* Looking an algorithm up by its name costs more than hashing an event: it is done once. Never freed; immutable. */
static EVP_MD *sha256;

static void sha256_fetch(void)
{
	must((sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) != NULL);
}

void crypto_random(void *out, size_t n)
{
	must(RAND_priv_bytes_ex(NULL, out, n, 0) == 1);
}

void crypto_sha256(const void *p, size_t n, uint8_t out[SHA256_LEN])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	must(pthread_once(&once, sha256_fetch) == 0);
	must(EVP_Digest(n ? p : "", n, out, NULL, sha256, NULL) == 1);
}

static void hmac(const EVP_MD *md, const void *key, size_t key_len, const void *p, size_t n, uint8_t *out)
{
	unsigned len;
	must(key_len <= INT32_MAX);
	/* HMAC() takes a NULL key for "the key of before". */
	must(HMAC(md, key_len ? key : "", (int)key_len, n ? p : (const void *)"", n, out, &len));
}

void crypto_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n, uint8_t out[SHA256_LEN])
{
	hmac(EVP_sha256(), key, key_len, p, n, out);
}

void crypto_hmac_sha1(const void *key, size_t key_len, const void *p, size_t n, uint8_t out[SHA1_LEN])
{
	hmac(EVP_sha1(), key, key_len, p, n, out);
}

struct crypto_mac {
	EVP_MAC_CTX *c;
};

struct crypto_mac *crypto_mac_create(const void *key, size_t key_len)
{
	char digest[] = "SHA256";
	const OSSL_PARAM with[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end() };
	struct crypto_mac *m = mem_new(struct crypto_mac);
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	must(key_len > 0 && mac != NULL && (m->c = EVP_MAC_CTX_new(mac)) != NULL && EVP_MAC_init(m->c, key, key_len, with) == 1);
	EVP_MAC_free(mac);
	return m;
}

void crypto_mac_destroy(struct crypto_mac **m)
{
	if (*m != NULL)
		EVP_MAC_CTX_free((*m)->c); /* wipes its key */
	free(*m);
	*m = NULL;
}

void crypto_mac(struct crypto_mac *m, const void *p, size_t n, uint8_t out[SHA256_LEN])
{
	size_t len = 0;
	/* A NULL key: the one of before. */
	must(EVP_MAC_init(m->c, NULL, 0, NULL) == 1 && EVP_MAC_update(m->c, n ? p : (const void *)"", n) == 1 &&
		EVP_MAC_final(m->c, out, &len, SHA256_LEN) == 1 && len == SHA256_LEN);
}

struct crypto_gcm {
	EVP_CIPHER_CTX *c;
};

struct crypto_gcm *crypto_gcm_create(const uint8_t key[AES_KEY_LEN], bool seals)
{
	struct crypto_gcm *g = mem_new(struct crypto_gcm);
	must((g->c = EVP_CIPHER_CTX_new()) != NULL &&
		EVP_CipherInit_ex(g->c, EVP_aes_256_gcm(), NULL, key, NULL, seals) == 1);
	return g;
}

void crypto_gcm_destroy(struct crypto_gcm **g)
{
	if (*g != NULL)
		EVP_CIPHER_CTX_free((*g)->c); /* wipes its key */
	free(*g);
	*g = NULL;
}

void crypto_gcm_seal(struct crypto_gcm *g, const uint8_t nonce[GCM_NONCE], const void *with, size_t with_n, const void *plain,
	size_t n, uint8_t *out)
{
	int len = 0;
	memcpy(out, nonce, GCM_NONCE);
	must(EVP_CipherInit_ex(g->c, NULL, NULL, NULL, out, -1) == 1 &&
		EVP_CipherUpdate(g->c, NULL, &len, with, (int)with_n) == 1 &&
		EVP_CipherUpdate(g->c, out + GCM_NONCE, &len, plain, (int)n) == 1 &&
		EVP_CipherFinal_ex(g->c, out + GCM_NONCE + n, &len) == 1 &&
		EVP_CIPHER_CTX_ctrl(g->c, EVP_CTRL_GCM_GET_TAG, GCM_TAG, out + GCM_NONCE + n) == 1);
}

bool crypto_gcm_open(struct crypto_gcm *g, const void *with, size_t with_n, const uint8_t *sealed, size_t n,
	uint8_t *out)
{
	uint8_t tag[GCM_TAG];
	int len = 0;
	if (n < GCM_MORE)
		return false;
	n -= GCM_MORE;
	memcpy(tag, sealed + GCM_NONCE + n, GCM_TAG);
	return EVP_CipherInit_ex(g->c, NULL, NULL, NULL, sealed, -1) == 1 &&
		EVP_CipherUpdate(g->c, NULL, &len, with, (int)with_n) == 1 &&
		EVP_CipherUpdate(g->c, out, &len, sealed + GCM_NONCE, (int)n) == 1 &&
		EVP_CIPHER_CTX_ctrl(g->c, EVP_CTRL_GCM_SET_TAG, GCM_TAG, tag) == 1 &&
		EVP_CipherFinal_ex(g->c, out + n, &len) == 1;
}

void crypto_md5(const void *p, size_t n, uint8_t out[MD5_LEN])
{
	must(EVP_Digest(n ? p : "", n, out, NULL, EVP_md5(), NULL) == 1);
}

void crypto_sha1(const void *p, size_t n, uint8_t out[SHA1_LEN])
{
	must(EVP_Digest(n ? p : "", n, out, NULL, EVP_sha1(), NULL) == 1);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

char *crypto_hex(const void *p, size_t n, char *out)
{
	const uint8_t *b = p;
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = "0123456789abcdef"[b[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[b[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

char *crypto_base64(const void *p, size_t n, char *out)
{
	must(n <= INT32_MAX / 2);
	EVP_EncodeBlock((unsigned char *)out, n ? p : (const void *)"", (int)n);
	return out;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int crypto_unhex(const char *hex, void *out, size_t n)
{
	uint8_t *b = out;
	for (size_t i = 0; i < n; i++) {
		int high = hex_value(hex[2 * i]);
		int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
		if (low < 0)
			return E_MALFORMED;
		b[i] = (uint8_t)(high << 4 | low);
	}
	return hex[2 * n] ? E_MALFORMED : E_OK;
}

char *crypto_base32(const void *p, size_t n, char *out)
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
	const uint8_t *b = p;
	char *to = out;
	unsigned bits = 0, held = 0;
	for (size_t i = 0; i < n; i++) {
		held = (held << 8 | b[i]) & 0xFFF;
		for (bits += 8; bits >= 5; bits -= 5)
			*to++ = digit[held >> (bits - 5) & 31];
	}
	if (bits)
		*to++ = digit[held << (5 - bits) & 31];
	*to = '\0';
	return out;
}

static int base32_value(char c)
{
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'z' ? c - 'a' : -1;
}

int crypto_base32_decode(const char *s, size_t len, uint8_t *out, size_t cap, size_t *n)
{
	unsigned bits = 0, held = 0;
	*n = 0;
	for (size_t i = 0; i < len; i++) {
		int v = base32_value(s[i]);
		if (v < 0)
			return E_MALFORMED;
		held = (held << 5 | (unsigned)v) & 0xFFF;
		bits += 5;
		if (bits < 8)
			continue;
		bits -= 8;
		if (*n == cap)
			return E_RANGE;
		out[(*n)++] = (uint8_t)(held >> bits);
	}
	/* One value has one spelling: no needless last digit, no bits set behind the last byte. */
	return bits >= 5 || (held & ((1u << bits) - 1)) ? E_MALFORMED : E_OK;
}

static bool in_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

int crypto_base64_decode(const char *s, size_t len, uint8_t *out, size_t *n)
{
	*n = 0;
	if (len % 4 || len > INT32_MAX)
		return E_MALFORMED;
	if (len == 0)
		return E_OK;
	size_t padding = (size_t)(s[len - 1] == '=') + (s[len - 1] == '=' && s[len - 2] == '=');
	for (size_t i = 0; i < len - padding; i++) /* OpenSSL would skip blanks */
		if (!in_base64(s[i]))
			return E_MALFORMED;
	int got = EVP_DecodeBlock(out, (const unsigned char *)s, (int)len);
	if (got < 0)
		return E_MALFORMED;
	*n = (size_t)got - padding;
	return E_OK;
}

void crypto_aes256_cbc(bool encrypt, const uint8_t key[AES_KEY_LEN], const uint8_t iv[AES_BLOCK], const void *in, size_t n,
	uint8_t *out)
{
	int done = 0, last = 0;
	must(n % AES_BLOCK == 0 && n <= INT32_MAX);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	must(c && EVP_CipherInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv, encrypt) == 1);
	must(EVP_CIPHER_CTX_set_padding(c, 0) == 1);
	must(EVP_CipherUpdate(c, out, &done, in, (int)n) == 1);
	must(EVP_CipherFinal_ex(c, out + done, &last) == 1 && (size_t)(done + last) == n);
	EVP_CIPHER_CTX_free(c);
}
