/* The chat as a conversation: several browsers of two citizens who come, go and come back, say, say again, and ask from any place in
 * the history; commits and pages of history that come late and in any order between; staff who write meanwhile; queues that fill;
 * a drain. The browsers are the model: each believes only what it was told, and what it was told must be so - an acknowledgement
 * only after the commit and with the place the store gave, every message once, in order, and in the end all of them. What
 * lies below the chat (http.h, libuv's timers) is this file's own, so time is a number and nothing waits.
 *
 * Input: moves, a byte and its operand each. Linked with the first definition of a symbol winning: ours. */
#include "tests/fuzz/fuzz.h"

#include "adapters/webchat/identity.h"
#include "adapters/webchat/room.h"
#include "adapters/webchat/webchat.h"
#include "gateway/base/http.h"
#include "gateway/base/log.h"

#include <jansson.h>

enum { FUZZ_MAX = 160 };
enum { BROWSERS = 6, PEERS = 2, ITEMS = 300, WAITING = 400, IDS = 40, TIMERS = 4, QUEUED = 400 << 10, EXTERNAL = 64 };

struct ws { /* one connection of a browser */
	void *owner;
	bool open, closing, welcomed, asked, refused;
	bool boasts; /* claimed to know what was not there yet: it may be shown that, or be taken at its word */
	unsigned peer;
	size_t queued;
	int64_t from, shown; /* asked after; the last one shown */
	bool knows[ITEMS + 1], said[IDS];
};

struct kept {
	unsigned peer;
	int64_t seq;
	char id[EXTERNAL], text[16]; /* id: "peer:id" */
	bool staff;
};

static struct world {
	struct input in;
	int64_t now;
	struct { uv_timer_t *t; uv_timer_cb f; int64_t due; uint64_t repeat; } timer[TIMERS];
	const struct ws_ops *ops;
	void *arg;
	struct adapter *chat;
	struct ws ws[BROWSERS];
	char token[PEERS][CHAT_TOKEN_LEN + 1], name[PEERS][CHAT_PEER_LEN + 1];
	struct kept item[ITEMS];
	size_t items;
	struct { char id[EXTERNAL], text[16]; unsigned peer; taken_f *done; void *ack; bool over; } take[WAITING];
	struct { unsigned peer; int64_t after; unsigned limit; history_f *done; void *arg; bool over; } history[WAITING];
	struct { struct msg_out m; bool over; } out[ITEMS];
	size_t takes, histories, outs;
	bool draining, drained;
	struct secret secret;
} *w;

/* --- libuv's timers and http.h, as far as the chat sees them --- */

uint64_t uv_now(const uv_loop_t *loop)
{
	(void)loop;
	return (uint64_t)w->now;
}

int uv_timer_init(uv_loop_t *loop, uv_timer_t *t)
{
	(void)loop;
	for (size_t i = 0; i < TIMERS; i++)
		if (!w->timer[i].t) {
			w->timer[i].t = t;
			w->timer[i].due = INT64_MAX;
			return 0;
		}
	must(!"the chat has fewer timers");
	return 0;
}

static size_t timer_of(const void *t)
{
	size_t i = 0;
	while (w->timer[i].t != t)
		must(++i < TIMERS);
	return i;
}

int uv_timer_start(uv_timer_t *t, uv_timer_cb f, uint64_t ms, uint64_t repeat)
{
	size_t i = timer_of(t);
	w->timer[i].f = f;
	w->timer[i].due = w->now + (int64_t)ms;
	w->timer[i].repeat = repeat;
	return 0;
}

int uv_timer_stop(uv_timer_t *t)
{
	w->timer[timer_of(t)].due = INT64_MAX;
	return 0;
}

int uv_is_active(const uv_handle_t *h)
{
	return w->timer[timer_of(h)].due != INT64_MAX;
}

void uv_close(uv_handle_t *h, uv_close_cb f)
{
	w->timer[timer_of(h)].due = INT64_MAX;
	f(h);
}

void http_route(struct http_server *s, const char *method, const char *pattern, http_handler_f *f, void *arg)
{
	(void)s, (void)method, (void)pattern, (void)f, (void)arg;
}

void http_route_body(struct http_server *s, const char *method, const char *pattern, size_t most, http_handler_f *f, void *arg)
{
	(void)s, (void)method, (void)pattern, (void)most, (void)f, (void)arg;
}

void http_websocket(struct http_server *s, const char *path, const char *subprotocol, const struct ws_ops *ops,
	const struct ws_limits *limits, void *arg)
{
	(void)s, (void)path, (void)subprotocol, (void)limits;
	w->ops = ops;
	w->arg = arg;
}

const char *http_peer(const struct http_req *r)
{
	(void)r;
	return "127.0.0.1";
}

