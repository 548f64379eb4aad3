#include "gateway/base/client.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* n bytes of text. */
static bool read_address(const char *text, size_t n, struct client_address *out)
{
	char name[CLIENT_TEXT];
	if (n >= sizeof name)
		return false;
	memcpy(name, text, n);
	name[n] = '\0';
	memcpy(out->byte, mapped, sizeof mapped);
	return inet_pton(AF_INET, name, out->byte + 12) == 1 || inet_pton(AF_INET6, name, out->byte) == 1;
}

struct client_address client_address(const char *peer, const char *forwarded, const char *const *proxy, size_t n)
{
	struct client_address from = { { 0 } }, other;
	bool ours = false;
	if (!read_address(peer, strlen(peer), &from))
		return (struct client_address){ { 0 } };
	for (size_t i = 0; i < n && !ours; i++)
		ours = read_address(proxy[i], strlen(proxy[i]), &other) && memcmp(&from, &other, sizeof from) == 0;
	if (!ours || !forwarded)
		return from;
	const char *comma = strrchr(forwarded, ','), *last = comma ? comma + 1 : forwarded;
	last += strspn(last, " \t");
	return read_address(last, strcspn(last, " \t"), &other) ? other : from;
}

void client_network(const struct client_address *a, char out[CLIENT_TEXT])
{
	struct client_address half = *a;
	if (memcmp(a->byte, mapped, sizeof mapped) == 0) {
		(void)(inet_ntop(AF_INET, a->byte + 12, out, CLIENT_TEXT));
		return;
	}
	memset(half.byte + 8, 0, 8);
	(void)(inet_ntop(AF_INET6, half.byte, out, CLIENT_TEXT));
}
