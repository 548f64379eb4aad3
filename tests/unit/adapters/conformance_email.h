/* A mail server for the conformance suite: it pushes mail by LMTP and takes mail by SMTP. */
#ifndef XQ_TESTS_CONFORMANCE_EMAIL_H
#define XQ_TESTS_CONFORMANCE_EMAIL_H

#include <openssl/evp.h>

#include "adapters/email/email.h"
#include "tests/unit/adapters/conformance.h"

enum { MX_SAID = 16, MX_CONNS = 64, MX_GOT = 64, MX_LINE = 2000, MX_CLIENTS = 8 };

struct mx_client { struct stream *s; bool data, html, waits; struct buf text; };

static struct {
	struct stream_listener *sink;
	int port, lmtp;
	bool hold;
	struct mx_client client[MX_CONNS];
	unsigned clients;
	struct buf got;      /* the plain words of every mail that came whole */
	struct raw *say[MX_SAID];
	int stage[MX_SAID];  /* 0: nothing; 1: waits for 354; 2: waits for the answer */
} mx;

/* --- the sink --- */

static void mx_reply(struct mx_client *c, const char *line)
{
	if (c->s)
		(void)!stream_write(c->s, line, strlen(line));
}

/* The plain part comes first, in base64; each line of it can be read by itself. */
static void mx_mail_line(struct mx_client *c, const char *line)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	uint8_t bytes[MX_LINE];
	size_t n = strlen(line);
	c->html |= strstr(line, "text/html") != NULL;
	if (c->html || n == 0 || n % 4 || strspn(line, alphabet) != n)
		return;
	int k = EVP_DecodeBlock(bytes, (const unsigned char *)line, (int)n);
	if (k > 0)
		buf_add(&c->text, bytes, (size_t)k - (line[n - 1] == '=') - (line[n - 2] == '='));
}

static void mx_line(struct mx_client *c, const char *line)
{
	if (c->data) {
		if (strcmp(line, ".") != 0) {
			mx_mail_line(c, line);
			return;
		}
		c->data = c->html = false;
		buf_add(&mx.got, c->text.data, c->text.len);
		buf_clear(&c->text);
		c->waits = mx.hold;
		if (!mx.hold)
			mx_reply(c, "250 2.0.0 queued\r\n");
	} else if (strncmp(line, "DATA", 4) == 0) {
		c->data = true;
		mx_reply(c, "354 go\r\n");
	} else if (strncmp(line, "QUIT", 4) == 0) {
		mx_reply(c, "221 bye\r\n");
	} else {
		mx_reply(c, strncmp(line, "EHLO", 4) == 0 ? "250-sink\r\n250 8BITMIME\r\n" : "250 ok\r\n");
	}
}

static size_t mx_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	size_t at = 0;
	const uint8_t *lf;
	(void)s;
	while ((lf = memchr(p + at, '\n', n - at))) {
		char line[MX_LINE];
		size_t k = (size_t)(lf - p) - at;
		(void)snprintf(line, sizeof line, "%.*s", (int)(k > 0 ? k - 1 : 0), (const char *)p + at);
		at += k + 1;
		mx_line(owner, line);
	}
	return at;
}

static void mx_closed(struct stream *s, void *owner, const char *reason)
{
	(void)s, (void)reason;
	((struct mx_client *)owner)->s = NULL;
}

static void mx_accept(struct stream *s, void *arg)
{
	(void)arg;
	must(mx.clients < MX_CONNS);
	struct mx_client *c = &mx.client[mx.clients++];
	c->s = s;
	buf_init(&c->text, 1 << 20);
	stream_set_owner(s, c);
	mx_reply(c, "220 sink\r\n");
}

static void mx_listen(void)
{
	static const struct stream_ops ops = { .on_data = mx_data, .on_close = mx_closed };
	static const struct stream_limits limits = { .in = 1 << 20, .out = 1 << 20 };
	struct err e;
	mx.sink = stream_listen(&world.loop, "127.0.0.1", mx.port, MX_CONNS, &ops, &limits, mx_accept, NULL, &e);
	if (mx.sink == NULL)
		fail_msg("%s", e.words);
	mx.port = stream_listener_port(mx.sink);
}

