/* A carrier that measures, in each of the four protocols: waits for the gateway's links, sends messages with a window a link
 * and counts the answers; answers what the gateway submits, with a receipt each where asked.
 *
 *   carrier_load --protocol smpp|cmpp|sgip|smgp [--count 60000] [--window 100] [--links 1] [--port 0] [--to PORT]
 *                [--receipts 1] [--hold 1] [--rate N] [--first 0]
 *
 * --rate: so many messages a second fall due, whatever is answered, and each goes out as soon as the connection takes it;
 * every second a line says how many were offered (fell due), sent and acknowledged. --first: the number of the first
 * message and its sender, so that two of these have different ones. Prints its port on the first line. SGIP: when a line comes on stdin it connects to the gateway at --to, as often as
 * --links says. --hold: submits are not answered before every message of ours is; then the way out is measured from there
 * to the last receipt's answer. Last line: JSON. Written from the protocols' tables, with code of its own; one thread, poll(). */
#include <arpa/inet.h>
#include <errno.h>
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

enum { PEERS = 40, BUFFER = 1 << 20, IDLE_S = 60, HELD = 1 << 16, NODE_AT = 8 };
static const uint32_t RESP = 0x80000000u, RECEIPT = 0x40000000u, NODE = 3099900001u;
enum protocol { SMPP, CMPP, SGIP, SMGP };
/* Commands in each protocol, in that order; 0: it has none. */
enum what { LOGIN, SUBMIT, DELIVER, PROBE, GOODBYE, REPORT };
static const uint32_t command_of[4][6] = { { 9, 4, 5, 0x15, 6, 5 }, { 1, 4, 5, 8, 2, 5 }, { 1, 3, 4, 0, 2, 5 }, { 1, 2, 3, 4, 6, 3 } };
static const size_t head_of[4] = { 16, 12, 20, 12 }, sequence_at[4] = { 12, 8, 16, 8 };

struct peer { int fd; bool ours, bound; unsigned open; size_t in_len, out_len, out_at; uint8_t *in, *out; };
static struct peer peer[PEERS];
static struct { unsigned peer; uint8_t sequence[12]; } held[HELD];
static enum protocol protocol;
static unsigned count = 60000, window = 100, wanted = 1, rate, first_number, sent, answered, refused, submits, held_n, receipts, receipts_answered;
static bool want_receipts, hold, released;
static uint64_t *sent_at, *took;
static double first, last, out_first, out_last;
static uint8_t pdu[4096];
static size_t n; /* of pdu */

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put(const void *p, size_t len)
{
	memcpy(pdu + n, p, len);
	n += len;
}

static void put8(unsigned v)
{
	pdu[n++] = (uint8_t)v;
}

static void put32(uint32_t v)
{
	for (int i = 24; i >= 0; i -= 8)
		put8(v >> i);
}

/* In a field of this width, filled up with NULs; width 0: with one NUL. */
static void put_text(const char *s, size_t width)
{
	size_t len = strlen(s);
	put(s, len);
	for (size_t i = len; i < (width ? width : len + 1); i++)
		put8(0);
}

static void zeros(size_t len)
{
	memset(pdu + n, 0, len);
	n += len;
}

static void begin(uint32_t command, const uint8_t *sequence)
{
	n = 0;
	put32(0), put32(command);
	if (protocol == SMPP)
		put32(0);
	put(sequence, protocol == SGIP ? 12 : 4);
}

static void begin_new(uint32_t command, uint32_t number)
{
	uint8_t sequence[12] = { 0 };
	for (int i = 0; i < 4; i++) {
		sequence[(protocol == SGIP ? 8 : 0) + i] = (uint8_t)(number >> (24 - 8 * i));
		if (protocol == SGIP)
			sequence[i] = (uint8_t)((NODE + first_number) >> (24 - 8 * i)), sequence[4 + i] = (uint8_t)(1128093000u >> (24 - 8 * i));
	}
	begin(command, sequence);
}

static void end(struct peer *p)
{
	for (int i = 0; i < 4; i++)
		pdu[i] = (uint8_t)(n >> (24 - 8 * i));
	if (p->out_at && p->out_len + n > BUFFER) {
		memmove(p->out, p->out + p->out_at, p->out_len - p->out_at);
		p->out_len -= p->out_at;
		p->out_at = 0;
	}
	if (p->out_len + n > BUFFER)
		die("output buffer");
	memcpy(p->out + p->out_len, pdu, n);
	p->out_len += n;
}

