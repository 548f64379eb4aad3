/* A Kannel for the conformance suite: the profile whose long texts are cut here, so each rule has a case. */
#ifndef XQ_TESTS_CONFORMANCE_SMS_HTTP_H
#define XQ_TESTS_CONFORMANCE_SMS_HTTP_H

#include "adapters/sms/http/form.h"
#include "adapters/sms/http/sms_http.h"
#include "tests/unit/adapters/conformance.h"

enum { BOX_SAID = 64, BOX_GOT = 2000 };
#define BOX_SECRET "conformance-secret-1"

/* Port and all, once box_open() has listened. */
static char box_required[300] = "profile = kannel\nurl = http://127.0.0.1:1/\naccount = u\nsecret = p\nnumber = 12345\n"
	"callback_secret = " BOX_SECRET "\n";

static struct {
	struct stream_listener *listener;
	int port;
	bool hold;
	struct raw *said[BOX_SAID], *reporting;
	struct { struct stream *held; char text[700], report[400]; } got[BOX_GOT];
	unsigned count;
} box;

static void box_answer(unsigned i)
{
	static const char answer[] = "HTTP/1.1 202 Accepted\r\nContent-Type: text/html\r\nContent-Length: 24\r\n\r\n"
		"0: Accepted for delivery";
	struct stream *s = box.got[i].held;
	box.got[i].held = NULL;
	if (!s)
		return;
	(void)!stream_write(s, answer, sizeof answer - 1);
	stream_close(s, true);
}

static void box_sendsms(struct stream *s, const char *query, size_t n)
{
	struct arena *a = arena_create(1024);
	struct form f;
	must(box.count < BOX_GOT && form_read(query, n, a, &f) > 0);
	unsigned i = box.count++;
	box.got[i].held = s;
	(void)snprintf(box.got[i].text, sizeof box.got[i].text, "%s", form_get(&f, "text"));
	(void)snprintf(box.got[i].report, sizeof box.got[i].report, "%s", form_get(&f, "dlr-url"));
	arena_destroy(&a);
	if (!box.hold)
		box_answer(i);
}

static size_t box_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	const char *query = memchr(p, '?', n);
	(void)owner;
	if (n < 4 || memcmp(p + n - 4, "\r\n\r\n", 4) || !query)
		return 0;
	box_sendsms(s, query + 1, strcspn(query + 1, " "));
	return n;
}

static void box_closed(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	for (unsigned i = 0; i < box.count; i++)
		if (box.got[i].held == s)
			box.got[i].held = NULL;
}

static void box_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &box);
}

static void box_listen(void)
{
	static const struct stream_ops ops = { .on_data = box_data, .on_close = box_closed };
	static const struct stream_limits limits = { .in = 16384, .out = 16384 };
	struct err e;
	box.listener = stream_listen(&world.loop, "127.0.0.1", box.port, 64, &ops, &limits, box_accept, NULL, &e);
	if (box.listener == NULL)
		fail_msg("%s", e.words);
	box.port = stream_listener_port(box.listener);
}

static void box_open(struct buf *lines)
{
	memset(&box, 0, sizeof box);
	box_listen();
	(void)snprintf(box_required, sizeof box_required, "profile = kannel\nurl = http://127.0.0.1:%d/cgi-bin/sendsms\n"
		"account = u\nsecret = p\nnumber = 12345\ncallback_secret = " BOX_SECRET "\n", box.port);
	buf_adds(lines, "window = 2\npace = 0\n");
}

static void box_meet(void)
{
	UNTIL(world.fake.up);
}

static void box_hang_up(struct raw **r)
{
	if (*r)
		raw_close(*r);
	free(*r);
	*r = NULL;
}

static struct raw *box_call(const char *request)
{
	struct raw *r = mem_new(struct raw);
	raw_open(r, &world.loop, http_port(world.http));
	raw_say(r, request);
	return r;
}

static void box_say(unsigned n)
{
	char request[500], text[20];
	must(n < BOX_SAID);
	box_hang_up(&box.said[n]);
	(void)snprintf(text, sizeof text, "in-%u", n);
	(void)snprintf(request, sizeof request, "POST /sms/" BOX_SECRET "?from=13800138000&to=12345&coding=0&id=mo-%u"
		"&time=1795000000 HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\nContent-Length: %zu\r\n\r\n%s",
		n, strlen(text), text);
	box.said[n] = box_call(request);
}

static enum heard box_heard(unsigned n)
{
	struct raw *r = box.said[n];
	if (!r)
		return HEARD_GONE;
	r->want = SIZE_MAX;
	raw_pull(r);
	if (!strstr(r->got, "\r\n\r\n"))
		return r->ended ? HEARD_GONE : HEARD_NOTHING;
	int status = atoi(r->got + 9);
	return status == 202 ? HEARD_TAKEN : status == 503 ? HEARD_LATER : HEARD_NEVER_AGAIN;
}

static const char *box_to(void)
{
	return "+8613800138000";
}

static void box_hold(bool hold)
{
	box.hold = hold;
	for (unsigned i = 0; !hold && i < box.count; i++)
		box_answer(i);
}

static size_t box_got(const char *text)
{
	size_t n = 0;
	for (unsigned i = 0; i < box.count; i++)
		n += strcmp(box.got[i].text, text) == 0;
	return n;
}

static void box_cut(void)
{
	for (unsigned i = 0; i < BOX_SAID; i++)
		box_hang_up(&box.said[i]);
	box_hang_up(&box.reporting);
	if (box.listener)
		stream_listener_close(&box.listener);
	for (unsigned i = 0; i < box.count; i++)
		if (box.got[i].held)
			stream_close(box.got[i].held, false);
}

static void box_receipt(const char *id)
{
	char request[600];
	const char *path = strstr(box.got[0].report, "/sms/");
	(void)id; /* Kannel has none: its address names ours */
	assert_non_null(path);
	(void)snprintf(request, sizeof request, "GET %.*s?dlr=1&answer= HTTP/1.1\r\nHost: x\r\n\r\n",
		(int)strcspn(path, "?"), path);
	box_hang_up(&box.reporting);
	box.reporting = box_call(request);
}

static const struct peer sms_http_peer = {
	.name = "sms-http", .ops = &sms_http_adapter, .window = 2, .required = box_required, .open = box_open,
	.meet = box_meet, .say = box_say, .heard = box_heard, .to = box_to, .hold = box_hold, .got = box_got, .cut = box_cut,
	.come_back = box_listen, .receipt = box_receipt, .next_id = "", .close = box_cut
};

#endif
