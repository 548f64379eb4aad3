#include "gateway/base/network.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/client.h"

void network_of_client(const char *peer, const char *forwarded, const char *const *proxy, size_t n,
	char out[NETWORK_MAX])
{
	static const struct client_address none;
	struct client_address a = client_address(peer, forwarded, proxy, n);
	char text[CLIENT_TEXT];
	if (memcmp(&a, &none, sizeof none) == 0) {
		(void)snprintf(out, NETWORK_MAX, "%.50s", peer);
		return;
	}
	client_network(&a, text);
	(void)snprintf(out, NETWORK_MAX, "%.50s%s", text, strchr(text, ':') ? "/64" : "");
}

bool network_is_loopback(const char *address)
{
	static const uint8_t four[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127 }, six[16] = { [15] = 1 };
	const char *url = strstr(address, "://"), *host = url ? url + 3 : address;
	size_t n = url ? strcspn(host, "/?#") : strlen(host);
	const char *at = url ? memrchr(host, '@', n) : NULL;
	n -= at ? (size_t)(at + 1 - host) : 0;
	host = at ? at + 1 : host;
	const char *end = *host == '[' ? memchr(host, ']', n) : url ? memchr(host, ':', n) : NULL;
	n = end ? (size_t)(end - host) : n;
	char text[CLIENT_TEXT];
	(void)snprintf(text, sizeof text, "%.*s", *host == '[' ? (int)n - 1 : (int)n, *host == '[' ? host + 1 : host);
	struct client_address a = client_address(text, NULL, NULL, 0);
	return strcasecmp(text, "localhost") == 0 || memcmp(a.byte, four, sizeof four) == 0 ||
		memcmp(a.byte, six, sizeof six) == 0;
}
