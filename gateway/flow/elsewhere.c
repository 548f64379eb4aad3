#include "gateway/flow/elsewhere.h"

#include <string.h>

#include "gateway/flow/clockwork.h"
#include "gateway/flow/followup.h"
#include "gateway/flow/say.h"
#include "gateway/model/notice.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/ticket.h"

/* --- where --- */

static bool usable(const struct flow_words *w, const struct conversation_row *c, const char *channel)
{
	const struct channel_trait *trait = flow_trait(w, c->channel);
	return c->verified && strcmp(c->channel, channel) != 0 && trait != NULL && trait->caps.anytime;
}

/* Do its files go along there? */
static bool carries(const struct flow_words *w, const char *channel, const struct msg_out *o)
{
	struct err e;
	const struct channel_trait *trait = flow_trait(w, channel);
	return trait != NULL && attachment_allowed(&trait->caps.files, o->attachment, o->attachment_count, &e) == 0;
}

static bool better(const struct flow_words *w, const struct msg_out *o, const struct conversation_row *c,
	const struct conversation_row *than)
{
	bool one = carries(w, c->channel, o), other = than->id != 0 && carries(w, than->channel, o);
	return one != other ? one : c->last_at >= than->last_at;
}

int elsewhere_find(struct tx *tx, const struct flow_words *w, const struct msg_out *o, const char *channel,
	struct conversation_row *out)
{
	enum { LOOKED_AT = 20 };
	uint64_t citizen, *id;
	size_t n = 0;
	*out = (struct conversation_row){ 0 };
	int rc = conversation_citizen(tx, o->conversation, &citizen);
	if (rc == 0 && citizen != 0)
		rc = citizen_conversations(tx, citizen, LOOKED_AT, &id, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct conversation_row c;
		if ((rc = conversation_get(tx, id[i], &c)) == 0 && usable(w, &c, channel) && better(w, o, &c, out))
			*out = c;
	}
	return rc;
}

/* --- the message --- */

static bool answers(const struct msg_out *o)
{
	return !o->automatic || (o->ticket != NULL && notice_answers(o->event));
}

static int say_there(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct conversation_row *to,
	const struct msg_out *o, struct ticket_row *t, struct message_row *m)
{
	struct render_args args = { .text = o->text, .url = o->survey_url };
	const char *event = o->survey ? "elsewhere-survey" : answers(o) ? "elsewhere" : "elsewhere-notice";
	return say_to(tx, c, w, to, t, &(struct say){ .event = event, .args = &args, .author = o->author,
		.from = o->automatic ? FROM_SYSTEM : FROM_STAFF, .file = o->attachment,
		.files = carries(w, to->channel, o) ? o->attachment_count : 0 }, m);
}

static int go_there(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct conversation_row *to,
	const char *channel, const struct msg_out *o, const char *reason)
{
	struct ticket_row t;
	struct message_row m;
	int rc = ticket_get_number(tx, o->ticket, &t);
	if (rc == 0)
		rc = say_there(tx, c, w, to, o, &t, &m);
	if (rc == 0)
		rc = ticket_update(tx, &t);
	if (rc == 0)
		rc = tell_event(tx, t.id, "elsewhere", "system", json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "from", channel, "to", to->channel,
			"reason", reason, "message", tell_id(tx, o->id), "instead", tell_id(tx, m.id), "left_out", (int)(o->attachment_count -
			m.attachments)));
	return rc < 0 ? rc : outbox_instead(tx, o->id, arena_printf(tx_arena(tx), "sent by %s instead: %s", to->channel, reason));
}

int elsewhere_send(struct tx *tx, const struct catalog *c, const struct flow_words *w, const char *channel,
	const struct msg_out *o, const char *reason)
{
	struct conversation_row to;
	const char *why = reason ? reason : "";
	int rc = elsewhere_find(tx, w, o, channel, &to);
	if (rc < 0)
		return rc;
	/* A question is not a matter of minutes: followup_elsewhere() asks it by day. */
	if (to.id != 0 && o->ticket != NULL && o->survey && followup_waits(tx, c))
		return outbox_set(tx, o->id, OUT_FAILED, 0, arena_printf(tx_arena(tx), "to be asked by %s in the morning: %s", to.channel, why));
	if (to.id != 0 && o->ticket != NULL)
		return go_there(tx, c, w, &to, channel, o, why);
	if (!answers(o) && o->kind == OUT_TEXT)
		return outbox_set(tx, o->id, OUT_FAILED, 0, why);
	return outbox_park(tx, o->id, arena_printf(tx_arena(tx), "waits until the citizen writes again: %s", why));
}
