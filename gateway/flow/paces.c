#include "gateway/flow/paces.h"

#include <string.h>

#include "gateway/base/pace.h"
#include "gateway/store/pace.h"

const char *paces_mark(struct tx *tx, const struct secret *secret, const char *said)
{
	uint8_t mac[SHA256_LEN];
	char hex[HEX_SHA256];
	crypto_hmac_sha256(secret->key, sizeof secret->key, said, strlen(said), mac);
	return arena_strdup(tx_arena(tx), crypto_hex(mac, sizeof mac / 2, hex));
}

int paces_look(struct tx *tx, struct paced *p, size_t n, unsigned *wait)
{
	int rc = 0;
	*wait = 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (p[i].name == NULL || (rc = pace_get(tx, p[i].name, &p[i].due)) < 0)
			continue;
		unsigned ms = pace(&p[i].due, tx_now(tx), p[i].burst, p[i].window_ms);
		*wait = ms > *wait ? ms : *wait;
	}
	return rc;
}

int paces_count(struct tx *tx, const struct paced *p, size_t n)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (p[i].name != NULL)
			rc = pace_put(tx, p[i].name, p[i].due);
	return rc;
}
