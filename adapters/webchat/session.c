#include "adapters/webchat/session.h"

#include <string.h>

#include "adapters/webchat/delivery.h"
#include "adapters/webchat/phone.h"
#include "adapters/webchat/protocol.h"
#include "gateway/base/clock.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"
#include "gateway/base/pace.h"
#include "gateway/base/sm.h"

enum { GREETING, PROBING, REPLAYING, LIVE, CLOSED, STATES };
static const char *const state_names[STATES] = { "greeting", "probing", "replaying", "live", "closed" };
static const uint32_t state_next[STATES] = {
	[GREETING] = SM_TO(PROBING) | SM_TO(LIVE) | SM_TO(CLOSED),
	[PROBING] = SM_TO(REPLAYING) | SM_TO(CLOSED),
	[REPLAYING] = SM_TO(LIVE) | SM_TO(CLOSED),
	[LIVE] = SM_TO(REPLAYING) | SM_TO(CLOSED),
};
static const struct sm_table machine = { "chat session", state_names, state_next, STATES };

enum { CLOSE_GOING_AWAY = 1001, CLOSE_TRY_LATER = 1013 };

struct chat_session {
	struct webchat *chat;     /* NULL: the adapter has ended */
	struct ws *ws;            /* NULL: closed */
	struct chat_peer *peer;   /* NULL before hello */
	struct chat_session *next, **link;   /* all sessions */
	struct chat_session *next_of_peer;
	char *token;              /* between hello and welcome */
	struct delivery delivery;
	int64_t from, cursor;     /* what the client said it knows; where the history is being read */
	int64_t seen, staff_seen; /* passed on already */
	int64_t pace_due, typing_due;
	unsigned refs;            /* the socket, a history being asked, acks */
	unsigned state;
	bool english, asking, waiting, back_due;
	struct client_address client;
};

/* Ten thousand of these are open at once. */
_Static_assert(sizeof(struct chat_session) <= 256, "an idle connection stays small");

static void step(struct chat_session *s, unsigned to)
{
	sm_move(&machine, &s->state, to, s->peer ? s->peer->name : NULL);
}

static void unref(struct chat_session *s)
{
	if (--s->refs)
		return;
	delivery_fini(&s->delivery);
	free(s->token);
	free(s);
}

/* --- writing --- */

static bool send_frame(struct chat_session *s)
{
	const struct buf *b = &s->chat->frame;
	return s->ws && ws_send(s->ws, buf_str(b), b->len);
}

static void send_error(struct chat_session *s, enum chat_error e, const char *id, const char *survey, unsigned retry_ms)
{
	chat_write_error(&s->chat->frame, e, s->english, id, survey, retry_ms);
	send_frame(s);
}

static void welcome(struct chat_session *s, int64_t last_seq)
{
	chat_write_welcome(&s->chat->frame, s->token, last_seq, s->english);
	send_frame(s);
	free(s->token);
	s->token = NULL;
}

/* --- history --- */

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
	step(s, LIVE);
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
		if (!send_frame(s))
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
	welcome(s, s->cursor);
	step(s, REPLAYING);
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
	unref(s);
}

static void catch_up(struct chat_session *s)
{
	if (s->state != LIVE || !delivery_behind(&s->delivery))
		return;
	step(s, REPLAYING);
	s->delivery.replaying = true;
	s->cursor = s->delivery.shown;
	ask(s);
}

/* --- what others have to say --- */

static bool welcomed(const struct chat_session *s)
{
	return s->ws && (s->state == REPLAYING || s->state == LIVE);
}

bool chat_session_show(struct webchat *chat, const char *peer, const struct history_item *item)
{
	const struct chat_peer *p = chat_peers_find(&chat->peers, peer);
	if (!p)
		return false;
	chat_write_item(&chat->frame, item, peer, chat->host.secret);
	/* A catch_up() below may write over the shared frame when the history answers at once. */
	struct ws_shared *shared = ws_shared_create(buf_str(&chat->frame), chat->frame.len);
	char *frame = mem_strndup(buf_str(&chat->frame), chat->frame.len);
	size_t n = chat->frame.len;
	for (struct chat_session *s = p->sessions, *next; s; s = next) {
		next = s->next_of_peer;
		if (!s->ws)
			continue;
		if (delivery_live(&s->delivery, item->seq, frame, n))
			ws_send_shared(s->ws, shared);
		catch_up(s);
	}
	ws_shared_release(shared);
	free(frame);
	return true;
}

void chat_session_tell(struct webchat *chat, const char *peer, const struct chat_session *except)
{
	const struct chat_peer *p = chat_peers_find(&chat->peers, peer);
	for (struct chat_session *s = p ? p->sessions : NULL; s; s = s->next_of_peer)
		if (s != except && welcomed(s))
			send_frame(s);
}