const char *http_header(const struct http_req *r, const char *name)
{
	(void)r, (void)name;
	return NULL; /* no Origin: a program, not a page */
}

int chat_pages_create(struct chat_pages **p, const struct chat_page_settings *s, struct err *e)
{
	(void)s, (void)e;
	*p = NULL;
	return 0;
}

void chat_pages_route(struct chat_pages *p, struct http_server *s)
{
	(void)p, (void)s;
}

void chat_pages_destroy(struct chat_pages **p)
{
	*p = NULL;
}

size_t ws_queued(const struct ws *s)
{
	return s->queued;
}

void ws_close(struct ws *s, uint16_t code, const char *reason)
{
	(void)code, (void)reason;
	s->closing = true;
}

static void believe(struct ws *s, const char *text, size_t n);

bool ws_send(struct ws *s, const char *text, size_t n)
{
	must(s->open);
	if (s->closing)
		return false;
	s->queued += n;
	believe(s, text, n);
	return true;
}

struct ws_shared {
	char *text;
	size_t n;
};

struct ws_shared *ws_shared_create(const char *text, size_t n)
{
	struct ws_shared *f = mem_new(struct ws_shared);
	*f = (struct ws_shared){ mem_dup(text, n), n };
	return f;
}

void ws_shared_release(struct ws_shared *f)
{
	free(f->text);
	free(f);
}

bool ws_send_shared(struct ws *s, struct ws_shared *f)
{
	return ws_send(s, f->text, f->n);
}

/* --- what a browser believes --- */

static const struct kept *kept_at(unsigned peer, int64_t seq)
{
	for (size_t i = 0; i < w->items; i++)
		if (w->item[i].peer == peer && w->item[i].seq == seq)
			return &w->item[i];
	return NULL;
}

static int64_t last_of(unsigned peer)
{
	int64_t last = 0;
	for (size_t i = 0; i < w->items; i++)
		last = w->item[i].peer == peer ? w->item[i].seq : last;
	return last;
}

static const char *member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static void acknowledged(struct ws *s, const json_t *o, int64_t seq)
{
	const struct kept *k = kept_at(s->peer, seq);
	const char *id = k && strchr(k->id, ':') ? strchr(k->id, ':') + 1 : "";
	must(*id == 'i' && strcmp(id, member(o, "id")) == 0 && s->said[atoi(id + 1) % IDS]); /* stored, there, and this one's */
	s->knows[seq] = true;
}

static void shown(struct ws *s, const json_t *o, int64_t seq)
{
	const struct kept *k = kept_at(s->peer, seq);
	must(s->welcomed && k && strcmp(k->text, member(o, "text")) == 0);
	must(seq > s->shown && (s->boasts || (!s->knows[seq] && seq > s->from))); /* once, in order */
	s->shown = seq;
	s->knows[seq] = true;
}

static void welcomed(struct ws *s)
{
	must(s->asked && !s->welcomed);
	s->welcomed = true;
}

static void believe(struct ws *s, const char *text, size_t n)
{
	json_t *o = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	must(o);
	const char *type = member(o, "type");
	int64_t seq = json_integer_value(json_object_get(o, "seq"));
	if (strcmp(type, "welcome") == 0)
		welcomed(s);
	else if (strcmp(type, "ack") == 0)
		acknowledged(s, o, seq);
	else if (strcmp(type, "message") == 0)
		shown(s, o, seq);
	else if (strcmp(type, "error") == 0)
		s->refused = true;
	else
		must(strcmp(type, "typing") == 0 || strcmp(type, "seen") == 0);
	json_decref(o);
}

/* --- the gateway --- */

static unsigned peer_of(const char *name)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (strcmp(w->name[i], name) == 0)
			return i;
	must(!"there are two citizens");
	return 0;
}

static struct kept *keep(unsigned peer, const char *id, const char *text, bool staff)
{
	if (w->items == ITEMS)
		return NULL;
	struct kept *k = &w->item[w->items];
	*k = (struct kept){ .peer = peer, .seq = last_of(peer) + 1, .staff = staff };
	snprintf(k->id, sizeof k->id, "%s", id);
	snprintf(k->text, sizeof k->text, "%s", text);
	w->items++;
	return k;
}

static void on_take(struct adapter *a, const struct msg_in *m, taken_f *done, void *ack)
{
	must(a == w->chat && w->takes < WAITING);
	size_t i = w->takes++;
	w->take[i].peer = peer_of(m->peer);
	w->take[i].done = done;
	w->take[i].ack = ack;
	snprintf(w->take[i].id, sizeof w->take[i].id, "%s", m->external_id);
	snprintf(w->take[i].text, sizeof w->take[i].text, "%s", m->text);
}

