/* Whose body is taken, and how much of all bodies is held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/unit/base/raw_client.h"

enum { MANY = 12, LONG = 300 << 10, MOST = 20 << 20, SMALL = 10000, BODIES = 2 << 20 };

static uv_loop_t loop;
static struct http_server *server;
static struct raw c;
static struct raw *many[MANY];
static char bytes[LONG];
static struct http_req *asks, *held[MANY];
static unsigned calls, holds;
static uint64_t ahead;

/* What the server takes for the time. */
uint64_t uv_now(const uv_loop_t *l)
{
	return l->time + ahead;
}

/* --- the server's side --- */

static void say_length(struct http_req *r, void *arg)
{
	size_t n;
	const char *body = http_body(r, &n);
	char *text = mem_printf("%zu of %c", n, n ? body[n - 1] : '-');
	(void)arg;
	calls++;
	assert_int_equal(strspn(body, "x"), n);
	http_answer_text(r, 200, text);
	free(text);
}

static void hold(struct http_req *r, void *arg)
{
	(void)arg;
	held[holds++] = r;
}

static void admit_by_header(struct http_req *r, void *arg)
{
	size_t n;
	(void)arg;
	(void)http_body(r, &n);
	assert_int_equal(n, 0);
	if (http_header(r, "authorization"))
		http_admit(r);
	else
		http_problem(r, 401, NULL, NULL);
}

static void admit_later(struct http_req *r, void *arg)
{
	(void)arg;
	assert_null(asks);
	asks = r;
}

static bool is_asked(void *arg)
{
	(void)arg;
	return asks != NULL;
}

static bool are_held(void *arg)
{
	return holds == *(unsigned *)arg;
}

static struct http_req *asked(void)
{
	struct http_req *r = asks;
	asks = NULL;
	return r;
}

/* --- around each test --- */

