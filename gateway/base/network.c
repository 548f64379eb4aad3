#include "gateway/base/network.h"

#include <stdio.h>
#include <string.h>

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
