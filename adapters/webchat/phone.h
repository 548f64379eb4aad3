/* A citizen proves a mobile number in the chat: his frames `phone` go to the gateway, its answers to all his connections.
 * Thread: the loop. */
#ifndef XQ_WEBCHAT_PHONE_H
#define XQ_WEBCHAT_PHONE_H

#include "adapters/webchat/room.h"
#include "gateway/base/client.h"

struct chat_in;
/* in: of the verb CHAT_PHONE. */
void chat_phone_ask(struct webchat *chat, const char *peer, const struct client_address *from, bool english,
	const struct chat_in *in);
/* The adapter ends: what is not answered yet will not be. */
void chat_phone_drop_all(struct webchat *chat);

#endif
