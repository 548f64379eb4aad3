/* Chat clients by the thousand, and staff who watch.
 *
 *   chat_load --port P --idle 2000 --rate 500 --seconds 20 [--active 200] [--cookie xq_session=… [--staff 500] [--staff-port P]]
 *
 * Opens idle + active conversations (each: WebSocket, hello, welcome), then the active ones send rate messages a second
 * between them. Measures from the frame being written to its ack (committed) and, with a cookie, to the moment the text
 * stands in a frame of the console's live feed, on the first of `staff` screens (1); the
 * others take what they are sent, and their frames and bytes are counted. With --rate 0 it only opens and waits (memory): it prints "open" and ends on
 * a line from standard input. With --again 1 who is cut off comes back with his token, after half a second to a whole one and then
 * ever longer as the widget does; it prints how long until all were back, and what the messages took that were written meanwhile.
 * With --echo 1 the other side is an echo: what comes back is the answer. One JSON line at the end. One thread, epoll; frames made by hand, masked with zero. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { IN_SMALL = 4096, IN_LIVE = 4 << 20, SENT_MAX = 1 << 20, EVENTS = 256, OPENING_MAX = 200 };
enum stage { CONNECTING, UPGRADING, WELCOMING, READY, GONE };

struct conn { int fd; enum stage stage; bool live; char *in; size_t size, len; char token[64]; double retry_at; unsigned tries; };

static struct conn *conn;
static unsigned conns, ready, gone, idle = 2000, active = 200, rate = 500, seconds = 20, staff = 1;
static unsigned long staff_frames, staff_bytes;
static int port, staff_port, ep; /* staff_port: of the staff's node, where it is another than the citizens' */
static const char *cookie;
static bool again, echo;
static double lost_at, back_at;
static double *sent_at, *ack_ms, *seen_ms;
static unsigned sent, acked, seen;

static void conn_open(struct conn *c, bool live)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)(live && staff_port ? staff_port : port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	c->stage = CONNECTING;
	c->live = live;
	c->len = 0;
	c->retry_at = 0;
	c->size = live ? IN_LIVE : IN_SMALL;
	if (c->in == NULL)
		c->in = malloc(c->size + 1);
	if (c->fd < 0 || c->in == NULL)
		die("socket");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(c->fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS)
		die("connect");
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
	if (epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e) < 0)
		die("epoll_ctl");
}

static void conn_gone(struct conn *c)
{
	if (c->stage == READY)
		ready--;
	c->stage = GONE;
	gone++;
	close(c->fd);
	if (!again)
		return;
	if (lost_at == 0)
		lost_at = now();
	back_at = 0;
	double pause = 0.5 * (1 << (c->tries < 6 ? c->tries : 6));
	c->tries++;
	c->retry_at = now() + pause * (0.5 + drand48() / 2);
}

static void come_back(void)
{
	double t = now();
	for (unsigned i = 0; i < conns; i++)
		if (conn[i].stage == GONE && conn[i].retry_at > 0 && conn[i].retry_at <= t) {
			gone--;
			conn_open(&conn[i], conn[i].live);
		}
	if (lost_at > 0 && back_at == 0 && ready == conns)
		back_at = t;
}

static void say(struct conn *c, const char *text)
{
	uint8_t frame[2048];
	size_t n = strlen(text), at = 0;
	frame[at++] = 0x81;
	if (n < 126)
		frame[at++] = (uint8_t)(0x80 | n);
	else
		frame[at++] = 0x80 | 126, frame[at++] = (uint8_t)(n >> 8), frame[at++] = (uint8_t)n;
	memset(frame + at, 0, 4);
	at += 4;
	memcpy(frame + at, text, n);
	if (write(c->fd, frame, at + n) != (ssize_t)(at + n))
		conn_gone(c);
}

static void hello(struct conn *c)
{
	char text[200];
	(void)snprintf(text, sizeof text, "{\"type\":\"hello\",\"token\":%s%s%s,\"last_seq\":0,\"language\":\"zh-CN\"}", *c->token ? "\"" : "",
		*c->token ? c->token : "null", *c->token ? "\"" : "");
	say(c, text);
}

static void upgrade(struct conn *c)
{
	char text[1024];
	int to = c->live && staff_port ? staff_port : port;
	int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://127.0.0.1:%d\r\n%s%s%s%s\r\n",
		c->live ? "/console/live" : "/chat/ws", to, to, c->live ? "" : "Sec-WebSocket-Protocol: xinqiao.chat.1\r\n",
		c->live ? "Cookie: " : "", c->live ? cookie : "", c->live ? "\r\n" : "");
	if (write(c->fd, text, (size_t)n) != n) {
		if (!again)
			die("write");
		conn_gone(c);
		return;
	}
	c->stage = UPGRADING;
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

