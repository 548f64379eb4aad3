/* The includer includes setjmp.h, stdarg.h, stddef.h, stdint.h and cmocka.h first.
 * A gateway small enough for the chat's suite: real sockets in, a conversation kept in memory, commits and history
 * given at once or when the test says so. */
#ifndef XQ_TESTS_WEBCHAT_WORLD_H
#define XQ_TESTS_WEBCHAT_WORLD_H

#include <errno.h>
#include <stdio.h>

#include "adapters/webchat/identity.h"
#include "adapters/webchat/protocol.h"
#include "adapters/webchat/room.h"
#include "adapters/webchat/webchat.h"
#include "gateway/base/blob.h"
#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/unit/base/raw_client.h"

enum { WORLD_ITEMS = 1000, WORLD_WAITING = 64, CLOSED_FRAME = 8 };

struct world {
	uv_loop_t loop;
	struct blob_store *blobs; /* NULL: no files */
	struct http_server *server;
	struct adapter_host host;
	struct arena *arena; /* copies of what the adapter said */
	struct adapter *chat;
	struct webchat_config config;
	struct secret secret;
	struct { const struct msg_out *msg; enum sent sent; } sent[WORLD_WAITING];
	size_t sents, receipts, signals, backs, drains;
	struct receipt receipt; /* the last one */
	const char *back;
	bool up;
	struct history_item item[WORLD_ITEMS];
	char peer[WORLD_ITEMS][32];
	size_t items;
	bool hold_takes, hold_history, refuse_history;
	bool commit_late; /* the oldest take is committed after the next page was read, before it is given */
	enum taken verdict; /* of new messages */
	const char *reason;
	struct { struct msg_in m; taken_f *done; void *ack; } take[WORLD_WAITING];
	size_t takes, takes_done;
	struct { char peer[32]; int64_t after; unsigned limit; history_f *done; void *arg; } history[WORLD_WAITING];
	size_t histories, histories_done;
	struct signal signal;
	char signal_peer[32];
	size_t uploads;
	bool hold_files, file_asked;
	enum file_state file_state;
};

static struct world *world;

static inline int64_t world_last(const char *peer)
{
	int64_t last = 0;
	for (size_t i = 0; i < world->items; i++)
		if (strcmp(world->peer[i], peer) == 0)
			last = world->item[i].seq;
	return last;
}

/* Adds to the conversation; what the store would have after a commit. */
static inline struct history_item *world_add(const char *peer, int from, const char *text, const char *external_id)
{
	must(world->items < WORLD_ITEMS);
	struct history_item *i = &world->item[world->items];
	*i = (struct history_item){ .seq = world_last(peer) + 1, .text = arena_strdup(world->arena, text),
		.external_id = arena_strdup(world->arena, external_id), .ticket = "20261122100000017", .at = 1000 };
	i->from = (unsigned)from;
	i->author = from == HISTORY_STAFF ? "李" : NULL;
	snprintf(world->peer[world->items++], sizeof world->peer[0], "%s", peer);
	return i;
}

static inline void world_on_take(struct adapter *a, const struct msg_in *m, taken_f *done, void *ack)
{
	(void)a;
	must(world->takes < WORLD_WAITING);
	struct msg_in *c = &world->take[world->takes].m;
	*c = *m;
	const char **const words[] = { &c->external_id, &c->peer, &c->account, &c->text, &c->language, &c->rating.survey,
		&c->rating.comment };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		*words[i] = arena_strdup(world->arena, *words[i]);
	world->take[world->takes].done = done;
	world->take[world->takes++].ack = ack;
}

static inline void world_commit(void)
{
	size_t n = world->takes_done++;
	const struct msg_in *m = &world->take[n].m;
	struct taken_info info = { .ticket = "20261122100000017", .reason = world->reason };
	enum taken verdict = world->verdict;
	for (size_t i = 0; i < world->items && verdict == TAKEN_STORED; i++)
		if (world->item[i].external_id && strcmp(world->item[i].external_id, m->external_id) == 0) {
			verdict = TAKEN_DUPLICATE;
			info.seq = world->item[i].seq;
		}
	if (verdict == TAKEN_STORED)
		info.seq = world_add(m->peer, HISTORY_CITIZEN, m->text, m->external_id)->seq;
	world->take[n].done(world->chat, world->take[n].ack, verdict, &info);
}

