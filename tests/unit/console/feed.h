/* The console's live feed, as a page of its own hears it. */
#ifndef XQ_TESTS_FEED_H
#define XQ_TESTS_FEED_H

#include "tests/unit/console/desk.h"

static struct raw eye[4];

/* The status of the upgrade; 101: open. more: further header lines. */
HERE int upgrade(struct raw *r, const char *path, const char *more, const char *cookie, const char *origin)
{
	char head[600];
	(void)snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s%s%s%s%s\r\n", path, desk.origin + 7,
		more, cookie ? "Cookie: xq_session=" : "", cookie ? cookie : "", cookie ? "\r\n" : "", origin ? "Origin: " : "",
		origin ? origin : "", origin ? "\r\n" : "");
	raw_open(r, &desk.loop, http_port(desk.http));
	assert_true(raw_say(r, head));
	return raw_answer(r);
}

HERE int watch(struct raw *r, const char *cookie, const char *origin)
{
	return upgrade(r, "/console/live", "", cookie, origin);
}

HERE void say(struct raw *r, const char *text)
{
	uint8_t frame[200] = { 0x81, 0 };
	size_t n = strlen(text);
	assert_true(n < 126);
	frame[1] = (uint8_t)(0x80 | n); /* a mask of zeros changes nothing */
	memcpy(frame + 6, text, n);
	assert_true(raw_send(r, frame, n + 6));
}

/* Takes the next frame's text; its opcode. 0: none came in time. */
HERE int hear_all(struct raw *r)
{
	if (!raw_await(r, 2))
		return 0;
	const uint8_t *p = (const uint8_t *)r->got;
	size_t head = (p[1] & 127) == 126 ? 4 : (p[1] & 127) == 127 ? 10 : 2, n = p[1] & 127;
	assert_true(raw_await(r, head));
	if (head > 2) {
		n = 0;
		for (size_t i = 2; i < head; i++)
			n = n << 8 | p[i];
	}
	assert_true(raw_await(r, head + n));
	int opcode = p[0] & 15;
	raw_take(r, head + n);
	memmove(r->answer, r->answer + head, n + 1);
	return opcode;
}

/* The same without the numbers beside the views, which come at a moment of their own. */
HERE int hear(struct raw *r)
{
	int opcode;
	do
		opcode = hear_all(r);
	while (opcode == 1 && strncmp(r->answer, "{\"type\":\"counts\"", 16) == 0);
	return opcode;
}

/* Everything that comes within a moment, one after the other, in all[]. */
HERE const char *all_of(struct raw *r)
{
	static char all[1 << 16];
	all[0] = '\0';
	loop_for(&desk.loop, 200);
	r->want = SIZE_MAX;
	(void)raw_pull(r);
	while (r->len >= 2) {
		if (hear_all(r) != 1)
			break;
		if (strncmp(r->answer, "{\"type\":\"counts\"", 16) == 0)
			continue;
		assert_true(strlen(all) + strlen(r->answer) < sizeof all);
		strcat(all, r->answer);
	}
	return all;
}

/* The same, once these words are among it, however slow the machine is; NULL: they never came. */
HERE const char *told(struct raw *r, const char *words)
{
	for (int waited = 0; waited < LOOP_UNTIL_MS * (int)slack(); waited += 200) {
		const char *heard = all_of(r);
		if (strstr(heard, words))
			return heard;
	}
	return NULL;
}

HERE void enter_feed(struct raw *r, const struct person *who)
{
	char cookie[80];
	(void)snprintf(cookie, sizeof cookie, "cookie-of-%s", who->name);
	assert_int_equal(watch(r, cookie, desk.origin), 101);
	assert_int_equal(hear(r), 1);
	assert_string_equal(r->answer, "{\"type\":\"welcome\"}");
}

HERE void leave_all(void)
{
	for (size_t i = 0; i < 4; i++)
		if (eye[i].fd > 0)
			raw_close(&eye[i]);
	loop_for(&desk.loop, 50);
	memset(eye, 0, sizeof eye);
}

#endif
