#include "adapters/webchat/session_internal.h"

#include <string.h>

#include "adapters/webchat/phone.h"
#include "gateway/base/clock.h"
#include "gateway/base/hash.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"
#include "gateway/base/pace.h"
#include "gateway/base/sm.h"

static const char *const state_names[STATES] = { "greeting", "probing", "replaying", "live", "closed" };
static const uint32_t state_next[STATES] = {
	[GREETING] = SM_TO(PROBING) | SM_TO(LIVE) | SM_TO(CLOSED),
	[PROBING] = SM_TO(REPLAYING) | SM_TO(CLOSED),
	[REPLAYING] = SM_TO(LIVE) | SM_TO(CLOSED),
	[LIVE] = SM_TO(REPLAYING) | SM_TO(CLOSED),
};
static const struct sm_table machine = { "chat session", state_names, state_next, STATES };

void chat_session_step(struct chat_session *s, unsigned to)
{
	sm_move(&machine, &s->state, to, s->peer ? s->peer->name : NULL);
}

void chat_session_unref(struct chat_session *s)
{
	if (--s->refs)
		return;
	delivery_fini(&s->delivery);
	free(s->token);
	free(s);
}

/* --- writing --- */

bool chat_session_send(struct chat_session *s)
{
	const struct buf *b = &s->chat->frame;
	return s->ws && ws_send(s->ws, buf_str(b), b->len);
}

void chat_session_error(struct chat_session *s, enum chat_error e, const char *id, const char *survey, unsigned retry_ms)
{
	chat_write_error(&s->chat->frame, e, s->english, id, survey, retry_ms);
	chat_session_send(s);
}

void chat_session_welcome(struct chat_session *s, int64_t last_seq)
{
	chat_write_welcome(&s->chat->frame, s->token, last_seq, s->english);
	chat_session_send(s);
	free(s->token);
	s->token = NULL;
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
	/* A chat_session_catch_up() below may write over the shared frame when the history answers at once. */
	struct ws_shared *shared = ws_shared_create(buf_str(&chat->frame), chat->frame.len);
	char *frame = mem_strndup(buf_str(&chat->frame), chat->frame.len);
	size_t n = chat->frame.len;
	for (struct chat_session *s = p->sessions, *next; s; s = next) {
		next = s->next_of_peer;
		if (!s->ws)
			continue;
		if (delivery_live(&s->delivery, item->seq, frame, n))
			ws_send_shared(s->ws, shared);
		chat_session_catch_up(s);
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
			chat_session_send(s);
}

void chat_session_seen(struct webchat *chat, const char *peer, const char *ticket, int64_t seq)
{
	uint32_t of = hash_text(ticket);
	const struct chat_peer *p = chat_peers_find(&chat->peers, peer);
	chat_write_seen(&chat->frame, ticket, seq);
	for (struct chat_session *s = p ? p->sessions : NULL; s; s = s->next_of_peer)
		if (welcomed(s) && (of != s->staff_seen_of || seq > s->staff_seen)) {
			s->staff_seen_of = of;
			s->staff_seen = seq;
			chat_session_send(s);
		}
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
	chat_session_welcome(s, 0);
	chat_session_step(s, LIVE);
}

static void hello(struct chat_session *s, const struct chat_in *in)
{
	if (s->state != GREETING) {
		chat_session_error(s, CHAT_HELLO_AGAIN, NULL, NULL, 0);
		return;
	}
	if (in->language)
		s->english = strcmp(in->language, "en") == 0;
	char vouched[CHAT_TOKEN_LEN + 1];
	const char *token = in->token, *shared = s->chat->config->identity_secret;
	if (in->identity && shared && *shared && chat_vouched(s->chat->host.secret, shared, in->identity, clock_now(), vouched))
		token = vouched;
	else if (in->identity)
		chat_session_error(s, CHAT_BAD_IDENTITY, NULL, NULL, 0);
	bool known = token && chat_token_valid(s->chat->host.secret, token);
	if (token && !known)
		chat_session_error(s, CHAT_BAD_TOKEN, NULL, NULL, 0);
	if (!known) {
		begin_anew(s);
		return;
	}
	join(s, token);
	chat_session_step(s, PROBING);
	s->back_due = s->delivery.replaying = true;
	/* What the client has seen is of the conversation whose token it has. */
	s->from = s->delivery.shown = s->delivery.wanted = in->token && strcmp(in->token, token) == 0 ? in->seq : 0;
	chat_session_probe(s);
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
		chat_session_error(s, CHAT_TOO_FAST, in->id, in->survey, wait);
	else if (rc < 0)
		chat_session_error(s, in->error, in->id, in->survey, 0);
	else if (in->verb == CHAT_HELLO)
		hello(s, in);
	else if (s->state == GREETING)
		chat_session_error(s, CHAT_HELLO_FIRST, in->id, in->survey, 0);
	else if (in->verb == CHAT_PHONE)
		chat_phone_ask(s->chat, s->peer->name, &s->client, s->english, in);
	else
		chat_session_take(s, in);
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
	chat_session_unref(s);
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
	chat_session_step(s, CLOSED);
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
	chat_session_unref(s);
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
			chat_session_unref(s);
	}
}
