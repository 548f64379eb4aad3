/* A client that writes what it is told, byte by byte as given, while the server runs on the same loop. */
#ifndef XQ_TESTS_RAW_CLIENT_H
#define XQ_TESTS_RAW_CLIENT_H

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/base/loop_until.h"

enum { RAW_MAX = 4 << 20 };

struct raw {
	uv_loop_t *loop;
	int fd;
	bool ended;         /* the server closed */
	size_t len;         /* received and not yet taken */
	size_t want;
	char got[RAW_MAX + 1];
	char answer[RAW_MAX + 1]; /* the last one taken: head and body */
	const char *body;
	int status;
};

static inline void raw_open(struct raw *r, uv_loop_t *loop, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	r->loop = loop;
	r->ended = false;
	r->len = 0;
	r->got[0] = '\0';
	r->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(r->fd, (struct sockaddr *)&a, sizeof a), 0);
}

static inline void raw_close(struct raw *r)
{
	close(r->fd);
	r->fd = -1;
}

static inline bool raw_pull(void *arg)
{
	struct raw *r = arg;
	ssize_t n = r->len < RAW_MAX ? recv(r->fd, r->got + r->len, RAW_MAX - r->len, MSG_DONTWAIT) : -1;
	if (n > 0)
		r->len += (size_t)n;
	else if (n == 0 || (r->len < RAW_MAX && errno != EAGAIN))
		r->ended = true;
	r->got[r->len] = '\0';
	return r->ended || r->len >= r->want;
}

/* Sends all, running the loop while the server does not read. False when the server closed. */
static inline bool raw_send(struct raw *r, const void *p, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = send(r->fd, (const char *)p + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (k < 0 && errno != EAGAIN)
			return false;
		done += k > 0 ? (size_t)k : 0;
		if (done < n)
			loop_for(r->loop, 1);
	}
	return true;
}

static inline bool raw_say(struct raw *r, const char *text)
{
	return raw_send(r, text, strlen(text));
}

/* At least n bytes are there; false when the server closed, or after 10 seconds. A socket of ours does not wake the
 * loop, so it is looked at every 2 ms. */
static inline bool raw_await(struct raw *r, size_t n)
{
	r->want = n;
	for (int i = 0; i < LOOP_UNTIL_MS / 2 * (int)slack() && !raw_pull(r); i++)
		loop_for(r->loop, 2);
	return r->len >= n;
}

static inline bool raw_await_end(struct raw *r)
{
	r->want = SIZE_MAX;
	for (int i = 0; i < LOOP_UNTIL_MS / 2 * (int)slack() && !raw_pull(r); i++)
		loop_for(r->loop, 2);
	return r->ended;
}

static inline void raw_take(struct raw *r, size_t n)
{
	memcpy(r->answer, r->got, n);
	r->answer[n] = '\0';
	memmove(r->got, r->got + n, r->len - n + 1);
	r->len -= n;
}

/* Takes one whole answer; its status, or 0 when the server closed without one. bodiless: to HEAD. */
static inline int raw_answer_to(struct raw *r, bool bodiless)
{
	const char *end, *length;
	while (!(end = strstr(r->got, "\r\n\r\n")))
		if (!raw_await(r, r->len + 1))
			return 0;
	size_t head = (size_t)(end - r->got) + 4, n = 0;
	length = strcasestr(r->got, "\r\ncontent-length:");
	if (length && length < end && !bodiless)
		n = strtoul(length + 17, NULL, 10);
	if (!raw_await(r, head + n))
		return 0;
	raw_take(r, head + n);
	r->body = r->answer + head;
	return r->status = atoi(r->answer + 9);
}

static inline int raw_answer(struct raw *r)
{
	return raw_answer_to(r, false);
}

static inline bool raw_has(const struct raw *r, const char *line)
{
	return strstr(r->answer, line) != NULL;
}

#endif
