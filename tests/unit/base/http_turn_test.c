/* Whose request is handled next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "gateway/base/http.h"
#include "tests/unit/base/raw_client.h"

enum { MANY = 12, WORK_MS = 3 }; /* WORK_MS: longer than the handlers have in one turn of the loop */

static uv_loop_t loop;
static struct http_server *server;
static int fd[MANY + 1];
static char order[64];
static unsigned turns, turn_of[64];
static uv_prepare_t counter;

static void work(struct http_req *r, void *arg)
{
	size_t n = strlen(order);
	assert_true(n < sizeof order - 1);
	turn_of[n] = turns;
	order[n] = *(const char *)arg;
	nanosleep(&(struct timespec){ .tv_nsec = WORK_MS * 1000000L }, NULL);
	http_answer_text(r, 200, "done");
}

static void on_turn(uv_prepare_t *p)
{
	(void)p;
	turns++;
}

static int setup(void **state)
{
	static char many[] = "m", few[] = "f";
	struct http_limits limits = { .connections = 2 * MANY, .body = 1000 };
	struct err e = { 0 };
	(void)state;
	memset(order, 0, sizeof order);
	turns = 0;
	uv_loop_init(&loop);
	uv_prepare_init(&loop, &counter);
	uv_prepare_start(&counter, on_turn);
	server = http_create(&loop, &limits, &e);
	http_route(server, "GET", "/many", work, many);
	http_route(server, "POST", "/few", work, few);
	return http_listen(server, "127.0.0.1", 0, &e);
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i <= MANY; i++)
		close(fd[i]);
	uv_close((uv_handle_t *)&counter, NULL);
	http_destroy(&server);
	uv_run(&loop, UV_RUN_NOWAIT);
	return uv_loop_close(&loop);
}

/* All are there before the loop looks; the few one came last. */
static void everybody_asks(void)
{
	for (int i = 0; i <= MANY; i++) {
		const char *text = i < MANY ? "GET /many HTTP/1.1\r\nHost: x\r\n\r\n" : "POST /few HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
		struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server)),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(fd[i], (struct sockaddr *)&a, sizeof a), 0);
		assert_int_equal(send(fd[i], text, strlen(text), 0), (ssize_t)strlen(text));
	}
}

static bool all_handled(void *arg)
{
	return strlen(order) == *(const size_t *)arg;
}

static void a_route_with_many_does_not_stand_before_another(void **state)
{
	(void)state;
	const size_t all = MANY + 1;
	everybody_asks();
	assert_true(loop_until(&loop, all_handled, (void *)(uintptr_t)&all, LOOP_UNTIL_MS));
	assert_true(strchr(order, 'f') - order <= 2);
	for (int i = 0; i <= MANY; i++) {
		char answer[100] = { 0 };
		assert_true(recv(fd[i], answer, sizeof answer - 1, 0) > 0);
		assert_non_null(strstr(answer, "HTTP/1.1 200 OK"));
	}
}

static void what_takes_long_is_spread_over_turns_of_the_loop(void **state)
{
	(void)state;
	const size_t all = MANY + 1;
	everybody_asks();
	assert_true(loop_until(&loop, all_handled, (void *)(uintptr_t)&all, LOOP_UNTIL_MS));
	for (size_t i = 1; i < all; i++)
		assert_true(turn_of[i] > turn_of[i - 1]);
}

static bool some_handled(void *arg)
{
	return strlen(order) >= *(const size_t *)arg;
}

/* teardown() ends the server meanwhile. */
static void who_waits_when_the_server_ends_is_let_go(void **state)
{
	(void)state;
	const size_t first = 1;
	everybody_asks();
	assert_true(loop_until(&loop, some_handled, (void *)(uintptr_t)&first, LOOP_UNTIL_MS));
	assert_true(strlen(order) < MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_route_with_many_does_not_stand_before_another, setup, teardown),
		cmocka_unit_test_setup_teardown(what_takes_long_is_spread_over_turns_of_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(who_waits_when_the_server_ends_is_let_go, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
