#include "adapters/sms/peer.h"

#include <stdio.h>
#include <string.h>

#include "gateway/model/address.h"

enum { MOBILE_WITH_86 = 13 };

static bool mobile_with_86(const char *s)
{
	return strlen(s) == MOBILE_WITH_86 && !strncmp(s, "861", 3) && strspn(s, "0123456789") == MOBILE_WITH_86;
}

bool sms_peer(const char *number, bool international, char out[MSG_PEER_MAX])
{
	char with_plus[MSG_PEER_MAX];
	for (const char *p = number; *p; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			return false;
	bool add = number[0] != '+' && strncmp(number, "00", 2) && (international || mobile_with_86(number));
	int n = snprintf(with_plus, sizeof with_plus, "%s%s", add ? "+" : "", number);
	return n > 0 && (size_t)n < sizeof with_plus && address_phone(with_plus, out);
}
