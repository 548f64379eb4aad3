#include "gateway/base/network.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void network_of(const char *address, char out[NETWORK_MAX])
{
	struct in6_addr a;
	char text[INET6_ADDRSTRLEN];
	bool six = inet_pton(AF_INET6, address, &a) == 1;
	if (six && IN6_IS_ADDR_V4MAPPED(&a)) {
		(void)inet_ntop(AF_INET, &a.s6_addr[12], out, NETWORK_MAX);
		return;
	}
	if (six)
		memset(&a.s6_addr[8], 0, 8);
	bool house = six && inet_ntop(AF_INET6, &a, text, sizeof text) != NULL;
	(void)snprintf(out, NETWORK_MAX, "%.50s%s", house ? text : address, house ? "/64" : "");
}

void network_of_client(const char *peer, const char *forwarded, char out[NETWORK_MAX])
{
	char last[INET6_ADDRSTRLEN];
	struct in6_addr a;
	bool ours = strcmp(peer, "127.0.0.1") == 0 || strcmp(peer, "::1") == 0 || strcmp(peer, "::ffff:127.0.0.1") == 0;
	const char *comma = forwarded ? strrchr(forwarded, ',') : NULL;
	const char *entry = comma ? comma + 1 : forwarded ? forwarded : "";
	entry += strspn(entry, " \t");
	(void)snprintf(last, sizeof last, "%.*s", (int)strcspn(entry, " \t"), entry);
	bool address = inet_pton(AF_INET, last, &a) == 1 || inet_pton(AF_INET6, last, &a) == 1;
	network_of(ours && address ? last : peer, out);
}
