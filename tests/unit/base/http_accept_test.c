/* Who may connect: as many as there is room for, and of one address its share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/unit/base/raw_client.h"

enum { CONNECTIONS = 16, BODY = 10000 };

static uv_loop_t loop;
static struct http_server *server;
static struct raw c, d;

static void say(struct http_req *r, void *arg)
{
	(void)arg;
	http_answer_text(r, 200, "here");
}

static int setup(void **state)
{
	struct http_limits limits = { .connections = CONNECTIONS, .body = BODY };
	struct err e = { 0 };
	(void)state;
	uv_loop_init(&loop);
	server = http_create(&loop, &limits, &e);
	http_route(server, "GET", "/echo", say, NULL);
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

static int greet(void)
{
	raw_say(&c, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
	return raw_answer(&c);
}

static void at_the_cap_nobody_is_accepted_until_one_leaves(void **state)
{
	static struct raw *more[CONNECTIONS + 2];
	(void)state;
	assert_int_equal(greet(), 200);
	for (int i = 0; i < CONNECTIONS + 2; i++) {
		more[i] = mem_new(struct raw);
		raw_open(more[i], &loop, http_port(server));
		raw_say(more[i], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
		if (i < CONNECTIONS - 1)
			assert_int_equal(raw_answer(more[i]), 200);
	}
	assert_true(loop_cost(&loop, 300) < 100);
	raw_pull(more[CONNECTIONS - 1]);
	assert_int_equal(more[CONNECTIONS - 1]->len, 0);
	raw_close(more[0]);
	assert_int_equal(raw_answer(more[CONNECTIONS - 1]), 200);
	raw_close(&c);
	assert_int_equal(raw_answer(more[CONNECTIONS]), 200);
	for (int i = 1; i < CONNECTIONS + 2; i++)
		raw_close(more[i]);
	loop_for(&loop, 30);
	raw_open(&c, &loop, http_port(server));
	assert_int_equal(greet(), 200);
	for (int i = 0; i < CONNECTIONS + 2; i++)
		free(more[i]);
}

static void without_descriptors_accepting_waits_and_resumes(void **state)
{
	struct rlimit real, none;
	(void)state;
	if (getenv("XQ_VALGRIND")) /* it plays the limit by accepting, and hanging up at once */
		skip();
	assert_int_equal(greet(), 200);
	int lowest = dup(0);
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &real);
	none = real;
	none.rlim_cur = (rlim_t)lowest + 1;
	raw_open(&d, &loop, http_port(server)); /* takes the last descriptor that there will be */
	raw_say(&d, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
	setrlimit(RLIMIT_NOFILE, &none);
	long spent = loop_cost(&loop, 1500);
	raw_pull(&d);
	size_t early = d.len;
	setrlimit(RLIMIT_NOFILE, &real);
	assert_int_equal(early, 0);
	assert_true(spent < 200);
	assert_int_equal(raw_answer(&d), 200);
	raw_close(&d);
}

/* A shelf takes six descriptors, of which there are none when the first one is full. */
static void whom_there_is_no_shelf_for_waits_at_the_door(void **state)
{
	enum { SHELF = 64 };
	struct http_limits limits = { .connections = 2 * SHELF, .body = BODY };
	static struct raw *one[SHELF];
	struct rlimit real, none;
	struct err e = { 0 };
	(void)state;
	if (getenv("XQ_VALGRIND")) /* as above */
		skip();
	struct http_server *s = http_create(&loop, &limits, &e);
	assert_int_equal(http_listen(s, "127.0.0.1", 0, &e), 0);
	for (int i = 0; i < SHELF; i++) {
		one[i] = mem_new(struct raw);
		raw_open(one[i], &loop, http_port(s));
		raw_say(one[i], "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(raw_answer(one[i]), 404);
	}
	int lowest = dup(0);
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &real);
	none = real;
	none.rlim_cur = (rlim_t)lowest + 3;
	raw_open(&d, &loop, http_port(s));
	raw_say(&d, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
	setrlimit(RLIMIT_NOFILE, &none);
	long spent = loop_cost(&loop, 1500);
	raw_pull(&d);
	bool gone = d.ended;
	setrlimit(RLIMIT_NOFILE, &real);
	assert_false(gone);
	assert_true(spent < 200);
	assert_int_equal(raw_answer(&d), 404);
	raw_close(&d);
	for (int i = 0; i < SHELF; i++) {
		raw_close(one[i]);
		free(one[i]);
	}
	http_destroy(&s);
}

static void above_its_share_an_address_is_told_to_come_later(void **state)
{
	struct http_limits limits = { .connections = CONNECTIONS, .body = BODY, .per_address = 2 };
	static struct raw one[3];
	struct err e = { 0 };
	(void)state;
	struct http_server *s = http_create(&loop, &limits, &e);
	assert_int_equal(http_listen(s, "127.0.0.1", 0, &e), 0);
	for (size_t i = 0; i < 3; i++) {
		raw_open(&one[i], &loop, http_port(s));
		assert_true(i < 2 ? raw_say(&one[i], "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n") : true);
		assert_int_equal(raw_answer(&one[i]), i < 2 ? 404 : 429);
	}
	assert_true(raw_has(&one[2], "Retry-After: 5"));
	assert_true(raw_await_end(&one[2]));
	raw_close(&one[0]);
	loop_for(&loop, 20);
	raw_close(&one[2]);
	raw_open(&one[2], &loop, http_port(s));
	assert_true(raw_say(&one[2], "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"));
	assert_int_equal(raw_answer(&one[2]), 404); /* one left, and there is room */
	raw_close(&one[1]);
	raw_close(&one[2]);
	http_destroy(&s);
}

static void a_taken_port_is_refused_with_words(void **state)
{
	struct http_limits limits = { .connections = 4, .body = 4 };
	struct err e = { 0 };
	(void)state;
	struct http_server *other = http_create(&loop, &limits, &e);
	assert_int_equal(http_listen(other, "127.0.0.1", http_port(server), &e), E_IO);
	assert_non_null(strstr(e.words, "in use"));
	http_destroy(&other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(at_the_cap_nobody_is_accepted_until_one_leaves),
		TEST(without_descriptors_accepting_waits_and_resumes),
		TEST(whom_there_is_no_shelf_for_waits_at_the_door),
		TEST(above_its_share_an_address_is_told_to_come_later),
		TEST(a_taken_port_is_refused_with_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