static inline void world_on_history(struct adapter *a, const char *peer, int64_t after, unsigned limit, history_f *done, void *arg)
{
	(void)a;
	must(world->histories < WORLD_WAITING);
	snprintf(world->history[world->histories].peer, sizeof world->history[0].peer, "%s", peer);
	world->history[world->histories].after = after;
	world->history[world->histories].limit = limit;
	world->history[world->histories].done = done;
	world->history[world->histories++].arg = arg;
}

static inline void world_tell_history(void)
{
	struct history_item page[100];
	size_t h = world->histories_done++, n = 0;
	bool more = false;
	for (size_t i = 0; i < world->items; i++)
		if (strcmp(world->peer[i], world->history[h].peer) == 0 && world->item[i].seq > world->history[h].after) {
			more = n == world->history[h].limit;
			if (more)
				break;
			page[n++] = world->item[i];
		}
	if (world->commit_late) {
		world->commit_late = false;
		world_commit();
	}
	world->history[h].done(world->chat, world->history[h].arg, world->refuse_history ? E_AGAIN : 0, page, n, more);
}

/* At once, which is sooner than the gateway does. */
static inline void world_on_uploaded(struct adapter *a, const struct msg_attachment *file, taken_f *done, void *ack)
{
	(void)file;
	world->uploads++;
	done(a, ack, world->verdict, NULL);
}

static inline void world_on_file(struct adapter *a, const char *sha256, file_f *done, void *arg)
{
	(void)sha256;
	if (world->hold_files)
		world->file_asked = true;
	else
		done(a, arg, 0, world->file_state);
}

static inline void world_on_signal(struct adapter *a, const struct signal *s)
{
	(void)a;
	world->signal = *s;
	snprintf(world->signal_peer, sizeof world->signal_peer, "%s", s->peer);
	world->signals++;
}

static inline void world_on_sent(struct adapter *a, const struct msg_out *m, const struct sent_result *r)
{
	(void)a;
	must(world->sents < WORLD_WAITING);
	world->sent[world->sents].msg = m;
	world->sent[world->sents++].sent = r->sent;
}

static inline void world_on_receipt(struct adapter *a, const struct receipt *r, taken_f *done, void *ack)
{
	if (done)
		done(a, ack, TAKEN_STORED, NULL);
	world->receipt = *r;
	world->receipt.peer = arena_strdup(world->arena, r->peer);
	world->receipts++;
}

static inline void world_on_back(struct adapter *a, const char *peer)
{
	(void)a;
	world->back = arena_strdup(world->arena, peer);
	world->backs++;
}

static inline void world_on_state(struct adapter *a, bool up, const char *words)
{
	(void)a;
	assert_non_null(words);
	world->up = up;
}

static inline void world_on_drained(struct adapter *a)
{
	(void)a;
	world->drains++;
}

/* What happens by itself. */
static inline void world_turn(void)
{
	while (!world->hold_takes && world->takes_done < world->takes)
		world_commit();
	while (!world->hold_history && world->histories_done < world->histories)
		world_tell_history();
	loop_for(&world->loop, 2);
}

