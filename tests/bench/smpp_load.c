/* An SMSC that measures: waits for a bind, then sends deliver_sm with a window and counts the answers.
 *
 *   smpp_load --count 100000 --window 100 [--port 0] [--links 1] [--http-port N] [--rounds 1] [--first 0]
 *
 * Prints its port on the first line, then one JSON line a round; with more than one, each waits for a line on its input. --first:
 * the number of the first sender, so that two of these have different ones. The line says acknowledged a second (first send to last answer), the median and
 * p99 of the time from send to answer, refusals, and how many submit_sm it answered meanwhile. With --http-port it is also
 * the application behind another gateway: it answers every request 200 and counts how many came and when the last did.
 * Written from the protocol, with code of its own; one thread, poll(). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { LINKS_MAX = 16, HTTP_MAX = 512, BUFFER = 1 << 20, IDLE_S = 60, TURN_MS = 1000, QUIET_MS = 200 };
enum { BIND_RX = 1, BIND_TX = 2, SUBMIT = 4, DELIVER = 5, UNBIND = 6, BIND_TRX = 9, ENQUIRE = 0x15, RESP = (int)0x80000000 };

struct peer { int fd; bool bound, sends; uint8_t in[BUFFER]; size_t in_len; uint8_t *out; size_t out_len, out_at; unsigned open; };
static struct peer link_of[LINKS_MAX];
static unsigned links;
static struct { int fd; size_t got; char head[4096]; } http[HTTP_MAX];
static uint64_t *sent_at, *took;
static unsigned count = 100000, window = 100, wanted_links = 1, rounds = 1, first_sender;
static unsigned sent, answered, refused, submits, http_requests, round_at; /* round_at: the first of this round's */
static bool waiting;
static double first, last, http_last;

static uint64_t now_ns(void)
{
	return (uint64_t)(now() * 1e9);
}

static int listen_on(int *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 512) < 0 || getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		die("listen");
	*port = ntohs(a.sin_port);
	return fd;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24), p[1] = (uint8_t)(v >> 16), p[2] = (uint8_t)(v >> 8), p[3] = (uint8_t)v;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t *room(struct peer *p, size_t n)
{
	if (p->out_at > 0 && p->out_len + n > BUFFER) {
		memmove(p->out, p->out + p->out_at, p->out_len - p->out_at);
		p->out_len -= p->out_at;
		p->out_at = 0;
	}
	if (p->out_len + n > BUFFER)
		die("output buffer");
	uint8_t *at = p->out + p->out_len;
	p->out_len += n;
	return at;
}

static void put_head(uint8_t *at, uint32_t n, uint32_t command, uint32_t sequence)
{
	put32(at, n), put32(at + 4, command), put32(at + 8, 0), put32(at + 12, sequence);
}

/* 60 Chinese characters in UCS-2 from a sender of its own: each becomes a ticket. */
static void put_deliver(struct peer *p, unsigned i)
{
	enum { CHARS = 60 };
	uint8_t body[256];
	size_t n = 0;
	body[n++] = 0, body[n++] = 1, body[n++] = 1;
	n += (size_t)sprintf((char *)body + n, "86139%08u", first_sender + i) + 1;
	body[n++] = 0, body[n++] = 1;
	n += (size_t)sprintf((char *)body + n, "12345") + 1;
	memset(body + n, 0, 7);
	n += 7;
	body[n++] = 8, body[n++] = 0, body[n++] = CHARS * 2;
	for (unsigned c = 0; c < CHARS; c++) {
		unsigned cp = 0x4e00 + (i * 7 + c * 131) % 0x3000;
		body[n++] = (uint8_t)(cp >> 8), body[n++] = (uint8_t)cp;
	}
	uint8_t *at = room(p, 16 + n);
	put_head(at, (uint32_t)(16 + n), DELIVER, i + 1);
	memcpy(at + 16, body, n);
	sent_at[i] = now_ns();
	p->open++;
}

static void fill(struct peer *p)
{
	if (!p->bound || !p->sends || links < wanted_links)
		return;
	if (waiting)
		return;
	if (sent == round_at)
		first = now();
	while (p->open < window && sent < round_at + count && p->out_len - p->out_at < BUFFER / 2)
		put_deliver(p, sent++);
}

