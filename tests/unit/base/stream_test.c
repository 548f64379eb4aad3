#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/mem.h"
#include "gateway/base/stream.h"
#include "tests/unit/base/loop_until.h"

/* One end of a connection, and what its callbacks saw. */
struct end {
	struct stream *s;
	struct buf got;
	char reason[120];
	unsigned opened, drained, closed, shown;
	size_t unit;     /* on_data consumes whole units of this size; 0: everything */
	bool echo, close_on_data, flush_on_data, pause_on_data;
	size_t leave;    /* of what is shown first, behind a pause that ends at once */
};

enum { A_TURN = 16 << 10 }; /* as many octets are read at once, and no more in that turn of the loop */
static uv_loop_t loop;
static struct end server[8];
static unsigned accepted;

static void on_open(struct stream *s, void *owner)
{
	(void)s;
	((struct end *)owner)->opened++;
}

static size_t on_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	struct end *e = owner;
	assert_false(e->closed);
	e->shown++;
	if (e->pause_on_data && !e->got.len && e->shown == 1) {
		stream_pause(s, true);
		return 0;
	}
	if (e->leave && e->shown == 1) {
		stream_pause(s, true);
		stream_pause(s, false);
		buf_add(&e->got, p, n - e->leave);
		return n - e->leave;
	}
	size_t used = e->unit ? n - n % e->unit : n;
	buf_add(&e->got, p, used);
	if (e->echo)
		assert_int_equal(stream_write(s, p, used), 0);
	if (e->close_on_data || e->flush_on_data)
		stream_close(s, e->flush_on_data);
	return used;
}

static void on_drain(struct stream *s, void *owner)
{
	assert_true(stream_pending(s) < (1 << 20) / 2);
	((struct end *)owner)->drained++;
}

static void on_close(struct stream *s, void *owner, const char *reason)
{
	struct end *e = owner;
	assert_ptr_equal(s, e->s);
	e->closed++;
	e->s = NULL;
	snprintf(e->reason, sizeof e->reason, "%s", reason ? reason : "");
}

static const struct stream_ops ops = { on_open, on_data, on_drain, on_close };
static const struct stream_limits limits = { .in = 1000, .out = 1 << 20, .connect_ms = 3000 };

static void on_accept(struct stream *s, void *arg)
{
	(void)arg;
	server[accepted].s = s;
	stream_set_owner(s, &server[accepted++]);
}

static bool is_open(void *e) { return ((struct end *)e)->opened > 0; }
static bool is_closed(void *e) { return ((struct end *)e)->closed > 0; }
static bool got_some(void *e) { return ((struct end *)e)->got.len > 0; }
static bool is_drained(void *e) { return ((struct end *)e)->drained > 0; }
static bool all_accepted(void *n) { return accepted >= *(unsigned *)n; }
static bool was_shown(void *e) { return ((struct end *)e)->shown > 0; }
struct all { const struct end *end; size_t n; };
static bool has_all(void *a) { return ((struct all *)a)->end->got.len >= ((struct all *)a)->n; }
static bool has_nothing(void *s) { return ((struct end *)s)->s == NULL; }
static bool wait_for(bool (*holds)(void *), void *arg) { return loop_until(&loop, holds, arg, LOOP_UNTIL_MS); }

static struct stream_listener *listen_here(unsigned max)
{
	struct err e = { 0 };
	struct stream_listener *l = stream_listen(&loop, "127.0.0.1", 0, max, &ops, &limits, on_accept, NULL, &e);
	assert_non_null(l);
	return l;
}

static void connect_here(struct end *e, struct stream_listener *l)
{
	e->s = stream_connect(&loop, "127.0.0.1", stream_listener_port(l), &ops, &limits, e);
	assert_true(wait_for(is_open, e));
}

static int setup(void **state)
{
	(void)state;
	accepted = 0;
	memset(server, 0, sizeof server);
	for (size_t i = 0; i < 8; i++)
		buf_init(&server[i].got, 64 << 20);
	return uv_loop_init(&loop);
}

