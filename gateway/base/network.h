/* Whom one network address stands for, where something is shared out or paced: a house with IPv6 has a /64 to itself and may
 * call from any address of it. */
#ifndef XQ_BASE_NETWORK_H
#define XQ_BASE_NETWORK_H

enum { NETWORK_MAX = 64 };

/* "203.0.113.5" and "::ffff:203.0.113.5" as the former, "2001:db8:0:1::7" as "2001:db8:0:1::/64"; what is no address, as it
 * is, cut to fit. Pure. */
void network_of(const char *address, char out[NETWORK_MAX]);
/* The same of who stands behind a proxy on this machine: the last entry of X-Forwarded-For (or NULL), which it wrote. Of anybody
 * else's word nothing is believed. */
void network_of_client(const char *peer, const char *forwarded, char out[NETWORK_MAX]);

#endif