/* --- what we say --- */

static unsigned put_words(unsigned i)
{
	enum { CHARS = 60 };
	for (unsigned c = 0; c < CHARS; c++) {
		unsigned cp = 0x4e00 + (i * 7 + c * 131) % 0x3000;
		put8(cp >> 8), put8(cp & 255);
	}
	return CHARS * 2;
}

static void deliver(struct peer *p, unsigned i)
{
	char from[22];
	unsigned number = first_number + i;
	(void)snprintf(from, sizeof from, "86139%08u", number);
	begin_new(command_of[protocol][DELIVER], i + 1);
	switch (protocol) {
	case SMPP:
		put8(0), put8(1), put8(1), put_text(from, 0), put8(0), put8(1), put_text("12345", 0);
		zeros(7), put8(8), put8(0), put8(120), put_words(i);
		break;
	case CMPP:
		put32(0x773de140), put32(number), put_text("12345", 21), zeros(10), put8(0), put8(0), put8(8), put_text(from, 32);
		put8(0), put8(0), put8(120), put_words(i), zeros(20);
		break;
	case SGIP:
		put_text(from, 21), put_text("12345", 21), put8(0), put8(0), put8(8), put32(120), put_words(i), zeros(8);
		break;
	case SMGP:
		put32(0x10000011), put8(0x22), put8(0), put32(number), put8(0), put8(8), put_text("20261128093000", 14), put_text(from, 21);
		put_text("12345", 21), put8(120), put_words(i), zeros(8);
		break;
	}
	end(p);
	sent_at[i] = (uint64_t)(now() * 1e9);
	p->open++;
}

static void receipt(struct peer *p, unsigned id, const uint8_t *sequence)
{
	char words[200];
	begin_new(command_of[protocol][REPORT], RECEIPT + receipts++);
	switch (protocol) {
	case SMPP:
		put8(0), put8(1), put8(1), put_text("8613900000000", 0), put8(0), put8(1), put_text("12345", 0), put8(4), zeros(6), put8(0), put8(0);
		(void)snprintf(words, sizeof words, "id:%u sub:001 dlvrd:001 submit date:2611280930 done date:2611280930 stat:DELIVRD err:000 text:", id);
		put8((unsigned)strlen(words)), put(words, strlen(words));
		break;
	case CMPP:
		put32(0x773de141), put32(id), put_text("12345", 21), zeros(13), put_text("8613900000000", 32), put8(0), put8(1), put8(71);
		put32(1), put32(id), put_text("DELIVRD", 7), put_text("2611280930", 10), put_text("2611280930", 10), put_text("13900000000", 32);
		put32(id), zeros(20);
		break;
	case SGIP:
		put(sequence, 12), put8(0), put_text("8613900000000", 21), put8(0), put8(0), zeros(8);
		break;
	case SMGP:
		put32(0x20000011), put8(0x22), put8(0), put32(id), put8(1), put8(0), put_text("20261128093000", 14), put_text("8613900000000", 21);
		put_text("12345", 21), put8(122), put("id:", 3), put32(1), put8(0), put8(0), put32(id);
		put_text(" sub:001 dlvrd:001 submit date:2611280930 done date:2611280930 stat:DELIVRD err:000 text:000", 109), zeros(8);
		break;
	}
	end(p);
	p->open++;
}

static struct peer *receiver(void)
{
	static unsigned next;
	for (unsigned i = 0; i < PEERS; i++) {
		struct peer *p = &peer[next++ % PEERS];
		if (p->fd >= 0 && p->bound && (protocol != SGIP || p->ours))
			return p;
	}
	return NULL;
}

static void answer_submit(struct peer *p, const uint8_t *sequence)
{
	unsigned id = ++submits;
	begin(command_of[protocol][SUBMIT] | RESP, sequence);
	if (protocol == SMPP) {
		char text[16];
		(void)snprintf(text, sizeof text, "%u", id);
		put_text(text, 0);
	} else if (protocol == CMPP) {
		put32(1), put32(id), put32(0);
	} else if (protocol == SGIP) {
		zeros(9);
	} else {
		put32(1), put8(0), put8(0), put32(id), put32(0);
	}
	end(p);
	struct peer *to = want_receipts ? receiver() : NULL;
	if (to)
		receipt(to, id, sequence);
}

