/* Signatures of Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md):
 * webhook-signature: "v1," base64(HMAC-SHA256(key, webhook-id "." webhook-timestamp "." body)). Pure. */
#ifndef XQ_FORWARD_SIGN_H
#define XQ_FORWARD_SIGN_H

#include <stdint.h>

#include "gateway/base/err.h"

enum { FORWARD_KEY_MAX = 256, FORWARD_KEY_LEAST = 16, FORWARD_SIGNATURE = 64 };
struct forward_key {
	uint8_t bytes[FORWARD_KEY_MAX];
	size_t n;
};
/* "whsec_" and base64, as receivers' libraries take it; any other text is the key itself. E_MALFORMED, E_RANGE with words. */
int forward_key_read(const char *secret, struct forward_key *key, struct err *e) XQ_MUST_CHECK;
/* The value of webhook-signature; at: seconds, the value of webhook-timestamp. */
void forward_sign(const struct forward_key *key, const char *id, int64_t at, const char *body, char out[FORWARD_SIGNATURE]);

#endif
