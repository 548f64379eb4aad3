/* Where a client's connection comes from: itself, or what a proxy of ours says of it. Kept for as long as the connection, so
 * it is small: 16 bytes, IPv4 as ::ffff:a.b.c.d. Pure. */
#ifndef XQ_BASE_CLIENT_H
#define XQ_BASE_CLIENT_H

#include <stddef.h>
#include <stdint.h>

struct client_address { uint8_t byte[16]; };
enum { CLIENT_TEXT = 64 };

/* peer: of the connection. forwarded: X-Forwarded-For, or NULL; its last entry counts, and only when peer is one of the
 * proxies, for anybody else may write there what he likes. What is no address becomes ::. */
struct client_address client_address(const char *peer, const char *forwarded, const char *const *proxy, size_t n);
/* A network that one household or company has: the whole of an IPv4 address, the first half of an IPv6 one. */
void client_network(const struct client_address *, char out[CLIENT_TEXT]);

#endif
