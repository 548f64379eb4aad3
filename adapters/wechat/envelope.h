/* The envelope of WeChat's and WeCom's callbacks: signatures and the encrypted frame, as they come in. Nothing goes out in
 * one: a push is answered by "success", and what we have to say takes the sending API. Pure. Thread: any.
 *
 * signature     = sha1hex(concat(sort([token, timestamp, nonce])))             on every request of an Official Account
 * msg_signature = sha1hex(concat(sort([token, timestamp, nonce, Encrypt])))    over the base64 text as received
 * Encrypt       = base64(AES-256-CBC(key, iv = key[0..15], random(16) | uint32 BE length | message | id | padding)),
 *                 padded to a multiple of 32 with 1 to 32 bytes, each saying how many they are.
 * (developers.weixin.qq.com, "Message encryption and decryption"; the same frame serves WeCom.) */
#ifndef XQ_WECHAT_ENVELOPE_H
#define XQ_WECHAT_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/err.h"

enum {
	ENVELOPE_KEY_CHARS = 43,     /* of EncodingAESKey: 32 bytes in base64 without its "=" */
	ENVELOPE_RANDOM = 16,
	ENVELOPE_SIGNATURE = 40,     /* characters of a signature */
	ENVELOPE_MAX = 1 << 20,      /* bytes of a push's body, and so of what is in it */
	ENVELOPE_WORD_MAX = 200      /* of timestamp, nonce and signature as a stranger sends them */
};

/* What an app signs and encrypts with. While it is changed at the platform, the one before stands beside it. */
struct envelope_key {
	const char *token;
	const char *id;              /* app id or corp id: what must stand at the frame's end */
	uint8_t aes[AES_KEY_LEN];
	bool has_aes;
};
/* false: not 43 letters and digits. Unused bits of the last character may be set. */
bool envelope_key_read(const char *encoding_aes_key, uint8_t out[AES_KEY_LEN]);

/* Signs up to 4 words; any may be NULL or "". out: lower-case hex. */
void envelope_sign(const char *token, const char *timestamp, const char *nonce, const char *encrypt,
	char out[ENVELOPE_SIGNATURE + 1]);
/* In constant time. encrypt NULL: `signature`; else `msg_signature`. Absent or overlong words are no signature. */
bool envelope_signed(const struct envelope_key *k, const char *timestamp, const char *nonce, const char *encrypt,
	const char *signature);

/* Appends the message to out. 0, or E_DENIED whatever was wrong (base64, length, padding, id): nobody learns which. */
int envelope_open(const struct envelope_key *k, const char *encrypt, size_t n, struct buf *out);

#endif
