#include "gateway/base/network.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/client.h"

static void write_network(const struct client_address *a, const char *address, char out[NETWORK_MAX])
{
	static const struct client_address none;
	char text[CLIENT_TEXT];
	if (memcmp(a, &none, sizeof none) == 0) {
		(void)snprintf(out, NETWORK_MAX, "%.50s", address);
		return;
	}
	client_network(a, text);
	(void)snprintf(out, NETWORK_MAX, "%.50s%s", text, strchr(text, ':') ? "/64" : "");
}

void network_of(const char *address, char out[NETWORK_MAX])
{
	struct client_address a = client_address(address, NULL, NULL, 0);
	write_network(&a, address, out);
}

void network_of_client(const char *peer, const char *forwarded, char out[NETWORK_MAX])
{
	static const char *const here[] = { "127.0.0.1", "::1" };
	struct client_address a = client_address(peer, forwarded, here, sizeof here / sizeof *here);
	write_network(&a, peer, out);
}