/* Everything must end by itself: a handle left over fails the test. */
static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		if (server[i].s)
			stream_close(server[i].s, false);
		assert_true(wait_for(has_nothing, &server[i]));
	}
	loop_for(&loop, 20);
	for (size_t i = 0; i < 8; i++)
		buf_fini(&server[i].got);
	return uv_loop_close(&loop);
}

static void end_of(struct end *e)
{
	if (e->s)
		stream_close(e->s, false);
	wait_for(is_closed, e);
	assert_int_equal(e->closed, 1);
	buf_fini(&e->got);
}

static void bytes_come_back_and_peers_are_named(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	server[0].echo = true;
	connect_here(&c, l);
	char want[64];
	snprintf(want, sizeof want, "127.0.0.1:%d", stream_listener_port(l));
	assert_string_equal(stream_peer(c.s), want);
	assert_int_equal(stream_write(c.s, "你好", 6), 0);
	assert_true(wait_for(got_some, &c));
	assert_string_equal(buf_str(&c.got), "你好");
	assert_true(strncmp(stream_peer(server[0].s), "127.0.0.1:", 10) == 0);
	end_of(&c);
	assert_string_equal(c.reason, "");
	assert_true(wait_for(is_closed, &server[0]));
	assert_string_equal(server[0].reason, "closed by the peer");
	stream_listener_close(&l);
}

static void what_is_written_before_the_connection_opens_is_sent(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	c.s = stream_connect(&loop, "localhost", stream_listener_port(l), &ops, &limits, &c);
	assert_int_equal(stream_write(c.s, "early", 5), 0);
	assert_true(wait_for(got_some, &server[0]));
	assert_string_equal(buf_str(&server[0].got), "early");
	end_of(&c);
	stream_listener_close(&l);
}

static void unconsumed_bytes_are_shown_again_with_what_follows(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	server[0].unit = 4;
	connect_here(&c, l);
	assert_int_equal(stream_write(c.s, "abcdef", 6), 0);
	assert_true(wait_for(got_some, &server[0]));
	assert_string_equal(buf_str(&server[0].got), "abcd");
	buf_clear(&server[0].got);
	assert_int_equal(stream_write(c.s, "ghij", 4), 0);
	assert_true(wait_for(got_some, &server[0]));
	assert_string_equal(buf_str(&server[0].got), "efgh");
	end_of(&c);
	stream_listener_close(&l);
}

static void a_peer_that_sends_no_whole_unit_is_closed_at_the_input_limit(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	char junk[2000] = { 0 };
	server[0].unit = 4000;
	connect_here(&c, l);
	assert_int_equal(stream_write(c.s, junk, 1000), 0);
	loop_for(&loop, 30);
	assert_int_equal(server[0].closed, 0);
	assert_int_equal(stream_write(c.s, junk, 1), 0);
	assert_true(wait_for(is_closed, &server[0]));
	assert_non_null(strstr(server[0].reason, "no whole unit"));
	end_of(&c);
	stream_listener_close(&l);
}

static void what_a_pause_left_is_shown_after_resuming(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	server[0].pause_on_data = true;
	connect_here(&c, l);
	assert_int_equal(stream_write(c.s, "held", 4), 0);
	assert_true(wait_for(was_shown, &server[0]));
	loop_for(&loop, 50);
	assert_int_equal(server[0].shown, 1);
	stream_pause(server[0].s, false);
	assert_int_equal(server[0].shown, 1); /* never from inside the call */
	assert_true(wait_for(got_some, &server[0]));
	assert_string_equal(buf_str(&server[0].got), "held");
	stream_pause(server[0].s, true);
	assert_int_equal(stream_write(c.s, "more", 4), 0);
	loop_for(&loop, 50);
	assert_int_equal(server[0].shown, 2); /* paused: not read */
	stream_pause(server[0].s, false);
	assert_true(wait_for(has_all, &(struct all){ &server[0], 8 }));
	assert_string_equal(buf_str(&server[0].got), "heldmore");
	end_of(&c);
	stream_listener_close(&l);
}

static bool got_a_turn(void *e) { return ((struct end *)e)->got.len == A_TURN; }

static void what_a_pause_left_of_a_whole_turn_is_shown_though_nothing_follows(void **state)
{
	(void)state;
	static const char chunk[A_TURN];
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	server[0].leave = 100;
	connect_here(&c, l);
	assert_int_equal(stream_write(c.s, chunk, sizeof chunk), 0);
	assert_true(wait_for(got_a_turn, &server[0]));
	end_of(&c);
	stream_listener_close(&l);
}

