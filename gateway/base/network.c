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
