#include "adapters/sms/peer.h"

#include <stdio.h>
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

const char *sms_digits(const char *peer, char room[MSG_PEER_MAX])
{
	if (peer[0] != '+')
		return peer;
	if (!address_phone(peer + 1, room) || room[0] != '+' || !strcmp(room, peer))
		return peer + 1;
	(void)snprintf(room, MSG_PEER_MAX, "00%s", peer + 1);
	return room;
}

const char *sms_home_digits(const char *peer, char room[MSG_PEER_MAX])
{
	return !strncmp(peer, "+86", 3) ? peer + 3 : sms_digits(peer, room);
}
