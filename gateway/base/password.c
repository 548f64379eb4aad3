#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/crypto.h"

/* N=16384, r=8, p=1 take 16 MB. A stored hash may ask for more, up to what would hurt the host. */
enum {
	SCRYPT_N = 16384, SCRYPT_R = 8, SCRYPT_P = 1, SALT_LEN = 16, HASH_LEN = 32, PASSWORD_MAX = 1024,
	SCRYPT_N_MAX = 1 << 17, SCRYPT_R_MAX = 16, SCRYPT_P_MAX = 4, SCRYPT_MEMORY = 320 << 20
};

static bool derive(const char *password, const uint8_t *salt, uint64_t n, uint64_t r, uint64_t p, uint8_t out[HASH_LEN])
{
	return EVP_PBE_scrypt(password, strlen(password), salt, SALT_LEN, n, r, p, SCRYPT_MEMORY, out, HASH_LEN) == 1;
}

int crypto_password_hash(const char *password, char out[PASSWORD_HASH_MAX], struct err *e)
{
	uint8_t salt[SALT_LEN], hash[HASH_LEN];
	char salt_hex[2 * SALT_LEN + 1], hash_hex[2 * HASH_LEN + 1];
	if (!*password || strlen(password) > PASSWORD_MAX)
		return err_set(e, E_RANGE, "a password has 1 to %d bytes", PASSWORD_MAX);
	crypto_random(salt, sizeof salt);
	if (!derive(password, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P, hash))
		return err_set(e, E_IO, "scrypt failed: not enough memory");
	snprintf(out, PASSWORD_HASH_MAX, "scrypt$%d$%d$%d$%s$%s", SCRYPT_N, SCRYPT_R, SCRYPT_P,
		crypto_hex(salt, SALT_LEN, salt_hex), crypto_hex(hash, HASH_LEN, hash_hex));
	return E_OK;
}

bool crypto_password_check(const char *password, const char *hash)
{
	uint64_t n, r, p;
	char salt_hex[2 * SALT_LEN + 1], hash_hex[2 * HASH_LEN + 1];
	uint8_t salt[SALT_LEN], want[HASH_LEN], got[HASH_LEN];
	int end = -1;
	if (sscanf(hash, "scrypt$%7" SCNu64 "$%3" SCNu64 "$%3" SCNu64 "$%32[0-9a-f]$%64[0-9a-f]%n", &n, &r, &p,
		    salt_hex, hash_hex, &end) != 5 ||
		end < 0 || hash[end])
		return false;
	if (n > SCRYPT_N_MAX || r > SCRYPT_R_MAX || p > SCRYPT_P_MAX || !*password || strlen(password) > PASSWORD_MAX)
		return false;
	if (crypto_unhex(salt_hex, salt, SALT_LEN) || crypto_unhex(hash_hex, want, HASH_LEN))
		return false;
	return derive(password, salt, n, r, p, got) && crypto_equal(got, want, HASH_LEN);
}
