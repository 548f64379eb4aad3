/* What we need of OpenSSL, with our limits on it.
 * Thread: any. crypto_password_hash() and _check() take about 50 ms and 16 MB: call them on a worker, never on the loop. */
#ifndef XQ_BASE_CRYPTO_H
#define XQ_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

enum { SHA256_LEN = 32, SHA1_LEN = 20, SECRET_LEN = 32, HEX_SHA256 = 65, MD5_LEN = 16, AES_KEY_LEN = 32, AES_BLOCK = 16 };

void crypto_random(void *out, size_t n); /* stops the process if the system has none */
void crypto_sha256(const void *p, size_t n, uint8_t out[SHA256_LEN]);
void crypto_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n, uint8_t out[SHA256_LEN]);
/* Only where a provider signs so. */
void crypto_hmac_sha1(const void *key, size_t key_len, const void *p, size_t n, uint8_t out[SHA1_LEN]);
/* HMAC-SHA256 by one key again and again, at a sixth of what crypto_hmac_sha256() costs each time; one thread at a time. */
struct crypto_mac;
struct crypto_mac *crypto_mac_create(const void *key, size_t key_len);
void crypto_mac_destroy(struct crypto_mac **);
void crypto_mac(struct crypto_mac *, const void *p, size_t n, uint8_t out[SHA256_LEN]);
void crypto_md5(const void *p, size_t n, uint8_t out[MD5_LEN]); /* only where a carrier's login wants it */
void crypto_sha1(const void *p, size_t n, uint8_t out[SHA1_LEN]); /* only where a platform's signature wants it */
bool crypto_equal(const void *a, const void *b, size_t n); /* constant time */
/* Lower-case hex; out holds 2n+1. */
char *crypto_hex(const void *p, size_t n, char *out);
int crypto_unhex(const char *hex, void *out, size_t n); /* exactly n bytes; E_MALFORMED */
/* Base32, lower case, no padding (safe in mail addresses and URLs); out holds (8n+4)/5 + 1. */
char *crypto_base32(const void *p, size_t n, char *out);
/* Base64 with padding; out holds 4 * ((n+2)/3) + 1. */
char *crypto_base64(const void *p, size_t n, char *out);
/* len a multiple of 4, no blanks; out holds len / 4 * 3 bytes. Spare bits of the last character may be set. E_MALFORMED. */
int crypto_base64_decode(const char *s, size_t len, uint8_t *out, size_t *n);
int crypto_base32_decode(const char *s, size_t len, uint8_t *out, size_t cap, size_t *n);

/* AES-256-GCM by one key again and again, set up once; it seals or it opens; one thread at a time. Sealed bytes are nonce,
 * ciphertext and tag: GCM_MORE more than the plain ones. */
enum { GCM_NONCE = 12, GCM_TAG = 16, GCM_MORE = GCM_NONCE + GCM_TAG };
struct crypto_gcm;
struct crypto_gcm *crypto_gcm_create(const uint8_t key[AES_KEY_LEN], bool seals);
void crypto_gcm_destroy(struct crypto_gcm **);
/* with: what it opens beside and nowhere else. A nonce serves one value of a key. out holds n + GCM_MORE. */
void crypto_gcm_seal(struct crypto_gcm *, const uint8_t nonce[GCM_NONCE], const void *with, size_t with_n, const void *plain,
	size_t n, uint8_t *out);
/* n of what is sealed; out holds n - GCM_MORE. false: another key, other things beside it, or it was changed. */
bool crypto_gcm_open(struct crypto_gcm *, const void *with, size_t with_n, const uint8_t *sealed, size_t n,
	uint8_t *out) XQ_MUST_CHECK;

/* AES-256-CBC without padding: n is a multiple of AES_BLOCK, out holds n bytes and may not be in. */
void crypto_aes256_cbc(bool encrypt, const uint8_t key[AES_KEY_LEN], const uint8_t iv[AES_BLOCK], const void *in, size_t n,
	uint8_t *out);

/* Keyed marks. mark_sign writes "<payload>.<mac>" where mac is the first `mac_chars` base32 characters of
 * HMAC-SHA-256(secret, purpose NUL payload). mark_check returns the payload's length, or E_DENIED. Both compare and
 * write lower case only, since some mail systems fold case. */
struct secret { uint8_t key[SECRET_LEN]; };
/* E_NOTFOUND when there is no such file; E_CONFIG when others may read it; E_CORRUPT. */
int secret_load(struct secret *s, const char *path, struct err *e) XQ_MUST_CHECK;
/* A new one, on disk with mode 0600; E_EXISTS when there is a file. */
int secret_make(struct secret *s, const char *path, struct err *e) XQ_MUST_CHECK;
void mark_sign(const struct secret *s, const char *purpose, const char *payload, unsigned mac_chars, char *out, size_t cap);
int mark_check(const struct secret *s, const char *purpose, const char *marked, unsigned mac_chars);

/* Password hashes: "scrypt$N$r$p$salt$hash", hex. */
enum { PASSWORD_HASH_MAX = 200 };
int crypto_password_hash(const char *password, char out[PASSWORD_HASH_MAX], struct err *e);
bool crypto_password_check(const char *password, const char *hash);

#endif