static void on_pdu(struct peer *p, const uint8_t *b, uint32_t n)
{
	uint32_t command = get32(b + 4), status = get32(b + 8), sequence = get32(b + 12);
	if (command == (uint32_t)(DELIVER | RESP)) {
		p->open--;
		answered++;
		refused += status != 0;
		last = now();
		took[sequence - 1] = now_ns() - sent_at[sequence - 1];
	} else if (command == BIND_RX || command == BIND_TX || command == BIND_TRX) {
		uint8_t *at = room(p, 21);
		put_head(at, 21, command | (uint32_t)RESP, sequence);
		memcpy(at + 16, "load", 5);
		p->bound = true;
		p->sends = command != BIND_TX;
		links += p->sends;
	} else if (command == SUBMIT) {
		char id[16];
		size_t len = (size_t)sprintf(id, "%u", ++submits) + 1;
		uint8_t *at = room(p, 16 + len);
		put_head(at, (uint32_t)(16 + len), SUBMIT | (uint32_t)RESP, sequence);
		memcpy(at + 16, id, len);
	} else if (!(command & (uint32_t)RESP))
		put_head(room(p, 16), 16, command | (uint32_t)RESP, sequence);
	(void)n;
}

static bool on_readable(struct peer *p)
{
	ssize_t n = read(p->fd, p->in + p->in_len, BUFFER - p->in_len);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	p->in_len += (size_t)n;
	size_t at = 0;
	while (p->in_len - at >= 16) {
		uint32_t len = get32(p->in + at);
		if (len < 16 || len > 65536)
			die("a PDU of that length");
		if (p->in_len - at < len)
			break;
		on_pdu(p, p->in + at, len);
		at += len;
	}
	memmove(p->in, p->in + at, p->in_len - at);
	p->in_len -= at;
	return true;
}

static void flush(struct peer *p)
{
	while (p->out_at < p->out_len) {
		ssize_t n = write(p->fd, p->out + p->out_at, p->out_len - p->out_at);
		if (n <= 0)
			return;
		p->out_at += (size_t)n;
	}
	p->out_at = p->out_len = 0;
}

/* One request is answered when its head is here; nobody sends us bodies. */
static bool on_http(int i)
{
	ssize_t n = read(http[i].fd, http[i].head + http[i].got, sizeof http[i].head - 1 - http[i].got);
	if (n <= 0)
		return false;
	http[i].got += (size_t)n;
	http[i].head[http[i].got] = 0;
	if (strstr(http[i].head, "\r\n\r\n") == NULL)
		return http[i].got < sizeof http[i].head - 1;
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n";
	http[i].got = 0;
	http_requests++;
	http_last = now();
	return write(http[i].fd, ok, sizeof ok - 1) == (ssize_t)sizeof ok - 1;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void accept_into(int fd, bool is_http)
{
	int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK), one = 1;
	if (c < 0)
		return;
	setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	for (int i = 0; i < (is_http ? HTTP_MAX : LINKS_MAX); i++) {
		int *slot = is_http ? &http[i].fd : &link_of[i].fd;
		if (*slot != -1)
			continue;
		*slot = c;
		if (is_http)
			http[i].got = 0;
		else if (link_of[i].out == NULL && (link_of[i].out = malloc(BUFFER)) == NULL)
			die("memory");
		return;
	}
	close(c);
}

static void begin(void)
{
	char line[64];
	if (read(STDIN_FILENO, line, sizeof line) <= 0)
		exit(1);
	waiting = false;
}