static void answer_other(struct peer *p, uint32_t command, const uint8_t *sequence)
{
	begin(command | RESP, sequence);
	bool login = protocol == SMPP ? command == 1 || command == 2 || command == 9 : command == 1;
	if (login)
		p->bound = true;
	if (login && protocol == SMPP)
		put_text("load", 0);
	else if (login && protocol == SGIP)
		zeros(9);
	else if (login)
		zeros(20), put8(0x30);
	else if (protocol == CMPP && command == 8)
		put8(0);
	end(p);
}

/* --- what comes --- */

static void on_answer(struct peer *p, const uint8_t *b, uint32_t len)
{
	uint32_t number = get32(b + sequence_at[protocol]);
	uint32_t status = protocol == SMPP ? get32(b + 8) : protocol == SGIP ? b[20] : len >= 16 ? get32(b + len - 4) : 0;
	p->open--;
	if (number >= RECEIPT) {
		receipts_answered++;
		out_last = now();
		return;
	}
	answered++;
	refused += status != 0;
	last = now();
	took[number - 1] = (uint64_t)(now() * 1e9) - sent_at[number - 1];
}

static void on_pdu(struct peer *p, const uint8_t *b, uint32_t len)
{
	uint32_t command = get32(b + 4);
	const uint8_t *sequence = b + (protocol == SGIP ? NODE_AT : sequence_at[protocol]);
	if (command == (command_of[protocol][DELIVER] | RESP) || command == (command_of[protocol][REPORT] | RESP)) {
		on_answer(p, b, len);
	} else if (command == (command_of[protocol][LOGIN] | RESP)) {
		p->bound = true;
	} else if (command == command_of[protocol][SUBMIT] && hold && !released) {
		if (held_n == HELD)
			die("held");
		held[held_n].peer = (unsigned)(p - peer);
		memcpy(held[held_n++].sequence, sequence, protocol == SGIP ? 12 : 4);
	} else if (command == command_of[protocol][SUBMIT]) {
		answer_submit(p, sequence);
	} else if (!(command & RESP)) {
		answer_other(p, command, sequence);
	}
}

