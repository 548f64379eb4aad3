#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>

#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/unit/base/raw_client.h"

enum { MESSAGE = 32768, QUEUE = 200000, MANY = 300 };
enum { CONTINUES = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80 };

static uv_loop_t loop;
static struct http_server *server;
static struct raw c, d;

/* --- the server's side: counts, and echoes what it is told --- */

static struct ws *open_ws[MANY + 10];
static unsigned requests, opened, closed, failed, texts;
static char last_text[MESSAGE + 1];
static size_t last_n;

static int on_request(const struct http_req *req, void *arg, void **owner)
{
	const char *origin = http_header(req, "origin"), *cookie = http_cookie(req, "sid");
	requests++;
	*owner = arg;
	if (cookie && !strcmp(cookie, "bad"))
		return 401;
	return origin && !strcmp(origin, "https://evil.example") ? 403 : 0;
}

static void on_open(struct ws *w, void *owner)
{
	assert_ptr_equal(owner, &opened);
	open_ws[opened++] = w;
}

static void on_text(struct ws *w, void *owner, const char *text, size_t n)
{
	assert_ptr_equal(owner, &opened);
	assert_int_equal(text[n], '\0');
	texts++;
	last_n = n;
	memcpy(last_text, text, n + 1);
	if (!strcmp(text, "close me")) {
		assert_true(ws_send(w, "goodbye", 7));
		ws_close(w, 4000, "你好");
		assert_false(ws_send(w, "too late", 8));
		return;
	}
	ws_send(w, text, n);
}

static void on_close(struct ws *w, void *owner)
{
	assert_ptr_equal(owner, &opened);
	closed++;
	failed += !w;
	for (unsigned i = 0; w && i < opened; i++)
		if (open_ws[i] == w)
			open_ws[i] = NULL;
}

static const struct ws_ops ops = { on_request, on_open, on_text, on_close };

static int setup(void **state)
{
	struct http_limits limits = { .connections = MANY + 50, .body = 1000 };
	struct ws_limits normal = { .message = MESSAGE, .queue = QUEUE, .ping_s = 60 };
	struct ws_limits watchful = { .message = MESSAGE, .queue = QUEUE, .ping_s = 1 };
	struct err e = { 0 };
	(void)state;
	requests = opened = closed = failed = texts = 0;
	uv_loop_init(&loop);
	server = http_create(&loop, &limits, &e);
	http_websocket(server, "/chat/ws", "chat.1", &ops, &normal, &opened);
	http_websocket(server, "/feed", "feed.1", &ops, &normal, &opened);
	http_websocket(server, "/any", NULL, &ops, &normal, &opened);
	http_websocket(server, "/watchful", NULL, &ops, &watchful, &opened);
	assert_int_equal(http_listen(server, "127.0.0.1", 0, &e), 0);
	raw_open(&c, &loop, http_port(server));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	raw_close(&c);
	http_destroy(&server);
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(closed, opened + failed); /* every owner hears of the end, once */
	return uv_loop_close(&loop);
}

/* --- the client's side --- */

#define UPGRADE "Host: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static int upgrade(struct raw *r, const char *path, const char *headers)
{
	char request[1000];
	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n%s\r\n", path, headers);
	raw_say(r, request);
	return raw_answer(r);
}

static void join(struct raw *r)
{
	assert_int_equal(upgrade(r, "/any", UPGRADE KEY), 101);
}

/* A masked frame, as clients send them. Returns its length. */
static size_t make_frame(uint8_t *out, int first, const void *p, size_t n, bool masked)
{
	static const uint8_t mask[4] = { 0x12, 0xAB, 0x00, 0xFE };
	size_t at = 0;
	out[at++] = (uint8_t)first;
	if (n < 126) {
		out[at++] = (uint8_t)(n | (masked ? 0x80 : 0));
	} else if (n < 65536) {
		out[at++] = 126 | (masked ? 0x80 : 0);
		out[at++] = (uint8_t)(n >> 8);
		out[at++] = (uint8_t)n;
	} else {
		out[at++] = 127 | (masked ? 0x80 : 0);
		for (int i = 56; i >= 0; i -= 8)
			out[at++] = (uint8_t)((uint64_t)n >> i);
	}
	if (masked) {
		memcpy(out + at, mask, 4);
		at += 4;
	}
	for (size_t i = 0; i < n; i++)
		out[at + i] = ((const uint8_t *)p)[i] ^ (masked ? mask[i % 4] : 0);
	return at + n;
}

