#include "gateway/flow/probe.h"

#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/flow/say.h"
#include "gateway/model/address.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"

static int conversation_for(struct tx *tx, const struct channel_trait *t, const char *peer, struct conversation_row *c, struct err *e)
{
	bool can_begin = strcmp(t->caps.kind, "sms") == 0 || strcmp(t->caps.kind, "email") == 0;
	int rc = conversation_find(tx, t->name, peer, c);
	if (rc != E_NOTFOUND)
		return rc < 0 ? err_set(e, rc, "conversations could not be read") : 0;
	if (!can_begin)
		return err_rule(e, E_RANGE, "never-wrote", "to: nobody of that address has written on %s, and it cannot begin a conversation", t->name);
	rc = conversation_begin(tx, t, peer, "zh-CN", c);
	return rc < 0 ? err_set(e, rc, "the conversation could not be begun") : 0;
}

int channel_probe(struct tx *tx, const struct catalog *c, const struct flow_words *w, const char *channel, const char *to,
	const char *actor, uint64_t *message, struct err *e)
{
	const struct channel_trait *trait = flow_trait(w, channel);
	char *peer = arena_alloc(tx_arena(tx), MSG_PEER_MAX), time[CLOCK_TEXT];
	struct conversation_row conv;
	struct message_row m;
	if (trait == NULL)
		return err_set(e, E_NOTFOUND, "there is no channel '%.60s'", channel);
	if (!address_of_kind(trait->caps.kind, to, peer))
		return err_rule(e, E_RANGE, "no-address", "to: not an address of this channel");
	int rc = conversation_for(tx, trait, peer, &conv, e);
	if (rc < 0)
		return rc;
	struct render_args args = { .time = clock_people(tx_now(tx), time) };
	struct say say = { .event = "test", .args = &args, .from = FROM_SYSTEM, .author = actor };
	char masked[MSG_PEER_MAX];
	address_mask(peer, masked);
	if ((rc = say_to(tx, c, w, &conv, NULL, &say, &m)) < 0 ||
		(rc = tell_event(tx, 0, "channel-tested", actor, json_pack("{s:s, s:s, s:s}", "channel", channel, "to", masked, "message",
			tell_id(tx, m.id)))) < 0)
		return err_set(e, rc, "the message could not be queued");
	*message = m.id;
	return 0;
}
