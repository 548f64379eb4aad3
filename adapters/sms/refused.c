#include "adapters/sms/refused.h"

#include <string.h>

#include "gateway/base/crypto.h"

void refused_print(const uint8_t *p, size_t n, uint8_t print[REFUSED_PRINT])
{
	uint8_t sum[SHA256_LEN];
	crypto_sha256(p, n, sum);
	memcpy(print, sum, REFUSED_PRINT);
}

void refused_add(struct refused *r, const uint8_t print[REFUSED_PRINT])
{
	if (refused_has(r, print))
		return;
	memcpy(r->print[r->next], print, REFUSED_PRINT);
	r->next = (r->next + 1) % REFUSED_MAX;
	r->count += r->count < REFUSED_MAX;
}

bool refused_has(const struct refused *r, const uint8_t print[REFUSED_PRINT])
{
	for (unsigned i = 0; i < r->count; i++)
		if (!memcmp(r->print[i], print, REFUSED_PRINT))
			return true;
	return false;
}
