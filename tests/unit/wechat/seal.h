/* The platform's side of the envelope, for tests: what our adapter opens, these write. Static, one program each. */
#ifndef XQ_TESTS_WECHAT_SEAL_H
#define XQ_TESTS_WECHAT_SEAL_H

#include <string.h>

#include "adapters/wechat/envelope.h"
#include "gateway/base/mem.h"

/* frame: with its padding, n a multiple of 16. Base64; free() it. */
static inline char *seal_frame(const uint8_t key[AES_KEY_LEN], const uint8_t *frame, size_t n)
{
	uint8_t *sealed = mem_alloc(n + 1);
	char *text = mem_alloc(4 * ((n + 2) / 3) + 1);
	crypto_aes256_cbc(true, key, key, frame, n, sealed);
	crypto_base64(sealed, n, text);
	free(sealed);
	return text;
}

/* random(16) | length | message | id | padding; *n: with padding. free() it. */
static inline uint8_t *seal_plain(const char *random, const char *message, const char *id, size_t *n)
{
	size_t m = strlen(message), i = strlen(id), whole = 20 + m + i, pad = 32 - whole % 32;
	uint8_t *frame = mem_alloc(whole + pad), length[4] = { (uint8_t)(m >> 24), (uint8_t)(m >> 16), (uint8_t)(m >> 8), (uint8_t)m };
	memcpy(frame, random, 16);
	memcpy(frame + 16, length, 4);
	memcpy(frame + 20, message, m);
	memcpy(frame + 20 + m, id, i);
	memset(frame + whole, (int)pad, pad);
	*n = whole + pad;
	return frame;
}

static inline char *seal(const struct envelope_key *k, const char *random, const char *message)
{
	size_t n;
	uint8_t *frame = seal_plain(random, message, k->id, &n);
	char *text = seal_frame(k->aes, frame, n);
	free(frame);
	return text;
}

#endif