static void mx_open(struct buf *lines)
{
	memset(&mx, 0, sizeof mx);
	buf_init(&mx.got, 16 << 20);
	mx_listen();
	buf_addf(lines, "smtp_url = smtp://127.0.0.1:%d\nlmtp_listen = 127.0.0.1:0\nsmtp_connections = 2\n", mx.port);
}

static void mx_meet(void)
{
	UNTIL(world.fake.up);
	mx.lmtp = email_lmtp_port(world.adapter);
}

/* --- LMTP --- */

static void mx_say_end(unsigned n)
{
	if (mx.say[n] == NULL)
		return;
	if (mx.say[n]->fd >= 0)
		raw_close(mx.say[n]);
	free(mx.say[n]);
	mx.say[n] = NULL;
}

static void mx_say(unsigned n)
{
	must(n < MX_SAID);
	mx_say_end(n);
	mx.say[n] = mem_new(struct raw);
	mx.stage[n] = 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)mx.lmtp),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	mx.say[n]->loop = &world.loop;
	mx.say[n]->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(mx.say[n]->fd, (struct sockaddr *)&a, sizeof a) < 0) { /* nobody listens any more */
		raw_close(mx.say[n]);
		return;
	}
	raw_say(mx.say[n], "LHLO mx.example\r\nMAIL FROM:<citizen@qq.com>\r\nRCPT TO:<12345@city.example>\r\nDATA\r\n");
}

static enum heard mx_heard(unsigned n)
{
	struct raw *r = mx.say[n];
	if (r == NULL || r->fd < 0)
		return HEARD_GONE;
	r->want = SIZE_MAX;
	raw_pull(r);
	const char *go = strstr(r->got, "\r\n354 ");
	if (go == NULL)
		return strstr(r->got, "\r\n45") || strstr(r->got, "421 ") || strncmp(r->got, "421", 3) == 0 ? HEARD_LATER
			: r->ended ? HEARD_GONE : HEARD_NOTHING;
	if (mx.stage[n] == 1) {
		char mail[400];
		(void)snprintf(mail, sizeof mail, "From: citizen@qq.com\r\nTo: 12345@city.example\r\nMessage-ID: <in-%u@qq.com>\r\n"
			"Subject: lamp\r\nDate: Sun, 22 Nov 2026 20:00:00 +0800\r\n\r\nin-%u\r\n.\r\n", n, n);
		mx.stage[n] = 2;
		raw_say(r, mail);
	}
	const char *answer = strstr(go + 2, "\r\n");
	if (answer == NULL || answer[2] == '\0')
		return r->ended ? HEARD_GONE : HEARD_NOTHING;
	return answer[2] == '2' ? HEARD_TAKEN : answer[2] == '4' ? HEARD_LATER : HEARD_NEVER_AGAIN;
}

static const char *mx_to(void)
{
	return "citizen@qq.com";
}

static void mx_hold(bool hold)
{
	mx.hold = hold;
	for (unsigned i = 0; !hold && i < mx.clients; i++)
		if (mx.client[i].waits) {
			mx.client[i].waits = false;
			mx_reply(&mx.client[i], "250 2.0.0 queued\r\n");
		}
}

static size_t mx_got(const char *text)
{
	size_t n = 0;
	for (const char *at = buf_str(&mx.got); (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void mx_cut(void)
{
	if (mx.sink)
		stream_listener_close(&mx.sink);
	for (unsigned i = 0; i < mx.clients; i++)
		if (mx.client[i].s)
			stream_close(mx.client[i].s, false);
	for (unsigned n = 0; n < MX_SAID; n++)
		mx_say_end(n);
	settle();
}

static void mx_close(void)
{
	mx_cut();
	for (unsigned i = 0; i < mx.clients; i++)
		buf_fini(&mx.client[i].text);
	buf_fini(&mx.got);
}

static const struct peer email_peer = {
	.name = "email", .ops = &email_adapter, .window = 2, .required = "address = 12345@city.example\n",
	.open = mx_open, .meet = mx_meet, .say = mx_say, .heard = mx_heard, .to = mx_to, .hold = mx_hold, .got = mx_got,
	.cut = mx_cut, .come_back = mx_listen, .close = mx_close
};

#endif