static void a_full_output_takes_nothing_then_drains(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	static char chunk[100000];
	connect_here(&c, l);
	assert_true(wait_for(all_accepted, &(unsigned){ 1 }));
	stream_pause(server[0].s, true);
	size_t sent = 0;
	int rc;
	while ((rc = stream_write(c.s, chunk, sizeof chunk)) == 0)
		sent += sizeof chunk;
	assert_int_equal(rc, E_AGAIN);
	assert_true(stream_pending(c.s) <= limits.out);
	assert_int_equal(stream_write(c.s, chunk, limits.out + 1), E_RANGE);
	loop_for(&loop, 20);
	assert_int_equal(c.drained, 0);
	stream_pause(server[0].s, false);
	assert_true(wait_for(is_drained, &c));
	assert_true(stream_pending(c.s) < limits.out / 2);
	assert_true(wait_for(has_all, &(struct all){ &server[0], sent }));
	assert_int_equal(server[0].got.len, sent);
	end_of(&c);
	stream_listener_close(&l);
}

static void closing_with_flush_delivers_what_was_queued(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	static char chunk[1 << 20];
	connect_here(&c, l);
	assert_true(wait_for(all_accepted, &(unsigned){ 1 }));
	stream_pause(server[0].s, true);
	size_t sent = 0;
	while (stream_write(c.s, chunk, 200000) == 0)
		sent += 200000;
	stream_close(c.s, true);
	assert_int_equal(stream_write(c.s, "x", 1), E_CLOSED);
	stream_pause(server[0].s, false);
	assert_true(wait_for(is_closed, &c));
	assert_true(wait_for(is_closed, &server[0]));
	assert_int_equal(server[0].got.len, sent);
	end_of(&c);
	stream_listener_close(&l);
}

static void a_stream_closed_inside_its_callback_hears_only_of_the_end(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct end c = { .got.cap = 1000 };
	server[0].close_on_data = true;
	connect_here(&c, l);
	assert_int_equal(stream_write(c.s, "bye", 3), 0);
	assert_true(wait_for(is_closed, &server[0]));
	assert_int_equal(server[0].shown, 1);
	assert_string_equal(server[0].reason, "");
	assert_true(wait_for(is_closed, &c));
	end_of(&c);
	stream_listener_close(&l);
}

static void a_reset_is_told_with_its_reason(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	struct linger hard = { 1, 0 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)stream_listener_port(l)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	unsigned one = 1;
	assert_true(wait_for(all_accepted, &one));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd);
	assert_true(wait_for(is_closed, &server[0]));
	assert_non_null(strstr(server[0].reason, "reset"));
	stream_listener_close(&l);
}

/* As scanners do, and some health checks. */
static void come_and_reset(struct stream_listener *l)
{
	struct linger hard = { 1, 0 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)stream_listener_port(l)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd);
}

static void who_is_gone_before_he_was_accepted_is_told_to_nobody_and_takes_no_place(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(1);
	for (int i = 0; i < 3; i++)
		come_and_reset(l);
	loop_for(&loop, 50);
	assert_int_equal(accepted, 0);
	struct end c = { .got.cap = 1000 }, d = { .got.cap = 1000 };
	connect_here(&c, l);
	unsigned one = 1, two = 2;
	assert_true(wait_for(all_accepted, &one));
	assert_int_equal(strncmp(stream_peer(server[0].s), "127.0.0.1:", 10), 0);
	come_and_reset(l); /* while the listener is at its cap */
	connect_here(&d, l);
	stream_close(c.s, false);
	assert_true(wait_for(all_accepted, &two));
	assert_int_equal(strncmp(stream_peer(server[1].s), "127.0.0.1:", 10), 0);
	end_of(&c);
	end_of(&d);
	stream_listener_close(&l);
}