static bool frame(struct raw *r, int first, const void *p, size_t n)
{
	static uint8_t b[200000];
	return raw_send(r, b, make_frame(b, first, p, n, true));
}

static bool say(struct raw *r, const char *text)
{
	return frame(r, FIN | TEXT, text, strlen(text));
}

/* Takes the next frame; its opcode, or -1 when the server closed without one. Payload in r->body, length in r->status. */
static int next_frame(struct raw *r)
{
	if (!raw_await(r, 2))
		return -1;
	const uint8_t *p = (const uint8_t *)r->got;
	assert_int_equal(p[1] & 0x80, 0); /* a server never masks */
	size_t head = 2, n = p[1];
	if (n == 126) {
		assert_true(raw_await(r, 4));
		n = (size_t)p[2] << 8 | p[3];
		head = 4;
	} else if (n == 127) {
		assert_true(raw_await(r, 10));
		for (n = 0, head = 2; head < 10; head++)
			n = n << 8 | p[head];
	}
	int opcode = p[0] & 15;
	assert_int_equal(p[0], FIN | opcode);
	assert_true(raw_await(r, head + n));
	raw_take(r, head + n);
	r->body = r->answer + head;
	r->status = (int)n;
	return opcode;
}

/* The code of the close frame that comes next; 0 when the server just closed. */
static int close_code(struct raw *r)
{
	int opcode = next_frame(r);
	if (opcode < 0)
		return 0;
	assert_int_equal(opcode, CLOSE);
	assert_true(r->status >= 2);
	return (uint8_t)r->body[0] << 8 | (uint8_t)r->body[1];
}

static void assert_echo(struct raw *r, const char *text)
{
	assert_int_equal(next_frame(r), TEXT);
	assert_string_equal(r->body, text);
}

/* --- handshakes --- */