static inline int world_setup(void **state)
{
	struct err e = { 0 };
	world = mem_new(struct world);
	*state = world;
	uv_loop_init(&world->loop);
	world->server = http_create(&world->loop, &(struct http_limits){ .connections = 100, .body = 65536 }, &e);
	assert_non_null(world->server);
	crypto_random(world->secret.key, sizeof world->secret.key);
	world->arena = arena_create(4096);
	world->host = (struct adapter_host){ .loop = &world->loop, .http = world->server, .secret = &world->secret,
		.public_url = "https://12345.city.example", .hotline = "示范市12345", .language = "zh-CN", .www = "adapters/webchat",
		.take = world_on_take, .receipt = world_on_receipt, .sent = world_on_sent, .back = world_on_back,
		.signal = world_on_signal, .history = world_on_history, .uploaded = world_on_uploaded, .file = world_on_file, .state = world_on_state, .drained = world_on_drained };
	static const char *types[] = { "image/png", "text/plain" };
	static const char *origins[] = { "https://www.city.example" };
	world->config = (struct webchat_config){ .origins = { origins, 1 }, .identity_secret = "shared with the site", .max_text = 4000, .max_files = 9, .max_file = 1,
		.file_types = { types, 2 } };
	if (webchat_adapter.create(&world->chat, &world->config, &world->host, &e) < 0)
		fail_msg("%s", e.words);
	world->chat->ops = &webchat_adapter;
	world->chat->channel = "web";
	assert_int_equal(webchat_adapter.start(world->chat, &e), 0);
	assert_true(world->up);
	assert_int_equal(http_listen(world->server, "127.0.0.1", 0, &e), 0);
	return 0;
}

static inline int world_teardown(void **state)
{
	(void)state;
	if (world->chat)
		webchat_adapter.destroy(&world->chat);
	http_destroy(&world->server);
	arena_destroy(&world->arena);
	loop_for(&world->loop, 20);
	if (world->blobs)
		blob_close(&world->blobs);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	free(world);
	return 0;
}

/* --- a browser --- */

struct browser {
	struct raw raw;
	char frame[RAW_MAX + 1];
	char token[CHAT_TOKEN_LEN + 1], peer[CHAT_PEER_LEN + 1];
	unsigned close_code;
};

/* The upgrade's status. */
static inline int browser_upgrade(struct browser *b, const char *headers)
{
	char request[600];
	raw_open(&b->raw, &world->loop, http_port(world->server));
	snprintf(request, sizeof request, "GET /chat/ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Protocol: xinqiao.chat.1\r\n%s\r\n", http_port(world->server), headers);
	raw_say(&b->raw, request);
	return raw_answer_to(&b->raw, true);
}

static inline struct browser *browser_open(void)
{
	struct browser *b = mem_new(struct browser);
	assert_int_equal(browser_upgrade(b, ""), 101);
	return b;
}

static inline void browser_close(struct browser **b)
{
	raw_close(&(*b)->raw);
	free(*b);
	*b = NULL;
}

static inline void browser_say_n(struct browser *b, const char *text, size_t n)
{
	uint8_t head[14] = { 0x81, 0, 0, 0 };
	size_t h = 2;
	if (n < 126) {
		head[1] = (uint8_t)(0x80 | n);
	} else if (n < 65536) {
		head[1] = 0x80 | 126;
		head[2] = (uint8_t)(n >> 8);
		head[3] = (uint8_t)n;
		h = 4;
	} else {
		must(!"no test is that long");
	}
	raw_send(&b->raw, head, h + 4); /* a mask of zeros leaves the text as it is */
	raw_send(&b->raw, text, n);
}