/* The server has read what was sent, however slow the machine is. */
static void settle(void)
{
	for (int i = 0; i < 2000; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
}

/* Time passes; who has only just come has not begun to be waited for. */
static void pass(unsigned seconds)
{
	settle();
	ahead += seconds * UINT64_C(1000);
	raw_close(&c);
	raw_open(&c, &loop, http_port(server));
}

static int setup(void **state)
{
	struct http_limits limits = { .connections = 2 * MANY, .body = SMALL, .bodies = BODIES };
	struct err e = { 0 };
	(void)state;
	asks = NULL;
	calls = holds = 0;
	ahead = 0;
	memset(bytes, 'x', sizeof bytes);
	uv_loop_init(&loop);
	server = http_create(&loop, &limits, &e);
	http_route_body(server, "POST", "/one", MOST, say_length, NULL);
	http_route_body(server, "POST", "/other", MOST, say_length, NULL);
	http_route_body(server, "POST", "/hold", MOST, hold, NULL);
	http_route_admit(server, "POST", "/known", MOST, admit_by_header, say_length, NULL);
	http_route_admit(server, "POST", "/asked", MOST, admit_later, say_length, NULL);
	assert_int_equal(http_listen(server, "127.0.0.1", 0, &e), 0);
	raw_open(&c, &loop, http_port(server));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	raw_close(&c);
	http_destroy(&server);
	uv_run(&loop, UV_RUN_NOWAIT);
	return uv_loop_close(&loop); /* busy when anything is left on it */
}

static void begin(struct raw *r, const char *path, const char *headers, size_t n)
{
	char *head = mem_printf("POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n", path, headers, n);
	assert_true(raw_say(r, head));
	free(head);
}

static int post(struct raw *r, const char *path, const char *headers, size_t n)
{
	begin(r, path, headers, n);
	assert_true(raw_send(r, bytes, n));
	return raw_answer(r);
}

/* Until what was sent before has come, or what has gone is noticed. */
static bool answers_at_last(const char *path, size_t n, int status)
{
	for (unsigned tries = 200 * slack(); tries; tries--) {
		if (post(&c, path, "", n) == status)
			return true;
		loop_for(&loop, 20);
	}
	return false;
}

/* The beginning of a long body each. */
static void send_each(const char *path, int of, size_t n)
{
	for (int i = 0; i < of; i++) {
		many[i] = mem_new(struct raw);
		raw_open(many[i], &loop, http_port(server));
		begin(many[i], path, "", LONG);
		assert_true(raw_send(many[i], bytes, n));
	}
	settle();
}

/* All but a byte. */
static void flood(const char *path)
{
	send_each(path, MANY, LONG - 1);
}

static int last_byte(struct raw *r)
{
	assert_true(raw_say(r, "x"));
	return raw_answer(r);
}

static void ebb(void)
{
	for (int i = 0; i < MANY; i++) {
		if (many[i])
			raw_close(many[i]);
		free(many[i]);
		many[i] = NULL;
	}
	loop_for(&loop, 50);
}

/* --- how much is held --- */

static void bodies_for_which_there_is_no_room_are_read_away_and_told_to_come_later(void **state)
{
	int told[2] = { 0 };
	(void)state;
	flood("/one");
	for (int i = 0; i < MANY; i++) {
		assert_true(raw_say(many[i], "x"));
		int status = raw_answer(many[i]);
		assert_true(status == 200 || (status == 503 && raw_has(many[i], "\r\nRetry-After: 5\r\n")));
		told[status == 503]++;
		assert_int_equal(post(many[i], "/one", "", 5), 200); /* on the same connection */
	}
	assert_true(told[0] >= 2 && told[1] >= 2);
	ebb();
	assert_true(answers_at_last("/one", LONG, 200));
	assert_string_equal(c.body, "307200 of x");
}

static void a_flood_at_one_route_leaves_room_to_the_others_and_to_small_bodies(void **state)
{
	(void)state;
	flood("/one");
	assert_true(answers_at_last("/one", LONG, 503));
	assert_int_equal(post(&c, "/other", "", LONG), 200);
	assert_int_equal(post(&c, "/one", "", SMALL), 200);
	assert_int_equal(post(&c, "/one", "", LONG), 503);
	ebb();
	assert_true(answers_at_last("/one", LONG, 200));
}

static void a_body_of_16_kilobytes_is_still_a_small_one(void **state)
{
	static struct raw last;
	const size_t rest = 112 << 10, small = 16 << 10; /* then there is room for less than that */
	(void)state;
	send_each("/one", 3, LONG - 1);
	raw_open(&last, &loop, http_port(server));
	begin(&last, "/one", "", rest);
	assert_true(raw_send(&last, bytes, rest - 1));
	settle();
	assert_int_equal(post(&c, "/one", "", small + 1), 503);
	assert_int_equal(post(&c, "/one", "", small), 200);
	raw_close(&last);
	ebb();
}

static void keep(struct raw *r)
{
	unsigned more = holds + 1;
	begin(r, "/hold", "", LONG);
	assert_true(raw_send(r, bytes, LONG));
	assert_true(loop_until(&loop, are_held, &more, LOOP_UNTIL_MS));
}

static void what_a_handler_keeps_is_held_until_it_answers_though_the_client_leaves(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		keep(&c);
		raw_close(&c);
		loop_for(&loop, 20);
		raw_open(&c, &loop, http_port(server));
	}
	assert_int_equal(post(&c, "/hold", "", LONG), 503);
	for (int i = 0; i < 3; i++)
		http_answer_text(held[i], 200, "nobody reads this");
	keep(&c);
	http_answer_text(held[3], 200, "here");
	assert_int_equal(raw_answer(&c), 200);
}

static void what_is_held_may_outlive_the_server(void **state)
{
	size_t n;
	(void)state;
	keep(&c);
	http_destroy(&server);
	assert_int_equal(((const char *)http_body(held[0], &n))[LONG - 1], 'x');
	http_answer_text(held[0], 200, "too late");
}

static void who_is_behind_the_pace_makes_room_for_others_and_only_as_much_as_they_need(void **state)
{
	int told[2] = { 0 };
	(void)state;
	send_each("/one", 3, LONG - 1);
	assert_int_equal(post(&c, "/one", "", LONG), 503);
	pass(10);
	assert_int_equal(post(&c, "/one", "", LONG), 503);
	pass(11);
	assert_int_equal(post(&c, "/one", "", LONG), 200);
	for (int i = 0; i < 3; i++) {
		int status = last_byte(many[i]);
		assert_true(status == 200 || (status == 503 && raw_has(many[i], "\r\nRetry-After: 5\r\n")));
		told[status == 503]++;
	}
	assert_int_equal(told[0], 2);
	assert_int_equal(told[1], 1);
	ebb();
}