static void a_handshake_names_its_subprotocol_and_echoes(void **state)
{
	(void)state;
	assert_int_equal(upgrade(&c, "/chat/ws?x=1", UPGRADE KEY "Sec-WebSocket-Protocol: other, chat.1\r\n"
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nOrigin: https://city.example\r\n"), 101);
	assert_true(raw_has(&c, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	assert_true(raw_has(&c, "Sec-WebSocket-Protocol: chat.1\r\n"));
	assert_false(raw_has(&c, "Extensions"));
	assert_int_equal(opened, 1);
	say(&c, "你好");
	assert_echo(&c, "你好");
}

static void frames_sent_along_with_the_handshake_are_not_lost(void **state)
{
	uint8_t b[600];
	(void)state;
	size_t n = (size_t)snprintf((char *)b, sizeof b, "GET /any HTTP/1.1\r\n" UPGRADE KEY "\r\n");
	n += make_frame(b + n, FIN | TEXT, "one", 3, true);
	n += make_frame(b + n, FIN | TEXT, "two", 3, true);
	raw_send(&c, b, n);
	assert_int_equal(raw_answer(&c), 101);
	assert_echo(&c, "one");
	assert_echo(&c, "two");
	say(&c, "three");
	assert_echo(&c, "three");
}

static void a_wrong_handshake_is_refused_before_the_owner_is_asked(void **state)
{
	static const struct { const char *path, *headers; int status; } bad[] = {
		{ "/nowhere", UPGRADE KEY, 404 },
		{ "/chat/ws", UPGRADE KEY, 400 },
		{ "/chat/ws", UPGRADE KEY "Sec-WebSocket-Protocol: chat.2\r\n", 400 },
		{ "/chat/ws", UPGRADE KEY "Sec-WebSocket-Protocol: feed.1\r\n", 400 },
		{ "/chat/ws", UPGRADE KEY "Sec-WebSocket-Protocol: feed.1, chat.1\r\n", 400 },
		{ "/any", UPGRADE KEY "Sec-WebSocket-Protocol: chat.1\r\n", 400 },
		{ "/any", UPGRADE, 400 },
		{ "/any", UPGRADE "Sec-WebSocket-Key: short\r\n", 400 },
		{ "/any", "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n" KEY, 426 },
		{ "/any", "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" KEY, 426 },
		{ "/any", "Host: x\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" KEY, 400 },
		{ "/any", "Host: x\r\n", 426 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		raw_close(&c);
		raw_open(&c, &loop, http_port(server));
		assert_int_equal(upgrade(&c, bad[i].path, bad[i].headers), bad[i].status);
		assert_true(raw_has(&c, "X-Content-Type-Options: nosniff\r\n"));
	}
	assert_int_equal(requests, 0);
}

static void the_owner_refuses_with_its_status(void **state)
{
	(void)state;
	assert_int_equal(upgrade(&c, "/any", UPGRADE KEY "Origin: https://evil.example\r\n"), 403);
	assert_true(raw_await_end(&c));
	raw_close(&c);
	raw_open(&c, &loop, http_port(server));
	assert_int_equal(upgrade(&c, "/any", UPGRADE KEY "Cookie: sid=bad\r\n"), 401);
	assert_int_equal(requests, 2);
	assert_int_equal(opened + closed, 0);
}

static void an_upgrade_that_fails_after_acceptance_is_told_to_the_owner(void **state)
{
	(void)state;
	assert_int_equal(upgrade(&c, "/any", "Host: x\r\nConnection: no-upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\n" KEY), 0);
	loop_for(&loop, 20);
	assert_int_equal(requests, 1);
	assert_int_equal(opened, 0);
	assert_int_equal(failed, 1);
}

/* --- messages --- */

static void fragments_become_one_message_with_a_ping_between(void **state)
{
	(void)state;
	join(&c);
	frame(&c, TEXT, "\xE4\xBD", 2); /* the border of a fragment may cut a character */
	frame(&c, CONTINUES, "\xA0\xE5", 2);
	frame(&c, FIN | PING, "alive?", 6);
	assert_int_equal(next_frame(&c), PONG);
	assert_string_equal(c.body, "alive?");
	assert_int_equal(texts, 0);
	frame(&c, FIN | CONTINUES, "\xA5\xBD", 2);
	assert_echo(&c, "你好");
	assert_int_equal(texts, 1);
}

static void an_empty_message_is_a_message(void **state)
{
	(void)state;
	join(&c);
	say(&c, "");
	assert_int_equal(next_frame(&c), TEXT);
	assert_int_equal(c.status, 0);
	say(&c, "after");
	assert_echo(&c, "after");
}

static void a_message_as_big_as_allowed_passes_and_one_byte_more_is_1009(void **state)
{
	static char big[MESSAGE + 1];
	(void)state;
	memset(big, 'x', sizeof big);
	join(&c);
	frame(&c, FIN | TEXT, big, MESSAGE);
	assert_int_equal(next_frame(&c), TEXT);
	assert_int_equal(c.status, MESSAGE);
	frame(&c, FIN | TEXT, big, MESSAGE + 1);
	assert_int_equal(close_code(&c), 1009);
	assert_int_equal(texts, 1);
}

static void fragments_are_counted_together(void **state)
{
	static char part[MESSAGE / 2 + 1];
	(void)state;
	memset(part, 'x', sizeof part);
	join(&c);
	frame(&c, TEXT, part, sizeof part);
	frame(&c, FIN | CONTINUES, part, sizeof part);
	assert_int_equal(close_code(&c), 1009);
	assert_int_equal(texts, 0);
}

static void a_frame_that_announces_too_much_is_not_waited_for(void **state)
{
	static const uint8_t huge[] = { FIN | TEXT, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 'x' };
	(void)state;
	join(&c);
	raw_send(&c, huge, sizeof huge);
	assert_int_equal(close_code(&c), 1009);
}

static void binary_is_1003(void **state)
{
	(void)state;
	join(&c);
	frame(&c, FIN | BINARY, "\0\1\2", 3);
	assert_int_equal(close_code(&c), 1003);
	assert_int_equal(texts, 0);
}

static void text_that_is_not_utf8_is_1007(void **state)
{
	static const char *const bad[] = { "ok \xFF", "\xC0\xAF", "\xED\xA0\x80", "cut \xE4\xBD", "\xF5\x80\x80\x80" };
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		raw_close(&c);
		raw_open(&c, &loop, http_port(server));
		join(&c);
		say(&c, bad[i]);
		assert_int_equal(close_code(&c), 1007);
	}
	assert_int_equal(texts, 0);
}

static void broken_framing_ends_the_connection(void **state)
{
	static const struct { int first; const char *payload; } bad[] = {
		{ FIN | 3, "reserved opcode" }, { FIN | 0x0B, "reserved control" }, { FIN | TEXT | 0x40, "rsv1" },
		{ PING, "fragmented ping" }, { FIN | CONTINUES, "continues nothing" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		raw_close(&c);
		raw_open(&c, &loop, http_port(server));
		join(&c);
		frame(&c, bad[i].first, bad[i].payload, strlen(bad[i].payload));
		int code = close_code(&c);
		assert_true(code == 1002 || code == 0);
	}
	assert_int_equal(texts, 0);
}

static void a_flood_of_pings_does_no_harm(void **state)
{
	(void)state;
	join(&c);
	for (int i = 0; i < 20000; i++)
		assert_true(frame(&c, FIN | PING, "pingpingpingping", 16));
	say(&c, "still here");
	int opcode;
	while ((opcode = next_frame(&c)) == PONG)
		;
	assert_int_equal(opcode, TEXT);
	assert_string_equal(c.body, "still here");
}

/* --- the end --- */

static void a_peer_that_closes_is_answered(void **state)
{
	(void)state;
	join(&c);
	frame(&c, FIN | CLOSE, "\x03\xE8" "bye", 5);
	assert_int_equal(next_frame(&c), CLOSE);
	assert_true(raw_await_end(&c));
	loop_for(&loop, 20);
	assert_int_equal(closed, 1);
}

static void a_peer_that_vanishes_is_told_to_the_owner(void **state)
{
	struct linger hard = { 1, 0 };
	(void)state;
	join(&c);
	setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	raw_close(&c);
	loop_for(&loop, 50);
	assert_int_equal(closed, 1);
	raw_open(&c, &loop, http_port(server));
}

static void closing_delivers_what_was_queued_then_code_and_reason(void **state)
{
	(void)state;
	join(&c);
	say(&c, "close me");
	assert_echo(&c, "goodbye");
	assert_int_equal(next_frame(&c), CLOSE);
	assert_memory_equal(c.body, "\x0F\xA0你好", 8);
	assert_int_equal(closed, 0); /* the peer may still answer */
	say(&c, "ignored");
	frame(&c, FIN | CLOSE, "\x0F\xA0", 2);
	assert_true(raw_await_end(&c));
	loop_for(&loop, 20);
	assert_int_equal(closed, 1);
	assert_int_equal(texts, 1);
}

static void a_reader_too_slow_for_its_queue_is_closed(void **state)
{
	static char big[MESSAGE + 1];
	(void)state;
	memset(big, 'x', MESSAGE);
	join(&c);
	unsigned sent = 0;
	for (; sent < 1000 && ws_send(open_ws[0], big, MESSAGE); sent++) {
		assert_true(ws_queued(open_ws[0]) <= QUEUE);
		loop_for(&loop, 1);
	}
	assert_true(sent < 1000);
	assert_int_equal(ws_queued(open_ws[0]), 0); /* nothing is kept for it */
	assert_false(ws_send(open_ws[0], "x", 1));
	unsigned read = 0;
	int opcode;
	for (; (opcode = next_frame(&c)) == TEXT; read++)
		assert_int_equal(c.status, MESSAGE);
	assert_true(read < sent);
	assert_int_equal(opcode, CLOSE);
	assert_memory_equal(c.body, "\x03\xF0too slow", 10);
}

static void a_reader_that_reads_nothing_at_all_is_dropped(void **state)
{
	static char big[MESSAGE + 1];
	(void)state;
	memset(big, 'x', MESSAGE);
	join(&c);
	/* Until the kernel takes no more: then not even the close frame can go. */
	for (unsigned i = 0; i < 1000 && ws_send(open_ws[0], big, MESSAGE); i++)
		if (!ws_queued(open_ws[0]) || i % 4 == 3)
			loop_for(&loop, 1);
	for (int i = 0; i < 160 && !closed; i++)
		loop_for(&loop, 50);
	assert_int_equal(closed, 1);
}

static void a_silent_peer_is_pinged_then_dropped(void **state)
{
	(void)state;
	raw_open(&d, &loop, http_port(server));
	assert_int_equal(upgrade(&c, "/watchful", UPGRADE KEY), 101);
	assert_int_equal(upgrade(&d, "/watchful", UPGRADE KEY), 101);
	for (int i = 0; i < 2; i++) { /* c answers, d does not */
		assert_int_equal(next_frame(&c), PING);
		frame(&c, FIN | PONG, c.body, (size_t)c.status);
	}
	assert_int_equal(next_frame(&d), PING);
	assert_int_equal(next_frame(&d), -1);
	loop_for(&loop, 50);
	assert_int_equal(closed, 1);
	say(&c, "alive");
	int opcode = next_frame(&c);
	assert_int_equal(opcode == PING ? next_frame(&c) : opcode, TEXT);
	raw_close(&d);
}

static void destroying_the_server_ends_every_socket(void **state)
{
	(void)state;
	join(&c);
	ws_send(open_ws[0], "queued", 6);
	http_destroy(&server);
	assert_int_equal(closed, 1);
	assert_true(raw_await_end(&c));
}

/* --- many --- */

static void raise_descriptor_limit(void)
{
	struct rlimit l;
	getrlimit(RLIMIT_NOFILE, &l);
	l.rlim_cur = l.rlim_max < 4096 ? l.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &l);
}

static void one_message_reaches_many_and_idle_sockets_cost_little(void **state)
{
	static int fds[MANY];
	(void)state;
	join(&c);
	size_t before = mallinfo2().uordblks;
	for (int i = 0; i < MANY; i++) {
		raw_open(&d, &loop, http_port(server));
		join(&d);
		fds[i] = d.fd;
	}
	loop_for(&loop, 20);
	size_t each = (mallinfo2().uordblks - before) / MANY; /* 0 under ASan, which has its own heap */
	print_message("             %zu bytes of heap an idle socket\n", each);
	assert_true(each < 4096);
	assert_int_equal(opened, MANY + 1);
	struct ws_shared *m = ws_shared_create("to all", 6);
	for (int i = 0; i <= MANY; i++)
		assert_true(ws_send_shared(open_ws[i], m));
	ws_shared_release(m);
	assert_echo(&c, "to all");
	for (int i = 0; i < MANY; i++) {
		d.fd = fds[i];
		d.len = 0;
		d.ended = false;
		assert_echo(&d, "to all");
		raw_close(&d);
	}
	loop_for(&loop, 50);
	assert_int_equal(closed, MANY);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_handshake_names_its_subprotocol_and_echoes),
		TEST(frames_sent_along_with_the_handshake_are_not_lost),
		TEST(a_wrong_handshake_is_refused_before_the_owner_is_asked),
		TEST(the_owner_refuses_with_its_status),
		TEST(an_upgrade_that_fails_after_acceptance_is_told_to_the_owner),
		TEST(fragments_become_one_message_with_a_ping_between),
		TEST(an_empty_message_is_a_message),
		TEST(a_message_as_big_as_allowed_passes_and_one_byte_more_is_1009),
		TEST(fragments_are_counted_together),
		TEST(a_frame_that_announces_too_much_is_not_waited_for),
		TEST(binary_is_1003),
		TEST(text_that_is_not_utf8_is_1007),
		TEST(broken_framing_ends_the_connection),
		TEST(a_flood_of_pings_does_no_harm),
		TEST(a_peer_that_closes_is_answered),
		TEST(a_peer_that_vanishes_is_told_to_the_owner),
		TEST(closing_delivers_what_was_queued_then_code_and_reason),
		TEST(a_reader_too_slow_for_its_queue_is_closed),
		TEST(a_reader_that_reads_nothing_at_all_is_dropped),
		TEST(a_silent_peer_is_pinged_then_dropped),
		TEST(destroying_the_server_ends_every_socket),
		TEST(one_message_reaches_many_and_idle_sockets_cost_little),
	};
	raise_descriptor_limit();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
