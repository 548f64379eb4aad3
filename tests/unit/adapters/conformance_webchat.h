/* A browser for the conformance suite. */
#ifndef XQ_TESTS_CONFORMANCE_WEBCHAT_H
#define XQ_TESTS_CONFORMANCE_WEBCHAT_H

#include "adapters/webchat/identity.h"
#include "adapters/webchat/webchat.h"
#include "tests/unit/adapters/conformance.h"

enum { TAB_SAID = 64, TAB_LOG = 1 << 20 };

static struct {
	struct raw *raw;
	struct buf log;          /* every text frame, a line each */
	size_t from[TAB_SAID];   /* where the log stood at the latest say(n) */
	char token[CHAT_TOKEN_LEN + 1], peer[CHAT_PEER_LEN + 1];
} tab;

static void tab_send(const char *text)
{
	size_t n = strlen(text);
	uint8_t head[8] = { 0x81, (uint8_t)(0x80 | n) };
	must(n < 126);
	raw_send(tab.raw, head, 6); /* a mask of zeros leaves the text as it is */
	raw_send(tab.raw, text, n);
}

/* Moves whole frames from the socket to the log. */
static void tab_read(void)
{
	struct raw *r = tab.raw;
	if (r == NULL)
		return;
	r->want = SIZE_MAX;
	raw_pull(r);
	while (r->len >= 2) {
		const uint8_t *p = (const uint8_t *)r->got;
		size_t h = 2, n = p[1] & 127;
		if (n == 126) {
			if (r->len < 4)
				return;
			h = 4, n = (size_t)p[2] << 8 | p[3];
		} else if (n == 127) {
			if (r->len < 10)
				return;
			h = 10, n = (size_t)p[6] << 24 | (size_t)p[7] << 16 | (size_t)p[8] << 8 | p[9];
		}
		if (r->len < h + n)
			return;
		if ((p[0] & 15) == 1) {
			buf_add(&tab.log, p + h, n);
			buf_addc(&tab.log, '\n');
		}
		raw_take(r, h + n);
	}
}

static bool tab_heard_since(size_t from, const char *part)
{
	tab_read();
	return tab.log.len > from && strstr(buf_str(&tab.log) + from, part) != NULL;
}

static void tab_open(struct buf *lines)
{
	(void)lines;
	memset(&tab, 0, sizeof tab);
	buf_init(&tab.log, TAB_LOG);
}

static void tab_connect(void)
{
	char text[300];
	tab.raw = mem_new(struct raw);
	raw_open(tab.raw, &world.loop, http_port(world.http));
	(void)snprintf(text, sizeof text,
		"GET /chat/ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Protocol: xinqiao.chat.1\r\n\r\n", http_port(world.http));
	raw_say(tab.raw, text);
	assert_int_equal(raw_answer_to(tab.raw, true), 101);
	size_t from = tab.log.len;
	if (*tab.token)
		(void)snprintf(text, sizeof text, "{\"type\":\"hello\",\"token\":\"%s\",\"last_seq\":0}", tab.token);
	else
		(void)snprintf(text, sizeof text, "{\"type\":\"hello\",\"token\":null,\"last_seq\":0}");
	tab_send(text);
	UNTIL(tab_heard_since(from, "\"welcome\""));
	const char *token = strstr(buf_str(&tab.log) + from, "\"token\":\"") + strlen("\"token\":\"");
	memcpy(tab.token, token, CHAT_TOKEN_LEN);
	chat_peer_of_token(tab.token, tab.peer);
}

static void tab_say(unsigned n)
{
	char text[100];
	must(n < TAB_SAID);
	tab_read();
	tab.from[n] = tab.log.len;
	(void)snprintf(text, sizeof text, "{\"type\":\"message\",\"id\":\"m-%u\",\"text\":\"in-%u\"}", n, n);
	if (tab.raw)
		tab_send(text);
}

static enum heard tab_heard(unsigned n)
{
	char id[30];
	tab_read();
	(void)snprintf(id, sizeof id, "\"id\":\"m-%u\"", n);
	for (const char *line = buf_str(&tab.log) + tab.from[n], *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char frame[1000];
		(void)snprintf(frame, sizeof frame, "%.*s", (int)(end - line), line);
		if (strstr(frame, id) == NULL)
			continue;
		if (strstr(frame, "\"type\":\"ack\""))
			return HEARD_TAKEN;
		if (strstr(frame, "\"type\":\"error\""))
			return strstr(frame, "\"not-stored\"") || strstr(frame, "\"too-fast\"") ? HEARD_LATER : HEARD_NEVER_AGAIN;
	}
	return tab.raw == NULL || tab.raw->ended ? HEARD_GONE : HEARD_NOTHING;
}

static const char *tab_to(void)
{
	return *tab.peer ? tab.peer : "wnobodyhasthisnameyet000";
}

static void tab_hold(bool hold)
{
	(void)hold; /* a browser answers nothing */
}

static size_t tab_got(const char *text)
{
	size_t n = 0;
	tab_read();
	for (const char *at = buf_str(&tab.log); (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void tab_cut(void)
{
	if (tab.raw == NULL)
		return;
	raw_close(tab.raw);
	free(tab.raw);
	tab.raw = NULL;
	settle();
}

static void tab_close(void)
{
	tab_cut();
	buf_fini(&tab.log);
}

static const struct peer webchat_peer = {
	.name = "webchat", .ops = &webchat_adapter, .outcome_at_once = true, .required = "", .open = tab_open,
		.meet = tab_connect,
	.say = tab_say, .heard = tab_heard, .to = tab_to, .hold = tab_hold, .got = tab_got, .cut = tab_cut,
		.come_back = tab_connect,
	.close = tab_close
};

#endif
