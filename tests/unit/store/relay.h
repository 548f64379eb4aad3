/* Stands between a client and PostgreSQL and, told to, ends one connection at its COMMIT as a server does that is shut down
 * fast: the transaction is committed, then comes FATAL 57P01, and the socket closes some time after. */
#ifndef XQ_TESTS_STORE_RELAY_H
#define XQ_TESTS_STORE_RELAY_H

#include "tests/unit/store/fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

enum relay_end {
	RELAY_PASS,
	RELAY_END_BEHIND, /* behind the answer to COMMIT */
	RELAY_END_BEFORE  /* in its place */
};

enum { RELAY_PAIRS = 16, RELAY_BYTES = 64 * 1024 };

struct relay {
	pthread_t thread;
	struct sockaddr_un server;
	char dsn[200];
	int listener, stop[2];
	int pair[RELAY_PAIRS][2]; /* client, server; -1: closed */
	unsigned pairs;
	atomic_int end;           /* of the next COMMIT that is answered */
};

static const char relay_committed[] = "C\0\0\0\x0b" "COMMIT";
static const char relay_fatal[] = "E\0\0\0\x2c" "SFATAL\0VFATAL\0C57P01\0Mgoing down: test\0";

HERE void relay_write(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t rc = write(fd, p, n);
		if (rc <= 0)
			return;
		p += rc;
		n -= (size_t)rc;
	}
}

/* A transaction here answers less than the server collects before it writes, so all of it comes at once. */
HERE void relay_answer(struct relay *r, int pair[2], const char *p, size_t n)
{
	const char *at = atomic_load(&r->end) == RELAY_PASS ? NULL : memmem(p, n, relay_committed, sizeof relay_committed);
	if (!at) {
		relay_write(pair[0], p, n);
		return;
	}
	bool behind = atomic_exchange(&r->end, RELAY_PASS) == RELAY_END_BEHIND;
	relay_write(pair[0], p, (size_t)(at - p) + (behind ? sizeof relay_committed : 0));
	relay_write(pair[0], relay_fatal, sizeof relay_fatal);
	close(pair[1]);
	pair[1] = -1;
}

HERE void relay_accept(struct relay *r)
{
	assert_true(r->pairs < RELAY_PAIRS);
	int *pair = r->pair[r->pairs++];
	pair[0] = accept(r->listener, NULL, NULL);
	pair[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(pair[0] >= 0 && connect(pair[1], (struct sockaddr *)&r->server, sizeof r->server) == 0);
}

HERE void relay_close(int pair[2])
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
	pair[0] = pair[1] = -1;
}

HERE void *relay_main(void *arg)
{
	static char bytes[RELAY_BYTES];
	struct relay *r = arg;
	for (;;) {
		struct pollfd p[2 + 2 * RELAY_PAIRS] = { { .fd = r->stop[0], .events = POLLIN }, { .fd = r->listener, .events = POLLIN } };
		unsigned fds = 2 + 2 * r->pairs;
		for (unsigned i = 2; i < fds; i++)
			p[i] = (struct pollfd){ .fd = r->pair[i / 2 - 1][i % 2], .events = POLLIN };
		must(poll(p, fds, -1) > 0);
		if (p[0].revents)
			return NULL;
		for (unsigned i = 2; i < fds; i++) {
			int *pair = r->pair[i / 2 - 1], from = pair[i % 2];
			ssize_t n = p[i].revents && from >= 0 ? read(from, bytes, sizeof bytes) : -1;
			if (n > 0 && i % 2)
				relay_answer(r, pair, bytes, (size_t)n);
			else if (n > 0)
				relay_write(pair[1], bytes, (size_t)n);
			else if (p[i].revents && from >= 0)
				relay_close(pair);
		}
		if (p[1].revents)
			relay_accept(r);
	}
}

/* Before the server that `to` is connected to, and its database. */
HERE void relay_start(struct relay *r, const PGconn *to)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof here;
	*r = (struct relay){ .server.sun_family = AF_UNIX, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	snprintf(r->server.sun_path, sizeof r->server.sun_path, "%s/.s.PGSQL.%s", PQhost(to), PQport(to));
	assert_true(r->listener >= 0);
	ok(bind(r->listener, (struct sockaddr *)&here, sizeof here));
	ok(listen(r->listener, RELAY_PAIRS));
	ok(getsockname(r->listener, (struct sockaddr *)&here, &n));
	snprintf(r->dsn, sizeof r->dsn, "postgresql://%s@127.0.0.1:%u/%s?sslmode=disable&gssencmode=disable", PQuser(to),
		ntohs(here.sin_port), PQdb(to));
	ok(pipe(r->stop));
	ok(pthread_create(&r->thread, NULL, relay_main, r));
}

HERE void relay_stop(struct relay *r)
{
	close(r->stop[1]);
	ok(pthread_join(r->thread, NULL));
	for (unsigned i = 0; i < r->pairs; i++)
		relay_close(r->pair[i]);
	close(r->stop[0]);
	close(r->listener);
}

#endif