void chat_session_seen(struct webchat *chat, const char *peer, int64_t seq)
{
	const struct chat_peer *p = chat_peers_find(&chat->peers, peer);
	chat_write_seen(&chat->frame, seq);
	for (struct chat_session *s = p ? p->sessions : NULL; s; s = s->next_of_peer)
		if (welcomed(s) && seq > s->staff_seen) {
			s->staff_seen = seq;
			send_frame(s);
		}
}

static void want_all(struct webchat *chat, const char *peer, int64_t seq)
{
	const struct chat_peer *p = chat_peers_find(&chat->peers, peer);
	for (struct chat_session *s = p ? p->sessions : NULL, *next; s; s = next) {
		next = s->next_of_peer;
		delivery_want(&s->delivery, seq);
		catch_up(s);
	}
}

/* --- messages in --- */

void chat_ack_destroy(struct chat_ack *ack)
{
	*ack->link = ack->next;
	if (ack->next)
		ack->next->link = ack->link;
	unref(ack->session);
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
	if (here && send_frame(s) && info->seq > 0)
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
		catch_up(s);
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
		send_error(s, verdict == TAKEN_RETRY ? CHAT_NOT_STORED : chat_error_of_reason(info->reason), ack->id,
			ack->survey, 0);
	chat_ack_destroy(ack);
	webchat_settle(chat);
}

