/* Whom one network address stands for, where something is shared out or paced: a house with IPv6 has a /64 to itself and may
 * call from any address of it. */
#ifndef XQ_BASE_NETWORK_H
#define XQ_BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

enum { NETWORK_MAX = 64 };

/* "203.0.113.5" and "::ffff:203.0.113.5" as the former, "2001:db8:0:1::7" as "2001:db8:0:1::/64"; a peer that is no
 * address, as it is, cut to fit. Of who stands behind one of the proxies: the last entry of X-Forwarded-For (forwarded, or
 * NULL), which it wrote; of anybody else's word nothing is believed (client_address). Pure. */
void network_of_client(const char *peer, const char *forwarded, const char *const *proxy, size_t n,
	char out[NETWORK_MAX]);
/* Does an address, a host or a URL, lead to this very machine: "localhost", "127.0.0.1", "[::1]", "smtp://localhost:25"? Pure. */
bool network_is_loopback(const char *address);

#endif