static void who_is_slow_but_steady_is_not_ended_for_anybody_and_of_others_the_slowest(void **state)
{
	enum { PACE = 2048, SECONDS = 10, STEPS = 6 };
	size_t sent = LONG - PACE * SECONDS * STEPS - 1;
	(void)state;
	send_each("/one", 3, sent);
	assert_true(raw_send(many[1], bytes, LONG - 1 - sent));
	for (int i = 0; i < STEPS; i++) {
		pass(SECONDS);
		assert_true(raw_send(many[0], bytes, PACE * SECONDS));
		if (i == 1) /* and no more of it */
			assert_true(raw_send(many[2], bytes, LONG - 1 - sent));
	}
	settle();
	assert_int_equal(post(&c, "/one", "", LONG), 200);
	assert_int_equal(last_byte(many[0]), 200);
	assert_int_equal(last_byte(many[1]), 503);
	assert_int_equal(last_byte(many[2]), 200);
	ebb();
}

static void who_is_behind_at_the_fullest_route_makes_room_for_the_others_and_what_a_handler_has_does_not(void **state)
{
	int told[2] = { 0 };
	size_t n;
	(void)state;
	send_each("/one", 3, LONG - 1);
	keep(&c);
	pass(30);
	keep(&c);
	for (int i = 0; i < 3; i++)
		told[last_byte(many[i]) == 503]++;
	assert_int_equal(told[0], 2);
	assert_int_equal(told[1], 1);
	for (int i = 0; i < 2; i++) {
		(void)http_body(held[i], &n);
		assert_int_equal(n, LONG);
		http_answer_text(held[i], 200, "here");
	}
	assert_int_equal(raw_answer(&c), 200);
	ebb();
}

static void who_is_behind_makes_room_also_where_another_route_is_fuller_of_what_handlers_have(void **state)
{
	static struct raw slow[2];
	static const char *const path[] = { "/one", "/other" };
	(void)state;
	for (int i = 0; i < 3; i++) {
		keep(&c);
		raw_close(&c);
		loop_for(&loop, 20);
		raw_open(&c, &loop, http_port(server));
	}
	for (int i = 0; i < 2; i++) {
		raw_open(&slow[i], &loop, http_port(server));
		begin(&slow[i], path[i], "", LONG);
		assert_true(raw_send(&slow[i], bytes, LONG - 1));
	}
	settle();
	pass(30);
	assert_int_equal(post(&c, "/known", "Authorization: x\r\n", LONG), 200);
	assert_int_equal((last_byte(&slow[0]) == 503) + (last_byte(&slow[1]) == 503), 1);
	for (int i = 0; i < 3; i++)
		http_answer_text(held[i], 200, "nobody reads this");
	for (int i = 0; i < 2; i++)
		raw_close(&slow[i]);
}

/* --- whose --- */

static void who_may_not_send_is_told_so_and_his_body_read_away(void **state)
{
	(void)state;
	assert_int_equal(post(&c, "/known", "", LONG), 401);
	assert_int_equal(post(&c, "/known", "Authorization: x\r\n", LONG), 200);
	assert_string_equal(c.body, "307200 of x");
	assert_int_equal(post(&c, "/known", "", 0), 200); /* nothing to admit */
	assert_int_equal(calls, 2);
	flood("/known");
	assert_int_equal(post(&c, "/known", "Authorization: x\r\n", LONG), 200);
	for (int i = 0; i < MANY; i++) {
		assert_true(raw_say(many[i], "x"));
		assert_int_equal(raw_answer(many[i]), 401);
	}
	ebb();
}

static void who_waits_to_be_told_to_go_on_is_refused_before_he_sends(void **state)
{
	(void)state;
	begin(&c, "/known", "Authorization: x\r\nExpect: 100-continue\r\n", LONG);
	assert_int_equal(raw_answer(&c), 100);
	assert_true(raw_send(&c, bytes, LONG));
	assert_int_equal(raw_answer(&c), 200);
	begin(&c, "/known", "Expect: 100-continue\r\n", LONG);
	assert_int_equal(raw_answer(&c), 401);
	assert_true(raw_await_end(&c));
}

