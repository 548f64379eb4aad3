#include "gateway/base/totp.h"

#include "gateway/base/crypto.h"

uint32_t totp_code(const void *key, size_t n, uint64_t step, unsigned digits)
{
	uint8_t counter[8], mac[SHA1_LEN];
	uint32_t ten = 1;
	for (unsigned i = 0; i < 8; i++)
		counter[i] = (uint8_t)(step >> (56 - 8 * i));
	crypto_hmac_sha1(key, n, counter, sizeof counter, mac);
	unsigned at = mac[SHA1_LEN - 1] & 15;
	uint32_t v = ((uint32_t)mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 | (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	must(digits >= 6 && digits <= 8);
	for (unsigned i = 0; i < digits; i++)
		ten *= 10;
	return v % ten;
}

/* -1: not six digits. */
static int64_t digits_read(const char *code)
{
	int64_t v = 0;
	unsigned n = 0;
	for (; *code; code++) {
		if (*code == ' ')
			continue;
		if (*code < '0' || *code > '9' || ++n > TOTP_DIGITS)
			return -1;
		v = v * 10 + (*code - '0');
	}
	return n == TOTP_DIGITS ? v : -1;
}

int64_t totp_find(const void *key, size_t n, const char *code, int64_t now, int64_t used)
{
	int64_t said = digits_read(code), step = now / 1000 / TOTP_STEP_S;
	if (said < 0)
		return -1;
	for (int64_t s = step - TOTP_WINDOW; s <= step + TOTP_WINDOW; s++)
		if (s > used && totp_code(key, n, (uint64_t)s, TOTP_DIGITS) == (uint32_t)said)
			return s;
	return -1;
}
