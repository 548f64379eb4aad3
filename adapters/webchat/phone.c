#include "adapters/webchat/phone.h"

#include <string.h>

#include "adapters/webchat/protocol.h"
#include "adapters/webchat/session.h"
#include "gateway/base/mem.h"

struct chat_phone {
	struct chat_phone *next, **link;
	char peer[CHAT_PEER_LEN + 1];
	bool english;
};

static void drop(struct chat_phone *p)
{
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	free(p);
}

static void answered(struct adapter *a, void *arg, const struct phone_answer *answer)
{
	struct webchat *chat = (struct webchat *)a;
	struct chat_phone *p = arg;
	chat_write_phone(&chat->frame, answer, p->english);
	chat_session_tell(chat, p->peer, NULL);
	drop(p);
	webchat_settle(chat);
}

void chat_phone_ask(struct webchat *chat, const char *peer, const struct client_address *from, bool english,
	const struct chat_in *in)
{
	char network[CLIENT_TEXT];
	if (!chat->host.phones || chat->draining) {
		chat_write_phone(&chat->frame, &(struct phone_answer){ .said = PHONE_FAILED }, english);
		chat_session_tell(chat, peer, NULL);
		return;
	}
	struct chat_phone *p = mem_new(struct chat_phone);
	*p = (struct chat_phone){ .next = chat->phones, .link = &chat->phones, .english = english };
	memcpy(p->peer, peer, strlen(peer) + 1);
	if (p->next)
		p->next->link = &p->next;
	chat->phones = p;
	client_network(from, network);
	chat->host.phone(&chat->base, &(struct phone_ask){ .peer = peer, .language = english ? "en" : "zh-CN", .from = network,
		.number = in->number, .code = in->code }, answered, p);
}

void chat_phone_drop_all(struct webchat *chat)
{
	while (chat->phones)
		drop(chat->phones);
}