static bool on_readable(struct peer *p)
{
	ssize_t got = read(p->fd, p->in + p->in_len, BUFFER - p->in_len);
	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	p->in_len += (size_t)got;
	size_t at = 0;
	while (p->in_len - at >= head_of[protocol]) {
		uint32_t len = get32(p->in + at);
		if (len < head_of[protocol] || len > 65536)
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

static unsigned bound(void)
{
	unsigned k = 0;
	for (unsigned i = 0; i < PEERS; i++)
		k += peer[i].fd >= 0 && peer[i].bound && (protocol != SGIP || peer[i].ours);
	return k;
}

/* How many messages there are to send by now. */
static unsigned due(void)
{
	double by_now = first > 0 ? (now() - first) * rate : 0;
	return rate == 0 || by_now > count ? count : (unsigned)by_now;
}

static void fill(struct peer *p)
{
	if (!p->bound || (protocol == SGIP && !p->ours) || bound() < wanted)
		return;
	if (first == 0)
		first = now();
	for (unsigned until = due(); (rate || p->open < window) && sent < until && p->out_len - p->out_at < BUFFER / 2;)
		deliver(p, sent++);
}

static void tell(void)
{
	static double told;
	if (now() - told < 1)
		return;
	told = now();
	printf("{\"offered\":%u,\"sent\":%u,\"acknowledged\":%u}\n", due(), sent, answered);
	fflush(stdout);
}

static void release(void)
{
	if (released || !hold || answered < count)
		return;
	released = true;
	out_first = now();
	for (unsigned i = 0; i < held_n; i++)
		answer_submit(&peer[held[i].peer], held[i].sequence);
}

static void flush(struct peer *p)
{
	while (p->out_at < p->out_len) {
		ssize_t wrote = write(p->fd, p->out + p->out_at, p->out_len - p->out_at);
		if (wrote <= 0)
			return;
		p->out_at += (size_t)wrote;
	}
	p->out_at = p->out_len = 0;
}

static void adopt(int fd, bool ours)
{
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	for (unsigned i = 0; i < PEERS; i++)
		if (peer[i].fd < 0) {
			uint8_t *in = peer[i].in ? peer[i].in : malloc(BUFFER), *out = peer[i].out ? peer[i].out : malloc(BUFFER);
			if (!in || !out)
				die("memory");
			peer[i] = (struct peer){ .fd = fd, .ours = ours, .in = in, .out = out };
			return;
		}
	close(fd);
}

/* As an SMG, which connects to deliver. */
static void connect_to(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	for (unsigned i = 0; i < wanted; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
			die("connect");
		adopt(fd, true);
	}
	for (unsigned i = 0; i < PEERS; i++)
		if (peer[i].fd >= 0 && peer[i].ours) {
			begin_new(1, 1);
			put8(2), put_text("smg", 16), put_text("bench", 16), zeros(8);
			end(&peer[i]);
		}
}

static void turn(int listener, int input, int *to)
{
	struct pollfd p[PEERS + 2] = { { listener, POLLIN, 0 }, { *to ? input : -1, POLLIN, 0 } };
	unsigned who[PEERS + 2], k = 2;
	for (unsigned i = 0; i < PEERS; i++)
		if (peer[i].fd >= 0) {
			fill(&peer[i]);
			flush(&peer[i]);
			who[k] = i;
			p[k++] = (struct pollfd){ peer[i].fd, (short)(POLLIN | (peer[i].out_at < peer[i].out_len ? POLLOUT : 0)), 0 };
		}
	if (poll(p, k, rate ? 1 : 1000) < 0 && errno != EINTR)
		die("poll");
	if (p[0].revents)
		adopt(accept4(listener, NULL, NULL, SOCK_NONBLOCK), false);
	char line[8];
	if (p[1].revents && read(input, line, sizeof line) > 0) {
		connect_to(*to);
		*to = 0;
	}
	for (unsigned i = 2; i < k; i++)
		if ((p[i].revents & (POLLIN | POLLHUP | POLLERR)) && !on_readable(&peer[who[i]])) {
			close(peer[who[i]].fd);
			peer[who[i]].fd = -1;
		}
	release();
}

static int listen_on(int *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int one = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 64) < 0 || getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		die("listen");
	*port = ntohs(a.sin_port);
	return fd;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static bool done(void)
{
	return answered >= count && (!hold || (submits >= count && receipts_answered >= submits));
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "smpp", "cmpp", "sgip", "smgp" };
	int port = 0, to = 0;
	for (int i = 1; i + 1 < argc; i += 2) {
		int v = atoi(argv[i + 1]);
		if (!strcmp(argv[i], "--protocol")) {
			for (protocol = SMPP; protocol < SMGP && strcmp(names[protocol], argv[i + 1]);)
				protocol++;
		} else if (!strcmp(argv[i], "--count"))
			count = (unsigned)v;
		else if (!strcmp(argv[i], "--window"))
			window = (unsigned)v;
		else if (!strcmp(argv[i], "--links"))
			wanted = (unsigned)v;
		else if (!strcmp(argv[i], "--port"))
			port = v;
		else if (!strcmp(argv[i], "--rate"))
			rate = (unsigned)v;
		else if (!strcmp(argv[i], "--first"))
			first_number = (unsigned)v;
		else if (!strcmp(argv[i], "--to"))
			to = v;
		else if (!strcmp(argv[i], "--receipts"))
			want_receipts = v;
		else if (!strcmp(argv[i], "--hold"))
			hold = v;
		else
			return fprintf(stderr, "carrier_load: %s?\n", argv[i]), 2;
	}
	sent_at = calloc(count, sizeof *sent_at);
	took = calloc(count, sizeof *took);
	if (!sent_at || !took)
		die("memory");
	for (unsigned i = 0; i < PEERS; i++)
		peer[i].fd = -1;
	int listener = listen_on(&port);
	printf("%d\n", port);
	fflush(stdout);
	double begun = now();
	for (unsigned seen = 0; !done() && now() - begun < IDLE_S;) {
		turn(listener, 0, &to);
		if (rate)
			tell();
		if (answered + submits + receipts_answered != seen) {
			seen = answered + submits + receipts_answered;
			begun = now();
		}
	}
	qsort(took, count, sizeof *took, by_size);
	double in = last - first, out = out_last - out_first;
	printf("{\"protocol\":\"%s\",\"links\":%u,\"acknowledged\":%u,\"refused\":%u,\"per_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
		"\"submits\":%u,\"receipts\":%u,\"out_per_second\":%.0f}\n", names[protocol], wanted, answered, refused,
		in > 0 ? answered / in : 0, (double)took[count / 2] / 1e6, (double)took[count - count / 100 - 1] / 1e6, submits,
		receipts_answered, hold && out > 0 ? receipts_answered / out : 0);
	return done() ? 0 : 1;
}
