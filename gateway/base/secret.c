#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/keyfile.h"
#include "gateway/base/mem.h"

enum { SECRET_FILE_MAX = 256, MAC_CHARS_LEAST = 8, MAC_CHARS_MAX = 52 };

int secret_load(struct secret *s, const char *path, struct err *e)
{
	struct buf b;
	buf_init(&b, SECRET_FILE_MAX);
	int rc = keyfile_read(path, &b, e);
	while (rc == 0 && b.len && strchr("\r\n \t", b.data[b.len - 1]))
		b.data[--b.len] = '\0';
	if (rc == 0 && (b.len != 2 * SECRET_LEN || crypto_unhex(buf_str(&b), s->key, SECRET_LEN)))
		rc = err_set(e, E_CORRUPT, "%s is not a secret: it must hold %d hex digits", path, 2 * SECRET_LEN);
	keyfile_fini(&b);
	return rc;
}

int secret_make(struct secret *s, const char *path, struct err *e)
{
	char hex[2 * SECRET_LEN + 1];
	struct buf b;
	crypto_random(s->key, sizeof s->key);
	buf_init(&b, SECRET_FILE_MAX);
	buf_addf(&b, "%s\n", crypto_hex(s->key, sizeof s->key, hex));
	OPENSSL_cleanse(hex, sizeof hex);
	int rc = keyfile_put(path, true, &b, e);
	keyfile_fini(&b);
	return rc;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The whole MAC of a payload, in base32. */
static void mac_text(
	const struct secret *s, const char *purpose, const char *payload, size_t n, char out[MAC_CHARS_MAX + 1])
{
	uint8_t mac[SHA256_LEN];
	size_t head = strlen(purpose) + 1;
	char *signed_text = mem_alloc(head + n);
	memcpy(signed_text, purpose, head);
	for (size_t i = 0; i < n; i++)
		signed_text[head + i] = lower(payload[i]);
	crypto_hmac_sha256(s->key, SECRET_LEN, signed_text, head + n, mac);
	crypto_base32(mac, sizeof mac, out);
	free(signed_text);
}

void mark_sign(
	const struct secret *s, const char *purpose, const char *payload, unsigned mac_chars, char *out, size_t cap)
{
	char mac[MAC_CHARS_MAX + 1];
	size_t n = strlen(payload);
	must(mac_chars >= MAC_CHARS_LEAST && mac_chars <= MAC_CHARS_MAX);
	must(n + 1 + mac_chars < cap);
	mac_text(s, purpose, payload, n, mac);
	for (size_t i = 0; i < n; i++)
		out[i] = lower(payload[i]);
	out[n] = '.';
	memcpy(out + n + 1, mac, mac_chars);
	out[n + 1 + mac_chars] = '\0';
}

int mark_check(const struct secret *s, const char *purpose, const char *marked, unsigned mac_chars)
{
	char mac[MAC_CHARS_MAX + 1], given[MAC_CHARS_MAX];
	size_t len = strlen(marked);
	must(mac_chars >= MAC_CHARS_LEAST && mac_chars <= MAC_CHARS_MAX);
	if (len < mac_chars + 1u || len > INT32_MAX || marked[len - mac_chars - 1] != '.')
		return E_DENIED;
	size_t n = len - mac_chars - 1;
	for (size_t i = 0; i < mac_chars; i++)
		given[i] = lower(marked[n + 1 + i]);
	mac_text(s, purpose, marked, n, mac);
	return crypto_equal(mac, given, mac_chars) ? (int)n : E_DENIED;
}