static void a_body_waits_until_it_is_admitted(void **state)
{
	static const size_t length[] = { 1, SMALL, LONG };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&c, "/asked", "", length[i]);
		size_t first = length[i] < SMALL ? length[i] : SMALL; /* what fits between the two ends, however little is read */
		assert_true(raw_send(&c, bytes, first));
		assert_true(loop_until(&loop, is_asked, NULL, LOOP_UNTIL_MS));
		assert_true(loop_cost(&loop, 100) < 50);
		assert_int_equal(calls, i);
		http_admit(asked());
		assert_true(raw_send(&c, bytes, length[i] - first));
		assert_int_equal(raw_answer(&c), 200);
		assert_int_equal(strtoul(c.body, NULL, 10), length[i]);
	}
	begin(&c, "/asked", "Expect: 100-continue\r\n", LONG);
	assert_true(loop_until(&loop, is_asked, NULL, LOOP_UNTIL_MS));
	http_admit(asked());
	assert_int_equal(raw_answer(&c), 100);
	assert_true(raw_send(&c, bytes, LONG));
	assert_int_equal(raw_answer(&c), 200);
}

static void one_refused_later_is_told_so_as_well(void **state)
{
	static const size_t length[] = { 1, LONG };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(&c, "/asked", "", length[i]);
		assert_true(loop_until(&loop, is_asked, NULL, LOOP_UNTIL_MS));
		http_problem(asked(), 403, NULL, NULL);
		assert_true(raw_send(&c, bytes, length[i]));
		assert_int_equal(raw_answer(&c), 403);
	}
	assert_int_equal(post(&c, "/one", "", LONG), 200);
	begin(&c, "/asked", "Expect: 100-continue\r\n", LONG);
	assert_true(loop_until(&loop, is_asked, NULL, LOOP_UNTIL_MS));
	http_problem(asked(), 403, NULL, NULL);
	assert_int_equal(raw_answer(&c), 403);
	assert_true(raw_await_end(&c));
}

static void who_leaves_while_it_is_asked_leaves_nothing(void **state)
{
	struct linger hard = { 1, 0 };
	(void)state;
	for (int admitted = 0; admitted < 2; admitted++) {
		begin(&c, "/asked", "", LONG);
		assert_true(loop_until(&loop, is_asked, NULL, LOOP_UNTIL_MS));
		setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		raw_close(&c);
		assert_true(loop_cost(&loop, 100) < 50);
		if (admitted)
			http_admit(asked());
		else
			http_problem(asked(), 403, NULL, NULL);
		raw_open(&c, &loop, http_port(server));
	}
	begin(&c, "/asked", "", LONG);
	assert_true(loop_until(&loop, is_asked, NULL, LOOP_UNTIL_MS));
	http_admit(asked());
	raw_close(&c); /* in the middle of the body */
	loop_for(&loop, 50);
	raw_open(&c, &loop, http_port(server));
	begin(&c, "/asked", "", LONG);
	assert_true(loop_until(&loop, is_asked, NULL, LOOP_UNTIL_MS));
	http_destroy(&server);
	http_admit(asked());
	assert_int_equal(calls, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(bodies_for_which_there_is_no_room_are_read_away_and_told_to_come_later),
		TEST(a_flood_at_one_route_leaves_room_to_the_others_and_to_small_bodies),
		TEST(a_body_of_16_kilobytes_is_still_a_small_one),
		TEST(what_a_handler_keeps_is_held_until_it_answers_though_the_client_leaves),
		TEST(what_is_held_may_outlive_the_server),
		TEST(who_is_behind_the_pace_makes_room_for_others_and_only_as_much_as_they_need),
		TEST(who_is_slow_but_steady_is_not_ended_for_anybody_and_of_others_the_slowest),
		TEST(who_is_behind_at_the_fullest_route_makes_room_for_the_others_and_what_a_handler_has_does_not),
		TEST(who_is_behind_makes_room_also_where_another_route_is_fuller_of_what_handlers_have),
		TEST(who_may_not_send_is_told_so_and_his_body_read_away),
		TEST(who_waits_to_be_told_to_go_on_is_refused_before_he_sends),
		TEST(a_body_waits_until_it_is_admitted),
		TEST(one_refused_later_is_told_so_as_well),
		TEST(who_leaves_while_it_is_asked_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
