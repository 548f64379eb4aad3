#include "adapters/sms/cmpp/login.h"

#include <stdio.h>
#include <string.h>

#include "adapters/sms/cmpp/pdu.h"

enum { TIMESTAMP_DIGITS = 10 };
static const uint8_t NUL[9];

void cmpp_authenticator(const char *source_addr, bool padded, const char *secret, uint32_t timestamp,
	uint8_t out[MD5_LEN])
{
	struct buf b;
	buf_init(&b, CMPP_SP_ID_MAX + sizeof NUL + CMPP_SECRET_MAX + TIMESTAMP_DIGITS);
	size_t n = strlen(source_addr);
	bool fits = n <= CMPP_SP_ID_MAX && buf_add(&b, source_addr, n) && buf_add(&b, NUL, padded ? CMPP_SP_ID_MAX - n : 0) &&
		buf_add(&b, NUL, sizeof NUL) && buf_adds(&b, secret) && buf_addf(&b, "%010u", timestamp);
	must(fits);
	crypto_md5(b.data, b.len, out);
	buf_fini(&b);
}

static void proof_of(uint32_t status, bool wide, const uint8_t ours[MD5_LEN], const char *secret, uint8_t out[MD5_LEN])
{
	struct buf b;
	buf_init(&b, 4 + MD5_LEN + CMPP_SECRET_MAX);
	bool fits = (wide ? buf_u32(&b, status) : buf_u8(&b, (uint8_t)status)) && buf_add(&b, ours, MD5_LEN) &&
		buf_adds(&b, secret);
	must(fits);
	crypto_md5(b.data, b.len, out);
	buf_fini(&b);
}

bool cmpp_server_proved(const uint8_t proof[MD5_LEN], uint32_t status, const uint8_t ours[MD5_LEN], const char *secret)
{
	uint8_t narrow[MD5_LEN], wide[MD5_LEN];
	proof_of(status, false, ours, secret, narrow);
	proof_of(status, true, ours, secret, wide);
	return crypto_equal(proof, narrow, MD5_LEN) || crypto_equal(proof, wide, MD5_LEN);
}

uint8_t cmpp_next_version(uint8_t asked, uint8_t offered, uint8_t configured)
{
	if (offered >= CMPP_V20 && offered < asked)
		return offered;
	return asked >= CMPP_V30 ? CMPP_V20 : configured;
}

const char *cmpp_login_words(uint32_t status)
{
	static const char *const words[] = { "ok", "the message structure is wrong", "source_addr is wrong",
		"the secret is wrong", "the version is too high" };
	return status < sizeof words / sizeof words[0] ? words[status] : "refused for another reason";
}