static void take(struct chat_session *s, const struct chat_in *in)
{
	struct webchat *chat = s->chat;
	if (chat->draining) {
		send_error(s, CHAT_NOT_STORED, in->id, in->survey, 0);
		return;
	}
	bool bad;
	struct chat_files *files = chat_files_of(chat, in, clock_now(), &bad);
	if (bad) {
		send_error(s, CHAT_BAD_FILE, in->id, NULL, 0);
		return;
	}
	char *id = chat_external_id(s->peer->name, in);
	struct chat_ack *ack = ack_create(s, in);
	ack->files = files;
	struct msg_in m = {
		.kind = in->verb == CHAT_RATING ? MSG_RATING : MSG_TEXT, .external_id = id, .peer = s->peer->name,
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

/* --- hello and signals --- */

static void join(struct chat_session *s, const char *token)
{
	char name[CHAT_PEER_LEN + 1];
	chat_peer_of_token(token, name);
	s->peer = chat_peers_get(&s->chat->peers, name);
	s->next_of_peer = s->peer->sessions;
	s->peer->sessions = s;
	s->token = mem_strdup(token);
}

static void begin_anew(struct chat_session *s)
{
	uint8_t random[CHAT_TOKEN_RANDOM];
	char token[CHAT_TOKEN_LEN + 1];
	crypto_random(random, sizeof random);
	chat_token_make(s->chat->host.secret, random, token);
	join(s, token);
	welcome(s, 0);
	step(s, LIVE);
}

static void hello(struct chat_session *s, const struct chat_in *in)
{
	if (s->state != GREETING) {
		send_error(s, CHAT_HELLO_AGAIN, NULL, NULL, 0);
		return;
	}
	if (in->language)
		s->english = strcmp(in->language, "en") == 0;
	char vouched[CHAT_TOKEN_LEN + 1];
	const char *token = in->token, *shared = s->chat->config->identity_secret;
	if (in->identity && shared && *shared && chat_vouched(s->chat->host.secret, shared, in->identity, clock_now(), vouched))
		token = vouched;
	else if (in->identity)
		send_error(s, CHAT_BAD_IDENTITY, NULL, NULL, 0);
	bool known = token && chat_token_valid(s->chat->host.secret, token);
	if (token && !known)
		send_error(s, CHAT_BAD_TOKEN, NULL, NULL, 0);
	if (!known) {
		begin_anew(s);
		return;
	}
	join(s, token);
	step(s, PROBING);
	s->back_due = s->delivery.replaying = true;
	/* What the client has seen is of the conversation whose token it has. */
	s->from = s->delivery.shown = s->delivery.wanted = in->token && strcmp(in->token, token) == 0 ? in->seq : 0;
	s->cursor = probe_start(s);
	ask(s);
}

static void typing(struct chat_session *s)
{
	struct webchat *chat = s->chat;
	if (pace(&s->typing_due, (int64_t)uv_now(chat->host.loop), 1, CHAT_TYPING_MS) == 0)
		chat->host.signal(&chat->base, &(struct signal){ .what = SIGNAL_TYPING, .peer = s->peer->name });
}

static void seen(struct chat_session *s, int64_t seq)
{
	struct webchat *chat = s->chat;
	int64_t upto = seq < s->delivery.shown ? seq : s->delivery.shown;
	if (upto <= s->seen || !welcomed(s))
		return;
	s->seen = upto;
	struct receipt r = { .peer = s->peer->name, .upto_seq = upto, .state = OUT_READ, .at = clock_now() };
	chat->host.receipt(&chat->base, &r, NULL, NULL);
}

static void heard(struct chat_session *s, int rc, const struct chat_in *in)
{
	if (rc == 1 && s->state != GREETING && in->verb == CHAT_TYPING) {
		typing(s);
		return;
	}
	if (rc == 1 && s->state != GREETING && in->verb == CHAT_SEEN) {
		seen(s, in->seq);
		return;
	}
	unsigned wait = pace(&s->pace_due, (int64_t)uv_now(s->chat->host.loop), CHAT_BURST, CHAT_BURST_MS);
	if (wait)
		send_error(s, CHAT_TOO_FAST, in->id, in->survey, wait);
	else if (rc < 0)
		send_error(s, in->error, in->id, in->survey, 0);
	else if (in->verb == CHAT_HELLO)
		hello(s, in);
	else if (s->state == GREETING)
		send_error(s, CHAT_HELLO_FIRST, in->id, in->survey, 0);
	else if (in->verb == CHAT_PHONE)
		chat_phone_ask(s->chat, s->peer->name, &s->client, s->english, in);
	else
		take(s, in);
}

/* --- the socket --- */

static int on_request(const struct http_req *req, void *arg, void **owner)
{
	struct webchat *chat = arg;
	const struct config_list *origins = &chat->config->origins;
	if (chat->draining)
		return 503;
	if (!chat_origin_allowed(http_header(req, "origin"), http_header(req, "host"), chat->host.public_url,
	                         origins->item, origins->count))
		return 403;
	struct chat_session *s = mem_new(struct chat_session);
	*s = (struct chat_session){ .chat = chat, .refs = 1, .next = chat->sessions, .link = &chat->sessions,
		.english = strcmp(chat->host.language, "en") == 0,
		.client = client_address(http_peer(req), http_header(req, "x-forwarded-for"), chat->config->proxies.item,
			chat->config->proxies.count) };
	if (s->next)
		s->next->link = &s->next;
	chat->sessions = s;
	*owner = s;
	return 0;
}

static void on_open(struct ws *ws, void *owner)
{
	struct chat_session *s = owner;
	s->ws = ws;
	if (!s->chat)
		ws_close(ws, CLOSE_GOING_AWAY, NULL);
	else if (s->chat->connections)
		metric_add(s->chat->connections, 1);
}

static void on_text(struct ws *ws, void *owner, const char *text, size_t n)
{
	struct chat_session *s = owner;
	struct chat_in in;
	(void)ws;
	if (!s->chat)
		return;
	int rc = chat_read(text, n, (unsigned)s->chat->config->max_text, &in);
	s->refs++; /* an answer that comes at once may close the session */
	heard(s, rc, &in);
	unref(s);
	chat_in_fini(&in);
}

/* Leaves the adapter's tables. */
static void leave(struct chat_session *s)
{
	if (s->peer) {
		struct chat_session **at = &s->peer->sessions;
		while (*at != s)
			at = &(*at)->next_of_peer;
		*at = s->next_of_peer;
		if (!s->peer->sessions)
			chat_peers_remove(&s->chat->peers, s->peer);
		s->peer = NULL;
	}
	*s->link = s->next;
	if (s->next)
		s->next->link = s->link;
	if (s->ws && s->chat->connections)
		metric_add(s->chat->connections, -1);
	step(s, CLOSED);
	s->waiting = false;
}

static void on_close(struct ws *ws, void *owner)
{
	struct chat_session *s = owner;
	(void)ws;
	if (s->chat)
		leave(s);
	s->ws = NULL;
	s->chat = NULL;
	unref(s);
}

const struct ws_ops chat_session_ops = { on_request, on_open, on_text, on_close };

void chat_session_close_all(struct webchat *chat, uint16_t code, const char *reason)
{
	for (struct chat_session *s = chat->sessions; s; s = s->next)
		if (s->ws)
			ws_close(s->ws, code, reason);
}

void chat_session_orphan_all(struct webchat *chat)
{
	while (chat->sessions) {
		struct chat_session *s = chat->sessions;
		leave(s);
		s->chat = NULL;
		if (s->ws)
			ws_close(s->ws, CLOSE_GOING_AWAY, "closing");
		if (s->asking)
			unref(s);
	}
}
