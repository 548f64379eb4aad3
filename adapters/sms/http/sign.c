#include "adapters/sms/http/sign.h"

#include <string.h>

#include "adapters/sms/http/provider.h"
#include "gateway/base/crypto.h"

#define ACS3_HEADERS "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
#define TC3_HEADERS "content-type;host"

static char *hash(const void *p, size_t n, char out[HEX_SHA256])
{
	uint8_t sum[SHA256_LEN];
	crypto_sha256(p, n, sum);
	return crypto_hex(sum, sizeof sum, out);
}

static void mac(const void *key, size_t key_len, const char *text, uint8_t out[SHA256_LEN])
{
	crypto_hmac_sha256(key, key_len, text, strlen(text), out);
}

void sign_acs3(const struct sign_acs3 *s, struct buf *headers)
{
	struct buf text;
	uint8_t sum[SHA256_LEN];
	char empty[HEX_SHA256], hashed[HEX_SHA256], signature[HEX_SHA256];
	hash("", 0, empty);
	buf_init(&text, 2 * PROVIDER_URL_MAX);
	buf_addf(&text, "POST\n/\n%s\nhost:%s\nx-acs-action:%s\nx-acs-content-sha256:%s\nx-acs-date:%s\n"
		"x-acs-signature-nonce:%s\nx-acs-version:%s\n\n" ACS3_HEADERS "\n%s", s->query, s->host, s->action, empty, s->date,
		s->nonce, s->version, empty);
	hash(text.data, text.len, hashed);
	buf_clear(&text);
	buf_addf(&text, "ACS3-HMAC-SHA256\n%s", hashed);
	mac(s->secret, strlen(s->secret), buf_str(&text), sum);
	buf_addf(headers, "x-acs-action: %s\nx-acs-version: %s\nx-acs-date: %s\nx-acs-signature-nonce: %s\n"
		"x-acs-content-sha256: %s\nAuthorization: ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=" ACS3_HEADERS
		",Signature=%s\n", s->action, s->version, s->date, s->nonce, empty, s->id, crypto_hex(sum, sizeof sum, signature));
	buf_fini(&text);
}

void sign_tc3(const struct sign_tc3 *s, struct buf *headers)
{
	struct arena *a = arena_create(1024);
	uint8_t one[SHA256_LEN], two[SHA256_LEN];
	char hex[HEX_SHA256], date[21];
	const char *day = arena_printf(a, "%.10s", provider_utc(s->now, date)), *key = arena_printf(a, "TC3%s", s->secret);
	const char *scope = arena_printf(a, "%s/%s/tc3_request", day, s->service);
	const char *request = arena_printf(a, "POST\n/\n\ncontent-type:%s\nhost:%s\n\n" TC3_HEADERS "\n%s", s->content_type,
		s->host, hash(s->body, s->n, hex));
	const char *text = arena_printf(a, "TC3-HMAC-SHA256\n%lld\n%s\n%s", (long long)(s->now / 1000), scope,
		hash(request, strlen(request), hex));
	mac(key, strlen(key), day, one);
	mac(one, sizeof one, s->service, two);
	mac(two, sizeof two, "tc3_request", one);
	mac(one, sizeof one, text, two);
	buf_addf(headers, "Authorization: TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=" TC3_HEADERS ", Signature=%s\n",
		s->id, scope, crypto_hex(two, sizeof two, hex));
	arena_destroy(&a);
}

char *sign_twilio(const char *token, const char *url, struct form *form, char out[SIGN_TWILIO_MAX])
{
	struct buf text;
	uint8_t sum[SHA1_LEN];
	buf_init(&text, 2 * PROVIDER_BODY_MAX);
	buf_adds(&text, url);
	form_sort(form);
	for (size_t i = 0; i < form->count; i++) {
		buf_adds(&text, form->pair[i].name);
		buf_adds(&text, form->pair[i].value);
	}
	crypto_hmac_sha1(token, strlen(token), text.data, text.len, sum);
	buf_fini(&text);
	return crypto_base64(sum, sizeof sum, out);
}