static void a_refused_or_unknown_host_ends_with_a_reason(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(4);
	int port = stream_listener_port(l);
	stream_listener_close(&l);
	loop_for(&loop, 10);
	struct end c = { .got.cap = 1000 };
	c.s = stream_connect(&loop, "127.0.0.1", port, &ops, &limits, &c);
	assert_true(wait_for(is_closed, &c));
	assert_non_null(strstr(c.reason, "refused"));
	struct end d = { .got.cap = 1000 };
	d.s = stream_connect(&loop, "no such host", port, &ops, &limits, &d);
	assert_true(wait_for(is_closed, &d));
	assert_non_null(strstr(d.reason, "cannot resolve"));
	assert_int_equal(c.opened + d.opened, 0);
}

static void a_connection_given_up_while_resolving_ends_once(void **state)
{
	(void)state;
	struct end c = { .got.cap = 1000 };
	c.s = stream_connect(&loop, "localhost", 1, &ops, &limits, &c);
	stream_close(c.s, true);
	end_of(&c);
	assert_int_equal(c.opened, 0);
}

static void a_connection_nobody_accepts_times_out(void **state)
{
	(void)state;
	/* A backlog of 0 that is full leaves further connections unanswered. */
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0), fill[3];
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a) | listen(fd, 0), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	for (int i = 0; i < 3; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fill[i], (struct sockaddr *)&a, sizeof a);
	}
	struct stream_limits quick = { .in = 10, .out = 10, .connect_ms = 100 };
	struct end c = { .got.cap = 1000 };
	c.s = stream_connect(&loop, "127.0.0.1", ntohs(a.sin_port), &ops, &quick, &c);
	assert_true(wait_for(is_closed, &c));
	assert_string_equal(c.reason, "connect: timed out");
	for (int i = 0; i < 3; i++)
		close(fill[i]);
	close(fd);
}

static void a_listener_at_its_cap_accepts_again_when_one_ends(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(2);
	struct end c[4] = { 0 };
	for (int i = 0; i < 4; i++) {
		buf_init(&c[i].got, 10);
		connect_here(&c[i], l); /* the kernel's queue takes them */
	}
	loop_for(&loop, 50);
	assert_int_equal(accepted, 2);
	stream_close(c[0].s, false);
	unsigned three = 3, four = 4;
	assert_true(wait_for(all_accepted, &three));
	loop_for(&loop, 30);
	assert_int_equal(accepted, 3);
	stream_close(c[1].s, false);
	assert_true(wait_for(all_accepted, &four));
	stream_listener_close(&l);
	assert_int_equal(stream_write(c[3].s, "still alive", 11), 0); /* accepted streams outlive their listener */
	assert_true(wait_for(got_some, &server[3]));
	for (int i = 0; i < 4; i++)
		end_of(&c[i]);
}

static void a_taken_port_is_refused_with_words(void **state)
{
	(void)state;
	struct stream_listener *l = listen_here(2);
	struct err e = { 0 };
	assert_null(stream_listen(&loop, "127.0.0.1", stream_listener_port(l), 2, &ops, &limits, on_accept, NULL, &e));
	assert_int_equal(e.code, E_AGAIN);
	assert_non_null(strstr(e.words, "in use"));
	stream_listener_close(&l);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(bytes_come_back_and_peers_are_named),
		TEST(what_is_written_before_the_connection_opens_is_sent),
		TEST(unconsumed_bytes_are_shown_again_with_what_follows),
		TEST(a_peer_that_sends_no_whole_unit_is_closed_at_the_input_limit),
		TEST(what_a_pause_left_is_shown_after_resuming),
		TEST(what_a_pause_left_of_a_whole_turn_is_shown_though_nothing_follows),
		TEST(a_full_output_takes_nothing_then_drains),
		TEST(closing_with_flush_delivers_what_was_queued),
		TEST(a_stream_closed_inside_its_callback_hears_only_of_the_end),
		TEST(a_reset_is_told_with_its_reason),
		TEST(who_is_gone_before_he_was_accepted_is_told_to_nobody_and_takes_no_place),
		TEST(a_refused_or_unknown_host_ends_with_a_reason),
		TEST(a_connection_given_up_while_resolving_ends_once),
		TEST(a_connection_nobody_accepts_times_out),
		TEST(a_listener_at_its_cap_accepts_again_when_one_ends),
		TEST(a_taken_port_is_refused_with_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
