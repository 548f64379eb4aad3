/* What a job changed, noted while it runs. A watcher sees it on the loop after the commit, so the rows are copied: the
 * job's own may be on its stack. */
#include "gateway/store/change.h"

#include "gateway/store/tx.h"

static struct change *change_add(struct tx *tx, enum change_kind kind)
{
	if (tx->changes == tx->change_room) {
		size_t room = tx->change_room ? tx->change_room * 2 : 8;
		struct change *grown = arena_alloc(tx->arena, room * sizeof *grown);
		if (tx->changes)
			memcpy(grown, tx->change, tx->changes * sizeof *grown);
		tx->change = grown;
		tx->change_room = room;
	}
	struct change *c = &tx->change[tx->changes++];
	*c = (struct change){ .kind = kind };
	return c;
}

static void keep(struct tx *tx, const char **s)
{
	*s = arena_strdup(tx->arena, *s);
}

static const struct ticket_row *ticket_copy(struct tx *tx, const struct ticket_row *t)
{
	if (!t)
		return NULL;
	struct ticket_row *c = arena_alloc(tx->arena, sizeof *c);
	*c = *t;
	const char **text[] = { &c->number, &c->channel, &c->kind, &c->account, &c->peer, &c->peer_name, &c->language, &c->title,
		&c->nature, &c->category, &c->department, &c->assignee, &c->last_text, &c->last_from,
		&c->helpers, &c->told, &c->result, &c->region, &c->transfer, &c->former, &c->hotline };
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		keep(tx, text[i]);
	return c;
}

static const struct message_row *message_copy(struct tx *tx, const struct message_row *m)
{
	struct message_row *c = arena_alloc(tx->arena, sizeof *c);
	*c = *m;
	c->raw = NULL;
	const char **text[] = { &c->author, &c->text, &c->subject, &c->quoted, &c->external_id, &c->raw_sha256, &c->event,
		&c->out_error };
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		keep(tx, text[i]);
	if (!m->attachments)
		return c;
	c->attachment = arena_alloc(tx->arena, m->attachments * sizeof *c->attachment);
	for (size_t i = 0; i < m->attachments; i++) {
		c->attachment[i] = m->attachment[i];
		keep(tx, &c->attachment[i].name);
		keep(tx, &c->attachment[i].type);
		keep(tx, &c->attachment[i].sha256);
	}
	return c;
}

void change_ticket(struct tx *tx, const struct ticket_row *t)
{
	if (tx->session->watched)
		change_add(tx, CHANGE_TICKET)->ticket = ticket_copy(tx, t);
}

void change_message(struct tx *tx, const struct message_row *m, const struct ticket_row *t)
{
	if (!tx->session->watched)
		return;
	struct change *c = change_add(tx, CHANGE_MESSAGE);
	c->message = message_copy(tx, m);
	c->ticket = ticket_copy(tx, t);
}

void change_queued(struct tx *tx, uint64_t message)
{
	for (size_t i = tx->changes; i-- > 0;)
		if (tx->change[i].kind == CHANGE_MESSAGE && tx->change[i].message->id == message) {
			tx->change[i].queued = true;
			return;
		}
}

void change_out_state(struct tx *tx, const struct message_row *m, const char *channel)
{
	if (!tx->session->watched)
		return;
	struct change *c = change_add(tx, CHANGE_OUT_STATE);
	c->message = message_copy(tx, m);
	c->channel = arena_strdup(tx->arena, channel);
}

void change_survey_of(struct tx *tx, const struct ticket_row *t)
{
	change_add(tx, CHANGE_SURVEY)->ticket = ticket_copy(tx, t);
}

void change_survey(struct tx *tx, uint64_t ticket)
{
	struct ticket_row t;
	if (tx->session->watched && ticket_get(tx, ticket, &t) == 0)
		change_survey_of(tx, &t);
}