/* Every "n<number>." in what staff see. */
static void watch(const char *p, size_t n)
{
	for (const char *end = p + n; (p = memmem(p, (size_t)(end - p), "bench-n", 7)) != NULL; p += 7) {
		unsigned i = (unsigned)strtoul(p + 7, NULL, 10);
		if (i < sent && seen_ms[i] == 0) {
			seen_ms[i] = (now() - sent_at[i]) * 1e3;
			seen++;
		}
	}
}

static void on_frame(struct conn *c, int op, char *p, size_t n)
{
	char kept = p[n];
	p[n] = 0;
	if (op == 9) { /* ping: an empty pong will do */
		static const uint8_t pong[6] = { 0x8a, 0x80 };
		if (write(c->fd, pong, 6) != 6)
			conn_gone(c);
	} else if (c->live) {
		staff_frames++;
		staff_bytes += n;
		if (c == &conn[idle + active])
			watch(p, n);
	} else if (c->stage == WELCOMING && (echo || strstr(p, "\"welcome\""))) {
		const char *token = strstr(p, "\"token\":\"");
		if (token != NULL)
			(void)snprintf(c->token, sizeof c->token, "%.*s", (int)strcspn(token + 9, "\""), token + 9);
		c->stage = READY;
		c->tries = 0;
		ready++;
	} else if (echo || strstr(p, "\"ack\"")) {
		const char *id = strstr(p, "\"id\":\"i");
		unsigned i = id ? (unsigned)strtoul(id + 7, NULL, 10) : sent;
		if (i < sent && ack_ms[i] == 0) {
			ack_ms[i] = (now() - sent_at[i]) * 1e3;
			acked++;
		}
	}
	p[n] = kept;
}

static void on_bytes(struct conn *c)
{
	if (c->stage == UPGRADING) {
		c->in[c->len] = 0;
		char *end = strstr(c->in, "\r\n\r\n");
		if (end == NULL)
			return;
		if (strncmp(c->in, "HTTP/1.1 101", 12) != 0) {
			if (again) { /* it is only just starting */
				conn_gone(c);
				return;
			}
			fprintf(stderr, "%.80s\n", c->in);
			exit(1);
		}
		size_t head = (size_t)(end + 4 - c->in);
		memmove(c->in, c->in + head, c->len - head);
		c->len -= head;
		c->stage = c->live ? READY : WELCOMING;
		if (c->live)
			ready++;
		else
			hello(c);
	}
	size_t at = 0;
	while (c->len - at >= 2) {
		uint8_t *b = (uint8_t *)c->in + at;
		size_t n = b[1] & 127, head = 2;
		if (n == 126) {
			if (c->len - at < 4)
				break;
			n = (size_t)b[2] << 8 | b[3];
			head = 4;
		} else if (n == 127) {
			if (c->len - at < 10)
				break;
			n = 0;
			for (int i = 2; i < 10; i++)
				n = n << 8 | b[i];
			head = 10;
		}
		if (c->len - at < head + n)
			break;
		on_frame(c, b[0] & 15, (char *)b + head, n);
		if (c->stage == GONE)
			return;
		at += head + n;
	}
	memmove(c->in, c->in + at, c->len - at);
	c->len -= at;
}