static void on_history(struct adapter *a, const char *peer, int64_t after, unsigned limit, history_f *done, void *arg)
{
	must(a == w->chat && w->histories < WAITING);
	size_t i = w->histories++;
	w->history[i].peer = peer_of(peer);
	w->history[i].after = after;
	w->history[i].limit = limit;
	w->history[i].done = done;
	w->history[i].arg = arg;
}

static void on_sent(struct adapter *a, const struct msg_out *m, const struct sent_result *r)
{
	(void)a;
	must(r->sent == SENT_ACCEPTED || r->sent == SENT_PARKED);
	size_t i = 0;
	while (&w->out[i].m != m)
		must(++i < w->outs);
	must(!w->out[i].over); /* once */
	w->out[i].over = true;
}

static void on_receipt(struct adapter *a, const struct receipt *r, taken_f *done, void *ack)
{
	(void)r;
	if (done)
		done(a, ack, TAKEN_STORED, NULL);
}

static void on_signal(struct adapter *a, const struct signal *s)
{
	(void)a, (void)s;
}

static void on_back(struct adapter *a, const char *peer)
{
	(void)a;
	(void)peer_of(peer);
}

static void on_state(struct adapter *a, bool up, const char *words)
{
	(void)a, (void)up;
	must(words);
}

static void on_drained(struct adapter *a)
{
	(void)a;
	must(w->draining && !w->drained);
	for (size_t i = 0; i < w->takes; i++)
		must(w->take[i].over); /* what was given is answered first */
	w->drained = true;
}

/* --- moves --- */

static void commit(unsigned x)
{
	for (size_t i = 0; i < w->takes; i++) {
		if (w->take[i].over)
			continue;
		struct taken_info info = { .ticket = "20261122100000017" };
		enum taken verdict = x % 8 == 7 ? TAKEN_RETRY : TAKEN_STORED;
		for (size_t k = 0; k < w->items && verdict == TAKEN_STORED; k++)
			if (w->item[k].peer == w->take[i].peer && strcmp(w->item[k].id, w->take[i].id) == 0) {
				verdict = TAKEN_DUPLICATE;
				info.seq = w->item[k].seq;
			}
		struct kept *k = verdict == TAKEN_STORED ? keep(w->take[i].peer, w->take[i].id, w->take[i].text, false) : NULL;
		if (verdict == TAKEN_STORED)
			verdict = k ? TAKEN_STORED : TAKEN_RETRY;
		info.seq = k ? k->seq : info.seq;
		w->take[i].over = true;
		w->take[i].done(w->chat, w->take[i].ack, verdict, &info);
		return;
	}
}

static void page(unsigned x)
{
	for (size_t h = 0; h < w->histories; h++) {
		if (w->history[h].over)
			continue;
		static struct history_item item[100];
		size_t n = 0;
		bool more = false;
		for (size_t i = 0; i < w->items && !more; i++) {
			const struct kept *k = &w->item[i];
			if (k->peer != w->history[h].peer || k->seq <= w->history[h].after)
				continue;
			more = n == w->history[h].limit;
			if (!more)
				item[n++] = (struct history_item){ .seq = k->seq, .from = k->staff ? HISTORY_STAFF : HISTORY_CITIZEN, .text = k->text,
					.external_id = *k->id ? k->id : NULL, .ticket = "20261122100000017", .at = 1000 };
		}
		w->history[h].over = true;
		/* What is committed between the reading of a page and its coming, comes on its own first. */
		if (x % 4 == 3)
			commit(0);
		w->history[h].done(w->chat, w->history[h].arg, x % 16 == 15 ? E_AGAIN : 0, item, n, more);
		return;
	}
}

static void staff_writes(unsigned peer)
{
	char text[16];
	snprintf(text, sizeof text, "s%zu", w->items);
	struct kept *k = keep(peer, "", text, true);
	if (!k)
		return;
	struct msg_out *m = &w->out[w->outs++].m;
	*m = (struct msg_out){ .peer = w->name[peer], .seq = k->seq, .text = k->text, .author = "李", .ticket = "20261122100000017", .at = 1000 };
	must(webchat_adapter.send(w->chat, m) == 0);
}

static void pass(int64_t ms)
{
	w->now += ms;
	for (size_t i = 0; i < TIMERS; i++)
		if (w->timer[i].t && w->timer[i].due <= w->now) {
			w->timer[i].due = w->timer[i].repeat ? w->now + (int64_t)w->timer[i].repeat : INT64_MAX;
			w->timer[i].f(w->timer[i].t);
		}
}

static void come(struct ws *s)
{
	if (s->open)
		return;
	*s = (struct ws){ 0 };
	if (w->ops->on_request(NULL, w->arg, &s->owner) != 0)
		return;
	s->open = true;
	w->ops->on_open(s, s->owner);
}

static void leave(struct ws *s)
{
	if (!s->open)
		return;
	s->open = false;
	w->ops->on_close(s, s->owner);
}

