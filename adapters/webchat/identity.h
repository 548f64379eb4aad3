/* Who a citizen of the web chat is: whoever holds the token.
 *
 * A token is 20 random bytes in base32, signed with the gateway's secret, so that it can be neither guessed nor made,
 * and needs no table. The conversation's address ("peer") is a hash of it: staff, logs and the store see the address,
 * which does not give the token back. Pure, except that the caller brings the random bytes. */
#ifndef XQ_WEBCHAT_IDENTITY_H
#define XQ_WEBCHAT_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/crypto.h"

enum {
	CHAT_TOKEN_RANDOM = 20,                            /* bytes: 160 bits */
	CHAT_TOKEN_MAC = 26,                               /* base32 characters: 130 bits */
	CHAT_TOKEN_LEN = 32 + 1 + CHAT_TOKEN_MAC,
	CHAT_VISITOR_MAX = 128,
	CHAT_VOUCHED_S = 24 * 3600,
	CHAT_PEER_LEN = 25                                 /* "w" and 24 characters: 120 bits of SHA-256 */
};

void chat_token_make(const struct secret *s, const uint8_t random[CHAT_TOKEN_RANDOM], char out[CHAT_TOKEN_LEN + 1]);
bool chat_token_valid(const struct secret *s, const char *token);
void chat_peer_of_token(const char *token, char out[CHAT_PEER_LEN + 1]);

/* A site that knows its visitor vouches for him: "ID:EXPIRES:MAC", where ID is the site's own name of the visitor (1 to
 * CHAT_VISITOR_MAX bytes), EXPIRES is in Unix seconds and at most a day ahead, and MAC is hex HMAC-SHA-256 of "ID:EXPIRES"
 * under the secret that site and gateway share. The token is the same each time, so a visitor finds his conversation on
 * every device. false: not vouched, or no longer. */
bool chat_vouched(const struct secret *s, const char *shared, const char *identity, int64_t now_ms,
	char token[CHAT_TOKEN_LEN + 1]);

/* May a page of this Origin open a chat? origin: the request's header, or NULL; host: its Host header, or NULL.
 * No Origin means no browser: a program may say what it likes in that header anyway, so nothing is lost by letting it
 * in. What protects a conversation is its token, which a foreign page cannot read; there is no cookie that a browser
 * would add by itself. The check keeps other sites from showing our chat as theirs. */
bool chat_origin_allowed(const char *origin, const char *host, const char *public_url, const char *const *allowed, size_t n);
/* "https://city.example" or with a port; no path, no user. What a browser sends as Origin. */
bool chat_origin_valid(const char *origin);

#endif
