/* Gives mails by LMTP over several connections and counts the 250s.
 *
 *   mail_load --port P --count 5000 --connections 16 --size 4096
 *
 * Each mail has its own sender, Message-ID and text; one that is to come later (4xx) is counted, and the next begins at once. One JSON
 * line at the end. One thread, poll(). */
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

enum { CONNECTIONS_MAX = 64, LINE_MAX_BYTES = 8192 };
/* What is waited for: each needs one final line ("250 …"; "250-…" goes on). */
enum stage { GREETING, HELLO, MAIL, RCPT, DATA, DOT, RESET, DONE };

struct conn { int fd; unsigned mail; enum stage stage; bool later; char in[LINE_MAX_BYTES]; size_t len; double began; };

static struct conn conn[CONNECTIONS_MAX];
static unsigned count = 5000, connections = 16, size = 4096, begun, accepted, refused;
static double *took;
static char *body;

static void put(struct conn *c, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(c->fd, p, n);
		if (w < 0 && errno != EINTR)
			die("write");
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		}
	}
}

static void begin(struct conn *c)
{
	char text[512];
	if (begun == count) {
		c->stage = DONE;
		return;
	}
	c->began = now();
	c->mail = begun++;
	int n = snprintf(text, sizeof text, "MAIL FROM:<u%u@example.org>\r\nRCPT TO:<12345@city.example>\r\nDATA\r\n", c->mail);
	c->stage = MAIL;
	c->later = false;
	put(c, text, (size_t)n);
}

static void send_mail(struct conn *c)
{
	char head[512];
	unsigned i = c->mail;
	int n = snprintf(head, sizeof head, "From: u%u@example.org\r\nTo: 12345@city.example\r\nMessage-ID: <bench%u.%d@example.org>\r\n"
		"Subject: bench %u\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nNr. %u\r\n",
		i, i, (int)getpid(), i, i);
	put(c, head, (size_t)n);
	put(c, body, strlen(body));
	put(c, ".\r\n", 3);
}

static void told(const struct conn *c, bool taken)
{
	took[accepted + refused] = (now() - c->began) * 1e3;
	*(taken ? &accepted : &refused) += 1;
}

static void on_line(struct conn *c, const char *line)
{
	if (line[3] == '-')
		return;
	bool good = line[0] == '2' || line[0] == '3';
	switch (c->stage) {
	case GREETING:
		put(c, "LHLO bench\r\n", 12);
		c->stage = HELLO;
		break;
	case HELLO:
		begin(c);
		break;
	case MAIL:
	case RCPT:
		c->later = c->later || line[0] == '4';
		if (!good && !c->later)
			fprintf(stderr, "%s\n", line), exit(1);
		c->stage++;
		break;
	case DATA:
		if (good) {
			c->stage = DOT;
			send_mail(c);
			break;
		}
		told(c, false);
		c->stage = RESET;
		put(c, "RSET\r\n", 6);
		break;
	case DOT:
		told(c, good);
		begin(c);
		break;
	case RESET:
		begin(c);
		break;
	case DONE:
		break;
	}
}

static void on_bytes(struct conn *c)
{
	ssize_t n = read(c->fd, c->in + c->len, sizeof c->in - 1 - c->len);
	if (n <= 0)
		die("the server closed");
	c->len += (size_t)n;
	c->in[c->len] = 0;
	char *p = c->in;
	for (char *end; (end = strstr(p, "\r\n")) != NULL; p = end + 2) {
		*end = 0;
		on_line(c, p);
	}
	c->len = strlen(p);
	memmove(c->in, p, c->len + 1);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned v = (unsigned)atoi(argv[i + 1]);
		if (!strcmp(argv[i], "--port"))
			a.sin_port = htons((uint16_t)v);
		else if (!strcmp(argv[i], "--count"))
			count = v;
		else if (!strcmp(argv[i], "--connections"))
			connections = v < CONNECTIONS_MAX ? v : CONNECTIONS_MAX;
		else if (!strcmp(argv[i], "--size"))
			size = v;
		else
			return fprintf(stderr, "mail_load: %s?\n", argv[i]), 2;
	}
	static const char line[] = "小区东门路灯坏了三天，晚上太黑，请尽快派人维修。\r\n";
	body = calloc(1, size + sizeof line);
	took = calloc(count, sizeof *took);
	if (body == NULL || took == NULL)
		die("memory");
	for (size_t n = 0; n < size; n += sizeof line - 1)
		memcpy(body + n, line, sizeof line);
	for (unsigned i = 0; i < connections; i++) {
		int one = 1;
		conn[i].fd = socket(AF_INET, SOCK_STREAM, 0);
		if (conn[i].fd < 0 || connect(conn[i].fd, (struct sockaddr *)&a, sizeof a) < 0)
			die("connect");
		setsockopt(conn[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	}
	double first = now();
	while (accepted + refused < count) {
		struct pollfd p[CONNECTIONS_MAX];
		for (unsigned i = 0; i < connections; i++)
			p[i] = (struct pollfd){ conn[i].fd, POLLIN, 0 };
		if (poll(p, connections, 30000) <= 0)
			die("no answer for 30 s");
		for (unsigned i = 0; i < connections; i++)
			if (p[i].revents)
				on_bytes(&conn[i]);
	}
	double s = now() - first;
	qsort(took, count, sizeof *took, by_size);
	printf("{\"accepted\":%u,\"refused\":%u,\"seconds\":%.3f,\"per_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f}\n", accepted, refused, s,
		accepted / s, took[count / 2], took[count - count / 100 - 1]);
	return refused ? 1 : 0;
}