static inline void browser_say(struct browser *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void browser_say(struct browser *b, const char *fmt, ...)
{
	char text[16384];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	browser_say_n(b, text, (size_t)n);
}

/* A whole frame at the start of what came; its header's size, and its length. */
static inline size_t browser_head(const struct raw *r, size_t *n)
{
	const uint8_t *p = (const uint8_t *)r->got;
	size_t h = 2;
	if (r->len < 2)
		return 0;
	*n = p[1] & 127;
	if (*n == 126) {
		h = 4;
		*n = r->len < 4 ? 0 : (size_t)p[2] << 8 | p[3];
	} else if (*n == 127) {
		h = 10;
		*n = r->len < 10 ? 0 : (size_t)p[6] << 24 | (size_t)p[7] << 16 | (size_t)p[8] << 8 | p[9];
	}
	return r->len >= h + *n ? h : 0;
}

/* The next text frame, or NULL: closed, or nothing within the time. */
static inline const char *browser_hear_within(struct browser *b, unsigned ms)
{
	size_t n = 0, h;
	b->raw.want = SIZE_MAX;
	for (unsigned i = 0; !(h = browser_head(&b->raw, &n)); i++) {
		raw_pull(&b->raw);
		if (browser_head(&b->raw, &n))
			continue;
		if (b->raw.ended || i > ms / 2)
			return NULL;
		world_turn();
	}
	unsigned opcode = (uint8_t)b->raw.got[0] & 15;
	memcpy(b->frame, b->raw.got + h, n);
	b->frame[n] = '\0';
	raw_take(&b->raw, h + n);
	if (opcode == CLOSED_FRAME)
		b->close_code = (unsigned)(uint8_t)b->frame[0] << 8 | (uint8_t)b->frame[1];
	return opcode == 1 ? b->frame : NULL;
}

static inline const char *browser_hear(struct browser *b)
{
	return browser_hear_within(b, 5000);
}

static inline void browser_expect(struct browser *b, const char *part)
{
	const char *got = browser_hear(b);
	if (!got || !strstr(got, part))
		fail_msg("expected %s, got %s", part, got ? got : "nothing");
}

static inline void browser_expect_silence(struct browser *b)
{
	const char *got = browser_hear_within(b, 60);
	if (got)
		fail_msg("expected nothing, got %s", got);
}

/* Says hello and remembers the token. token NULL: the first time. */
static inline void browser_hello(struct browser *b, const char *token, int64_t last_seq)
{
	if (token)
		browser_say(b, "{\"type\":\"hello\",\"token\":\"%s\",\"last_seq\":%lld}", token, (long long)last_seq);
	else
		browser_say(b, "{\"type\":\"hello\",\"token\":null,\"last_seq\":%lld}", (long long)last_seq);
}

static inline void browser_welcomed(struct browser *b, int64_t last_seq)
{
	char part[40];
	snprintf(part, sizeof part, "\"last_seq\":%lld,", (long long)last_seq);
	browser_expect(b, "{\"type\":\"welcome\",\"token\":\"");
	assert_non_null(strstr(b->frame, part));
	memcpy(b->token, b->frame + strlen("{\"type\":\"welcome\",\"token\":\""), CHAT_TOKEN_LEN);
	chat_peer_of_token(b->token, b->peer);
}

static inline struct browser *browser_new(void)
{
	struct browser *b = browser_open();
	browser_hello(b, NULL, 0);
	browser_welcomed(b, 0);
	return b;
}

/* One more tab of the same citizen that knows last_seq messages of `known`. */
static inline struct browser *browser_tab(const struct browser *of, int64_t last_seq, int64_t known)
{
	struct browser *b = browser_open();
	browser_hello(b, of->token, last_seq);
	browser_welcomed(b, known);
	return b;
}

static inline void browser_expect_seq(struct browser *b, int64_t from, int64_t to)
{
	char part[30];
	for (int64_t seq = from; seq <= to; seq++) {
		snprintf(part, sizeof part, "\"seq\":%lld,", (long long)seq);
		browser_expect(b, part);
	}
}

/* --- what is said --- */

static inline void message(struct browser *b, const char *id, const char *text)
{
	browser_say(b, "{\"type\":\"message\",\"id\":\"%s\",\"text\":\"%s\"}", id, text);
}

/* A reply as the gateway sends it: committed first, then sent. */
static inline const struct msg_out *reply(const char *peer, const char *text)
{
	const struct history_item *i = world_add(peer, HISTORY_STAFF, text, NULL);
	struct msg_out *m = arena_alloc(world->arena, sizeof *m);
	*m = (struct msg_out){ .seq = i->seq, .peer = arena_strdup(world->arena, peer), .author = "李", .text = i->text,
		.language = "zh-CN", .ticket = i->ticket, .at = i->at, .attempt = 1 };
	assert_int_equal(webchat_adapter.send(world->chat, m), 0);
	return m;
}

static inline void expect_sent(size_t nth, const struct msg_out *m, enum sent sent)
{
	for (int i = 0; i < 100 && world->sents <= nth; i++)
		world_turn();
	assert_int_equal(world->sents, nth + 1);
	assert_ptr_equal(world->sent[nth].msg, m);
	assert_int_equal(world->sent[nth].sent, sent);
}

#define CHAT_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#endif
