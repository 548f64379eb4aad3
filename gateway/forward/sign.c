#include "gateway/forward/sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"

static const char PREFIX[] = "whsec_";

int forward_key_read(const char *secret, struct forward_key *key, struct err *e)
{
	size_t len = strlen(secret);
	key->n = 0;
	if (strncmp(secret, PREFIX, sizeof PREFIX - 1) == 0) {
		secret += sizeof PREFIX - 1;
		len -= sizeof PREFIX - 1;
		if (len / 4 * 3 > FORWARD_KEY_MAX || crypto_base64_decode(secret, len, key->bytes, &key->n) < 0)
			return err_set(e, E_MALFORMED, "what stands behind whsec_ is not base64 of at most %d bytes", FORWARD_KEY_MAX);
	} else if (len <= FORWARD_KEY_MAX) {
		memcpy(key->bytes, secret, len);
		key->n = len;
	}
	if (key->n < FORWARD_KEY_LEAST)
		return err_set(e, E_RANGE, "must hold %d to %d bytes; 'openssl rand -base64 32' makes a good one", FORWARD_KEY_LEAST,
			FORWARD_KEY_MAX);
	return 0;
}

void forward_sign(const struct forward_key *key, const char *id, int64_t at, const char *body, char out[FORWARD_SIGNATURE])
{
	struct buf b;
	uint8_t mac[SHA256_LEN];
	char text[4 * ((SHA256_LEN + 2) / 3) + 1];
	buf_init(&b, strlen(id) + strlen(body) + 64);
	buf_addf(&b, "%s.%" PRId64 ".", id, at);
	buf_adds(&b, body);
	crypto_hmac_sha256(key->bytes, key->n, b.data, b.len, mac);
	buf_fini(&b);
	(void)snprintf(out, FORWARD_SIGNATURE, "v1,%s", crypto_base64(mac, sizeof mac, text));
}
