/* The history, as a connection reads it: a page at a time, with what comes meanwhile behind it (delivery.h). */
#include "adapters/webchat/session_internal.h"

#include <stdlib.h>

static void on_history(struct adapter *a, void *arg, int rc, const struct history_item *item, size_t n, bool more);

static void ask(struct chat_session *s)
{
	struct webchat *chat = s->chat;
	must(!s->asking);
	s->asking = true;
	s->refs++;
	chat->host.history(&chat->base, s->peer->name, s->cursor, CHAT_PAGE_ITEMS, on_history, s);
}

static void on_replay_timer(uv_timer_t *t)
{
	struct webchat *chat = t->data;
	if (!chat_session_replay_waiting(chat))
		uv_timer_stop(t);
}

/* The next page, once the client has taken most of the last one. */
static void ask_when_room(struct chat_session *s)
{
	s->waiting = ws_queued(s->ws) > CHAT_REPLAY_QUEUE;
	if (!s->waiting)
		ask(s);
	else if (!uv_is_active((uv_handle_t *)&s->chat->timers->replay))
		uv_timer_start(&s->chat->timers->replay, on_replay_timer, CHAT_REPLAY_LOOK_MS, CHAT_REPLAY_LOOK_MS);
}

bool chat_session_replay_waiting(struct webchat *chat)
{
	bool some = false;
	for (struct chat_session *s = chat->sessions, *next; s; s = next) {
		next = s->next;
		if (s->waiting && s->ws)
			ask_when_room(s);
		some |= s->waiting;
	}
	return some;
}

static void send_held(struct chat_session *s, bool past_gaps)
{
	char *frame;
	size_t n;
	while ((frame = delivery_next_held(&s->delivery, past_gaps, &n))) {
		ws_send(s->ws, frame, n);
		free(frame);
	}
}

static void end_replay(struct chat_session *s)
{
	send_held(s, true);
	s->delivery.shown = s->delivery.wanted;
	s->delivery.replaying = false;
	chat_session_step(s, LIVE);
	if (!s->back_due)
		return;
	s->back_due = false;
	s->chat->host.back(&s->chat->base, s->peer->name);
}

static void replay(struct chat_session *s, const struct history_item *item, size_t n, bool more)
{
	for (size_t i = 0; i < n; i++) {
		s->cursor = item[i].seq;
		if (!delivery_replayed(&s->delivery, item[i].seq))
			continue;
		chat_write_item(&s->chat->frame, &item[i], s->peer->name, s->chat->host.secret);
		if (!chat_session_send(s))
			return;
	}
	if (!more)
		send_held(s, false);
	if (more) {
		ask_when_room(s);
	} else if (n && delivery_behind(&s->delivery)) {
		s->cursor = s->delivery.shown;
		ask(s);
	} else {
		end_replay(s);
	}
}

/* Where a probe begins: one before what the client knows, so that this one shows whether it is ours. */
static int64_t probe_start(const struct chat_session *s)
{
	return s->from > 0 ? s->from - 1 : 0;
}

static void probe(struct chat_session *s, const struct history_item *item, size_t n, bool more)
{
	bool first = s->cursor == probe_start(s);
	if (n == 0 && first && s->from > 0) {
		s->from = s->cursor = s->delivery.shown = s->delivery.wanted = 0;
		ask(s);
		return;
	}
	if (n)
		s->cursor = item[n - 1].seq;
	if (more && n) {
		ask(s);
		return;
	}
	chat_session_welcome(s, s->cursor);
	chat_session_step(s, REPLAYING);
	if (first) {
		replay(s, item, n, false);
	} else {
		s->cursor = s->from;
		ask(s);
	}
}

static void on_history(struct adapter *a, void *arg, int rc, const struct history_item *item, size_t n, bool more)
{
	struct chat_session *s = arg;
	(void)a;
	s->asking = false;
	if (s->state == CLOSED || !s->ws)
		; /* nobody listens any more */
	else if (rc < 0)
		ws_close(s->ws, CLOSE_TRY_LATER, "history not available, try again");
	else if (s->state == PROBING)
		probe(s, item, n, more);
	else
		replay(s, item, n, more);
	chat_session_unref(s);
}

void chat_session_probe(struct chat_session *s)
{
	s->cursor = probe_start(s);
	ask(s);
}

void chat_session_catch_up(struct chat_session *s)
{
	if (s->state != LIVE || !delivery_behind(&s->delivery))
		return;
	chat_session_step(s, REPLAYING);
	s->delivery.replaying = true;
	s->cursor = s->delivery.shown;
	ask(s);
}
