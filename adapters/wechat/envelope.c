#include "adapters/wechat/envelope.h"

#include <string.h>

#include "gateway/base/mem.h"

enum { BLOCK = 32, LENGTH = 4, HEAD = ENVELOPE_RANDOM + LENGTH };

bool envelope_key_read(const char *text, uint8_t out[AES_KEY_LEN])
{
	char padded[ENVELOPE_KEY_CHARS + 2];
	uint8_t bytes[AES_KEY_LEN + 1];
	size_t n;
	if (!text || strlen(text) != ENVELOPE_KEY_CHARS)
		return false;
	memcpy(padded, text, ENVELOPE_KEY_CHARS);
	memcpy(padded + ENVELOPE_KEY_CHARS, "=", 2);
	if (crypto_base64_decode(padded, ENVELOPE_KEY_CHARS + 1, bytes, &n) < 0 || n != AES_KEY_LEN)
		return false;
	memcpy(out, bytes, AES_KEY_LEN);
	return true;
}

/* --- signatures --- */

void envelope_sign(const char *token, const char *timestamp, const char *nonce, const char *encrypt,
	char out[ENVELOPE_SIGNATURE + 1])
{
	const char *word[] = { token, timestamp, nonce, encrypt };
	enum { WORDS = sizeof word / sizeof *word };
	size_t all = 0;
	for (size_t i = 0; i < WORDS; i++) {
		const char *w = word[i] ? word[i] : "";
		size_t at = i;
		for (; at > 0 && strcmp(word[at - 1], w) > 0; at--)
			word[at] = word[at - 1];
		word[at] = w;
		all += strlen(w);
	}
	struct buf b;
	uint8_t hash[SHA1_LEN];
	buf_init(&b, all);
	for (size_t i = 0; i < WORDS; i++)
		buf_adds(&b, word[i]);
	crypto_sha1(buf_str(&b), b.len, hash);
	crypto_hex(hash, sizeof hash, out);
	buf_fini(&b);
}

static bool word_ok(const char *s)
{
	return s && *s && strnlen(s, ENVELOPE_WORD_MAX + 1) <= ENVELOPE_WORD_MAX;
}

bool envelope_signed(const struct envelope_key *k, const char *timestamp, const char *nonce, const char *encrypt,
	const char *signature)
{
	char right[ENVELOPE_SIGNATURE + 1];
	if (!k->token || !word_ok(timestamp) || !word_ok(nonce) || !signature ||
		strnlen(signature, ENVELOPE_SIGNATURE + 1) != ENVELOPE_SIGNATURE)
		return false;
	envelope_sign(k->token, timestamp, nonce, encrypt, right);
	return crypto_equal(right, signature, ENVELOPE_SIGNATURE);
}

/* --- the frame --- */

/* The frame's length without its padding, or 0. Looks at as many bytes whatever they are. */
static size_t unpadded(const uint8_t *p, size_t n)
{
	unsigned pad = p[n - 1], wrong = pad < 1 || pad > BLOCK || pad > n;
	for (size_t i = 1; i <= BLOCK && i <= n; i++)
		wrong |= i <= pad && p[n - i] != pad;
	return wrong ? 0 : n - pad;
}

static bool frame_read(const struct envelope_key *k, const uint8_t *p, size_t n, struct buf *out)
{
	size_t id = strlen(k->id), whole = unpadded(p, n);
	if (whole < HEAD + id)
		return false;
	const uint8_t *l = p + ENVELOPE_RANDOM;
	size_t len = (size_t)l[0] << 24 | (size_t)l[1] << 16 | (size_t)l[2] << 8 | l[3];
	if (len != whole - HEAD - id || !crypto_equal(p + HEAD + len, k->id, id))
		return false;
	return buf_add(out, p + HEAD, len);
}

int envelope_open(const struct envelope_key *k, const char *encrypt, size_t n, struct buf *out)
{
	size_t len = 0;
	bool right = false;
	if (!k->has_aes || n == 0 || n > ENVELOPE_MAX)
		return E_DENIED;
	uint8_t *sealed = mem_alloc(n), *frame = mem_alloc(n);
	if (crypto_base64_decode(encrypt, n, sealed, &len) == 0 && len > 0 && len % AES_BLOCK == 0) {
		crypto_aes256_cbc(false, k->aes, k->aes, sealed, len, frame);
		right = frame_read(k, frame, len, out);
	}
	free(frame);
	free(sealed);
	return right ? 0 : E_DENIED;
}