static void hear(struct ws *s, const char *text)
{
	if (s->open && !s->closing)
		w->ops->on_text(s, s->owner, text, strlen(text));
}

static void hello(struct ws *s, unsigned peer, unsigned x)
{
	char text[400];
	if (!s->open || s->closing || s->asked)
		return;
	s->peer = peer;
	s->asked = true;
	s->from = x % 32 == 31 ? 200 : x % 16;
	s->boasts = s->from > last_of(peer);
	int n = snprintf(text, sizeof text, "{\"type\":\"hello\",\"token\":\"%s\",\"last_seq\":%d}",
		w->token[peer], (int)s->from);
	must(n > 0 && n < (int)sizeof text);
	s->refused = false;
	hear(s, text);
	s->asked = !s->refused; /* too fast, even for a hello: to be said again */
}

static void say(struct ws *s, unsigned x)
{
	char text[100];
	unsigned id = s->peer * (IDS / 2) + x % (IDS / 2);
	if (!s->open || !s->asked)
		return;
	s->said[id] = true;
	snprintf(text, sizeof text, "{\"type\":\"message\",\"id\":\"i%u\",\"text\":\"t%u\"}", id, id);
	hear(s, text);
}

static void move(void)
{
	unsigned b = input_byte(&w->in), x = input_byte(&w->in);
	struct ws *s = &w->ws[(b >> 4) % BROWSERS];
	switch (b % 16) {
	case 0: come(s); break;
	case 1: hello(s, x % PEERS, x / PEERS); break;
	case 2: case 3: say(s, x); break;
	case 4: case 5: commit(x); break;
	case 6: case 7: page(x); break;
	case 8: staff_writes(x % PEERS); break;
	case 9: pass(x); break;
	case 10: pass(x * 100); break;
	case 11: s->queued = x % 2 ? QUEUED : 0; break;
	case 12: leave(s); break;
	case 13: hear(s, x % 3 ? "{\"type\":\"seen\",\"seq\":3}" : "{\"type\":\"typing\"}"); break;
	case 14: come(s); hello(s, x % PEERS, x / PEERS); break;
	default:
		if (x > 250 && !w->draining) {
			w->draining = true;
			webchat_adapter.drain(w->chat);
		}
	}
}

static bool under_way(void)
{
	bool some = false;
	for (size_t i = 0; i < w->takes; i++)
		some |= !w->take[i].over;
	for (size_t i = 0; i < w->histories; i++)
		some |= !w->history[i].over;
	return some;
}

/* Everything that is under way comes through: then every browser knows all there is. */
static void peace(void)
{
	for (unsigned i = 0; i < 2000 && (i < 8 || under_way()); i++) {
		for (struct ws *s = w->ws; s < w->ws + BROWSERS; s++)
			s->queued = 0;
		commit(0);
		page(0);
		pass(100);
	}
	must(!w->draining || w->drained);
	for (size_t i = 0; i < w->outs; i++)
		must(w->out[i].over);
	for (struct ws *s = w->ws; s < w->ws + BROWSERS; s++) {
		if (!s->open || s->closing || !s->asked)
			continue;
		must(s->welcomed);
		for (int64_t seq = s->from + 1; seq <= last_of(s->peer); seq++)
			must(s->knows[seq]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct world world;
	struct err e = { 0 };
	world = (struct world){ .in = { p, n }, .now = 1000000, .secret = { .key = { 1, 2, 3 } } };
	w = &world;
	log_init(false, LOG_ERROR);
	for (unsigned i = 0; i < PEERS; i++) {
		chat_token_make(&w->secret, (uint8_t[CHAT_TOKEN_RANDOM]){ (uint8_t)i }, w->token[i]);
		chat_peer_of_token(w->token[i], w->name[i]);
	}
	static const struct webchat_config config = { .max_text = 4000 };
	struct adapter_host host = { .secret = &w->secret, .public_url = "https://12345.city.example", .hotline = "h", .language = "zh-CN",
		.www = "adapters/webchat", .take = on_take, .receipt = on_receipt, .sent = on_sent, .back = on_back, .signal = on_signal,
		.history = on_history, .state = on_state, .drained = on_drained };
	must(webchat_adapter.create(&w->chat, &config, &host, &e) == 0);
	w->chat->ops = &webchat_adapter;
	w->chat->channel = "web";
	must(webchat_adapter.start(w->chat, &e) == 0);
	while (w->in.n && w->takes < WAITING - BROWSERS && w->histories < WAITING - BROWSERS && w->outs < ITEMS - 1)
		move();
	if (n % 4)
		peace();
	while (under_way()) { /* the store stops first, and answers all it was asked */
		commit(7);
		page(0);
	}
	webchat_adapter.destroy(&w->chat);
	for (struct ws *s = w->ws; s < w->ws + BROWSERS; s++)
		leave(s);
	return 0;
}