static void turn(int smpp, int web, int ms)
{
	struct pollfd p[3 + LINKS_MAX + HTTP_MAX];
	int who[3 + LINKS_MAX + HTTP_MAX], n = 0;
	p[n++] = (struct pollfd){ smpp, POLLIN, 0 };
	p[n++] = (struct pollfd){ web, POLLIN, 0 };
	p[n++] = (struct pollfd){ waiting ? STDIN_FILENO : -1, POLLIN, 0 };
	for (int i = 0; i < LINKS_MAX; i++)
		if (link_of[i].fd >= 0) {
			fill(&link_of[i]);
			flush(&link_of[i]);
			who[n] = i;
			p[n++] = (struct pollfd){ link_of[i].fd, (short)(POLLIN | (link_of[i].out_at < link_of[i].out_len ? POLLOUT : 0)), 0 };
		}
	int http_from = n;
	for (int i = 0; i < HTTP_MAX; i++)
		if (http[i].fd >= 0) {
			who[n] = i;
			p[n++] = (struct pollfd){ http[i].fd, POLLIN, 0 };
		}
	if (poll(p, (nfds_t)n, ms) < 0 && errno != EINTR)
		die("poll");
	if (p[0].revents)
		accept_into(smpp, false);
	if (p[1].revents)
		accept_into(web, true);
	if (p[2].revents)
		begin();
	for (int i = 3; i < n; i++) {
		if (!(p[i].revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		bool alive = i < http_from ? on_readable(&link_of[who[i]]) : on_http(who[i]);
		if (alive)
			continue;
		close(p[i].fd);
		if (i >= http_from)
			http[who[i]].fd = -1;
		else {
			links -= link_of[who[i]].bound && link_of[who[i]].sends;
			uint8_t *out = link_of[who[i]].out;
			memset(&link_of[who[i]], 0, sizeof link_of[who[i]]);
			link_of[who[i]].fd = -1;
			link_of[who[i]].out = out;
		}
	}
}

/* One round, to its last answer. */
static bool measure(int smpp, int web)
{
	double begun = now();
	unsigned seen = 0, submits_before = submits;
	while (answered < round_at + count || (web >= 0 && http_requests < round_at + count)) {
		turn(smpp, web, TURN_MS);
		if (answered + http_requests != seen) {
			seen = answered + http_requests;
			begun = now();
		} else if (now() - begun > IDLE_S)
			break;
	}
	for (unsigned before = submits - 1; rounds > 1 && submits != before;) { /* its answers belong to the round as well */
		before = submits;
		for (begun = now(); now() - begun < QUIET_MS / 1e3;)
			turn(smpp, web, QUIET_MS);
	}
	uint64_t *t = took + round_at;
	qsort(t, count, sizeof *t, by_size);
	double s = last - first;
	unsigned done = answered - round_at;
	printf("{\"sent\":%u,\"acknowledged\":%u,\"refused\":%u,\"seconds\":%.3f,\"per_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
		"\"submits\":%u,\"http\":%u,\"http_per_second\":%.0f}\n", sent - round_at, done, refused, s, s > 0 ? done / s : 0,
		(double)t[count / 2] / 1e6, (double)t[count - count / 100 - 1] / 1e6, submits - submits_before, http_requests,
		http_last > first ? http_requests / (http_last - first) : 0);
	fflush(stdout);
	return done == count;
}

int main(int argc, char **argv)
{
	int port = 0, http_port = -1;
	for (int i = 1; i + 1 < argc; i += 2) {
		int v = atoi(argv[i + 1]);
		if (!strcmp(argv[i], "--count"))
			count = (unsigned)v;
		else if (!strcmp(argv[i], "--window"))
			window = (unsigned)v;
		else if (!strcmp(argv[i], "--links"))
			wanted_links = (unsigned)v;
		else if (!strcmp(argv[i], "--rounds"))
			rounds = (unsigned)v;
		else if (!strcmp(argv[i], "--first"))
			first_sender = (unsigned)v;
		else if (!strcmp(argv[i], "--port"))
			port = v;
		else if (!strcmp(argv[i], "--http-port"))
			http_port = v;
		else
			return fprintf(stderr, "smpp_load: %s?\n", argv[i]), 2;
	}
	sent_at = calloc((size_t)count * rounds, sizeof *sent_at);
	took = calloc((size_t)count * rounds, sizeof *took);
	if (sent_at == NULL || took == NULL)
		die("memory");
	for (int i = 0; i < LINKS_MAX; i++)
		link_of[i].fd = -1;
	for (int i = 0; i < HTTP_MAX; i++)
		http[i].fd = -1;
	int smpp = listen_on(&port), web = -1;
	if (http_port >= 0)
		web = listen_on(&http_port);
	printf("%d %d\n", port, http_port);
	fflush(stdout);
	for (; round_at < count * rounds; round_at += count) {
		waiting = rounds > 1;
		while (waiting)
			turn(smpp, web, TURN_MS);
		if (!measure(smpp, web))
			return 1;
	}
	return 0;
}
