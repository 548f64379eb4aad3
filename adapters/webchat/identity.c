#include "adapters/webchat/identity.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char purpose[] = "webchat token";

void chat_token_make(const struct secret *s, const uint8_t random[CHAT_TOKEN_RANDOM], char out[CHAT_TOKEN_LEN + 1])
{
	char payload[CHAT_TOKEN_RANDOM * 8 / 5 + 1];
	crypto_base32(random, CHAT_TOKEN_RANDOM, payload);
	mark_sign(s, purpose, payload, CHAT_TOKEN_MAC, out, CHAT_TOKEN_LEN + 1);
}

bool chat_token_valid(const struct secret *s, const char *token)
{
	return strlen(token) == CHAT_TOKEN_LEN &&
	       mark_check(s, purpose, token, CHAT_TOKEN_MAC) == CHAT_TOKEN_LEN - 1 - CHAT_TOKEN_MAC;
}

void chat_peer_of_token(const char *token, char out[CHAT_PEER_LEN + 1])
{
	uint8_t hash[SHA256_LEN];
	char text[SHA256_LEN * 8 / 5 + 2];
	crypto_sha256(token, strlen(token), hash);
	crypto_base32(hash, sizeof hash, text);
	out[0] = 'w';
	memcpy(out + 1, text, CHAT_PEER_LEN - 1);
	out[CHAT_PEER_LEN] = '\0';
}

/* Where the last colon before `end` stands. */
static const char *colon_before(const char *from, const char *end)
{
	while (end > from && end[-1] != ':')
		end--;
	return end > from ? end - 1 : NULL;
}

static bool mac_fits(const char *shared, const char *said, size_t n, const char *mac)
{
	uint8_t bytes[SHA256_LEN];
	char hex[HEX_SHA256];
	crypto_hmac_sha256(shared, strlen(shared), said, n, bytes);
	crypto_hex(bytes, sizeof bytes, hex);
	return strlen(mac) == HEX_SHA256 - 1 && crypto_equal(hex, mac, HEX_SHA256 - 1);
}

bool chat_vouched(const struct secret *s, const char *shared, const char *identity, int64_t now_ms,
	char token[CHAT_TOKEN_LEN + 1])
{
	static const char visitor[] = "webchat visitor";
	uint8_t bytes[SHA256_LEN];
	char name[sizeof visitor + CHAT_VISITOR_MAX], *end;
	const char *mac = colon_before(identity, identity + strlen(identity));
	const char *expires = mac ? colon_before(identity, mac) : NULL;
	size_t n = expires ? (size_t)(expires - identity) : 0;
	if (n < 1 || n > CHAT_VISITOR_MAX || !isdigit((unsigned char)expires[1]) ||
	    !mac_fits(shared, identity, (size_t)(mac - identity), mac + 1))
		return false;
	int64_t until = strtoll(expires + 1, &end, 10), now = now_ms / 1000;
	if (end != mac || until < now || until > now + CHAT_VOUCHED_S)
		return false;
	memcpy(name, visitor, sizeof visitor);
	memcpy(name + sizeof visitor, identity, n);
	crypto_hmac_sha256(s->key, sizeof s->key, name, sizeof visitor + n, bytes);
	chat_token_make(s, bytes, token);
	return true;
}

/* Length of "scheme://host:port" at the start of a URL; 0: none. */
static size_t origin_length(const char *url)
{
	size_t scheme = strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
	size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;
	return host ? scheme + host : 0;
}

static bool same_origin(const char *origin, const char *url)
{
	size_t n = origin_length(url);
	return n && strlen(origin) == n && strncasecmp(origin, url, n) == 0;
}

bool chat_origin_valid(const char *origin)
{
	size_t n = origin_length(origin);
	return n && (origin[n] == '\0' || strcmp(origin + n, "/") == 0) && !strpbrk(origin, "@*? \t");
}

bool chat_origin_allowed(const char *origin, const char *host, const char *public_url, const char *const *allowed, size_t n)
{
	if (!origin)
		return true;
	if (public_url && same_origin(origin, public_url))
		return true;
	const char *sep = strstr(origin, "://");
	if (sep && host && origin_length(origin) && strcasecmp(sep + 3, host) == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (same_origin(origin, allowed[i]))
			return true;
	return false;
}