static void turn(int wait_ms)
{
	struct epoll_event e[EVENTS];
	int n = epoll_wait(ep, e, EVENTS, wait_ms);
	for (int i = 0; i < n; i++) {
		struct conn *c = e[i].data.ptr;
		if (c->stage == CONNECTING && (e[i].events & (EPOLLHUP | EPOLLERR)) && again) {
			conn_gone(c);
			continue;
		}
		if (c->stage == CONNECTING && (e[i].events & EPOLLOUT))
			upgrade(c);
		if (c->stage == GONE || !(e[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
			continue;
		ssize_t got = read(c->fd, c->in + c->len, c->size - c->len);
		if (got > 0) {
			c->len += (size_t)got;
			on_bytes(c);
		} else if (got == 0 || (errno != EAGAIN && errno != EINTR))
			conn_gone(c);
	}
}

static void open_all(void)
{
	unsigned wanted = idle + active + staff;
	double begun = now();
	while (ready + gone < wanted && now() - begun < 120) {
		while (conns < wanted && conns - ready - gone < OPENING_MAX) {
			conn_open(&conn[conns], conns >= idle + active);
			conns++;
		}
		turn(100);
	}
	fprintf(stderr, "open %u of %u in %.2f s\n", ready, wanted, now() - begun);
}

static void send_one(void)
{
	char text[512];
	struct conn *c = &conn[idle + sent % active];
	for (unsigned i = 1; again && c->stage != READY && i < active; i++)
		c = &conn[idle + (sent + i) % active];
	if (c->stage != READY)
		return;
	snprintf(text, sizeof text, "{\"type\":\"message\",\"id\":\"i%u\",\"text\":\"bench-n%u. 小区东门路灯坏了三天，晚上太黑，请尽快派人维修。\"}", sent, sent);
	sent_at[sent++] = now();
	say(c, text);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Quantile of the n values that were measured (the others are 0 and sort first). */
static double quantile(double *v, unsigned n, double q)
{
	qsort(v, sent, sizeof *v, by_size);
	return n == 0 ? -1 : v[sent - n + (unsigned)((n - 1) * q)];
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned v = (unsigned)atoi(argv[i + 1]);
		if (!strcmp(argv[i], "--port"))
			port = (int)v;
		else if (!strcmp(argv[i], "--staff-port"))
			staff_port = (int)v;
		else if (!strcmp(argv[i], "--idle"))
			idle = v;
		else if (!strcmp(argv[i], "--active"))
			active = v;
		else if (!strcmp(argv[i], "--rate"))
			rate = v;
		else if (!strcmp(argv[i], "--seconds"))
			seconds = v;
		else if (!strcmp(argv[i], "--staff"))
			staff = v;
		else if (!strcmp(argv[i], "--again"))
			again = v;
		else if (!strcmp(argv[i], "--echo"))
			echo = v;
		else if (!strcmp(argv[i], "--cookie"))
			cookie = argv[i + 1];
		else
			return fprintf(stderr, "chat_load: %s?\n", argv[i]), 2;
	}
	struct rlimit r;
	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	if (rate == 0)
		active = 0;
	if (cookie == NULL)
		staff = 0;
	ep = epoll_create1(0);
	conn = calloc(idle + active + staff + 1, sizeof *conn);
	sent_at = calloc(SENT_MAX, sizeof *sent_at);
	ack_ms = calloc(SENT_MAX, sizeof *ack_ms);
	seen_ms = calloc(SENT_MAX, sizeof *seen_ms);
	if (ep < 0 || conn == NULL || sent_at == NULL || ack_ms == NULL || seen_ms == NULL)
		die("memory");
	open_all();
	if (rate == 0) {
		printf("open %u\n", ready);
		fflush(stdout);
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = &conn[idle] };
		conn[idle] = (struct conn){ .stage = GONE };
		epoll_ctl(ep, EPOLL_CTL_ADD, 0, &e);
		for (struct epoll_event one; epoll_wait(ep, &one, 1, -1) == 1 && one.data.ptr != &conn[idle];)
			turn(0);
		return 0;
	}
	if (again) {
		printf("open %u\n", ready);
		fflush(stdout);
	}
	double begun = now(), due = 0;
	/* With --again only what is written after the loss, by those who are back, is measured. */
	while (now() - begun < seconds && sent < SENT_MAX && back_at == 0) {
		bool measuring = !again || (lost_at > 0 && ready > 0);
		if (measuring && due == 0)
			due = now();
		unsigned before = sent;
		while (measuring && sent < (now() - due) * rate && sent < SENT_MAX && (again || conn[idle + sent % active].stage == READY)) {
			send_one();
			if (sent == before) {
				due = now() - (double)sent / rate; /* none of them is back yet */
				break;
			}
			before = sent;
		}
		turn(1);
		if (again)
			come_back();
	}
	double end = now();
	while ((acked < sent || (cookie && seen < sent)) && now() - end < 10)
		turn(10);
	if (again)
		printf("{\"back\":%u,\"all_back_s\":%.2f,", ready, back_at > 0 ? back_at - lost_at : -1);
	else
		printf("{");
	printf("\"open\":%u,\"sent\":%u,\"acknowledged\":%u,\"seen_by_staff\":%u,\"gone\":%u,\"rate\":%.0f", ready, sent, acked, seen, gone, sent / (end - begun));
	printf(",\"ack_p50_ms\":%.2f,\"ack_p99_ms\":%.2f", quantile(ack_ms, acked, .5), quantile(ack_ms, acked, .99));
	printf(",\"staff\":%u,\"staff_frames_per_second\":%.0f,\"staff_mb_per_second\":%.1f", staff, (double)staff_frames / (end - begun),
		(double)staff_bytes / 1e6 / (end - begun));
	printf(",\"seen_p50_ms\":%.2f,\"seen_p99_ms\":%.2f}\n", quantile(seen_ms, seen, .5), quantile(seen_ms, seen, .99));
	return acked == sent ? 0 : 1;
}
