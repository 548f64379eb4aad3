#include "adapters/sms/peer.h"

#include <string.h>

#include "gateway/model/address.h"

bool sms_peer(const char *number, bool international, char out[MSG_PEER_MAX])
{
	for (const char *p = number; *p; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			return false;
	if (!address_phone(number, out))
		return false;
	if (international && out[0] != '+') {
		memmove(out + 1, out, strlen(out) + 1);
		out[0] = '+';
	}
	return true;
}
