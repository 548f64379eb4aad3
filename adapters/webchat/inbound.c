/* What a citizen writes: given to the gateway, and answered once it is on disk. */
#include "adapters/webchat/session_internal.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/mem.h"

static void want_all(struct webchat *chat, const char *peer, int64_t seq)
{
	const struct chat_peer *p = chat_peers_find(&chat->peers, peer);
	for (struct chat_session *s = p ? p->sessions : NULL, *next; s; s = next) {
		next = s->next_of_peer;
		delivery_want(&s->delivery, seq);
		chat_session_catch_up(s);
	}
}

void chat_ack_destroy(struct chat_ack *ack)
{
	*ack->link = ack->next;
	if (ack->next)
		ack->next->link = ack->link;
	chat_session_unref(ack->session);
	free(ack->id);
	free(ack->survey);
	free(ack->text);
	free(ack->files);
	free(ack);
}

static struct chat_ack *ack_create(struct chat_session *s, const struct chat_in *in)
{
	struct webchat *chat = s->chat;
	struct chat_ack *ack = mem_new(struct chat_ack);
	*ack = (struct chat_ack){ .next = chat->acks, .link = &chat->acks, .session = s, .id = mem_strdup(in->id),
		.survey = mem_strdup(in->survey), .text = mem_strdup(in->text), .at = clock_now() };
	memcpy(ack->peer, s->peer->name, sizeof ack->peer);
	if (chat->acks)
		chat->acks->link = &ack->next;
	chat->acks = ack;
	s->refs++;
	return ack;
}

/* The others of this citizen learn of it; a rating they read in the history, as the store words it. */
static void stored(struct webchat *chat, const struct chat_ack *ack, const struct taken_info *info)
{
	struct chat_session *s = ack->session;
	bool here = s->chat && s->ws;
	chat_write_ack(&chat->frame, ack->id, ack->survey, info->seq, info->ticket);
	if (here && chat_session_send(s) && info->seq > 0)
		delivery_acked(&s->delivery, info->seq);
	if (ack->survey)
		chat_session_tell(chat, ack->peer, s);
	if (info->seq > 0 && ack->survey) {
		want_all(chat, ack->peer, info->seq);
	} else if (info->seq > 0) {
		char *external = mem_printf("%s:%s", ack->peer, ack->id);
		struct history_item item = { .seq = info->seq, .from = HISTORY_CITIZEN, .text = ack->text,
			.external_id = external, .ticket = info->ticket, .at = ack->at };
		if (ack->files) {
			item.attachment = ack->files->attachment;
			item.attachment_count = ack->files->n;
		}
		chat_session_show(chat, ack->peer, &item);
		free(external);
	}
	if (here)
		chat_session_catch_up(s);
}

static void on_taken(struct adapter *a, void *arg, enum taken verdict, const struct taken_info *info)
{
	static const struct taken_info nothing = { 0 };
	struct webchat *chat = (struct webchat *)a;
	struct chat_ack *ack = arg;
	struct chat_session *s = ack->session;
	if (!info)
		info = &nothing;
	if (verdict == TAKEN_STORED || verdict == TAKEN_DUPLICATE)
		stored(chat, ack, info);
	else if (s->ws)
		chat_session_error(s, verdict == TAKEN_RETRY ? CHAT_NOT_STORED : chat_error_of_reason(info->reason), ack->id,
			ack->survey, 0);
	chat_ack_destroy(ack);
	webchat_settle(chat);
}

void chat_session_take(struct chat_session *s, const struct chat_in *in)
{
	struct webchat *chat = s->chat;
	if (chat->draining) {
		chat_session_error(s, CHAT_NOT_STORED, in->id, in->survey, 0);
		return;
	}
	bool bad;
	struct chat_files *files = chat_files_of(chat, in, clock_now(), &bad);
	if (bad) {
		chat_session_error(s, CHAT_BAD_FILE, in->id, NULL, 0);
		return;
	}
	char *id = chat_external_id(s->peer->name, in);
	struct chat_ack *ack = ack_create(s, in);
	char network[CLIENT_TEXT];
	client_network(&s->client, network);
	ack->files = files;
	struct msg_in m = {
		.kind = in->verb == CHAT_RATING ? MSG_RATING : MSG_TEXT, .external_id = id, .peer = s->peer->name, .from = network,
		.account = chat->base.channel, .text = in->text ? in->text : "", .language = s->english ? "en" : "zh-CN",
		.received_at = ack->at, .automatic = MSG_BY_PERSON, .verified = true,
		.department = in->department
	};
	if (files) {
		m.attachment = files->attachment;
		m.attachment_count = files->n;
	}
	if (in->verb == CHAT_RATING)
		m.rating = (struct msg_rating){ .survey = in->survey, .rating = in->rating, .solved = in->solved,
			.comment = in->text };
	chat->host.take(&chat->base, &m, on_taken, ack);
	free(id);
}
