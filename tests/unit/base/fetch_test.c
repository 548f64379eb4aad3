#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/fetch.h"
#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/unit/base/loop_until.h"

enum { PATIENCE_MS = 5000 };

struct outcome {
	unsigned done;
	CURLcode result;
	long status;
	char words[200];
	struct buf body;
	bool again; /* fetch once more from done() */
};

static uv_loop_t loop;
static struct http_server *server;
static struct fetch *fetch;
static struct http_req *held[8];
static unsigned holding;

static void echo(struct http_req *r, void *arg)
{
	size_t n;
	const void *body = http_body(r, &n);
	(void)arg;
	http_answer(r, 200, "text/plain", body, n, NULL);
}

static void hello(struct http_req *r, void *arg)
{
	(void)arg;
	http_answer_text(r, 200, "hello");
}

static void hold(struct http_req *r, void *arg)
{
	(void)arg;
	held[holding++] = r;
}

static int setup(void **state)
{
	struct http_limits limits = { .connections = 20, .body = 1 << 20 };
	struct err e = { 0 };
	(void)state;
	holding = 0;
	uv_loop_init(&loop);
	server = http_create(&loop, &limits, &e);
	http_route(server, "GET", "/hello", hello, NULL);
	http_route(server, "GET", "/hold", hold, NULL);
	http_route(server, "POST", "/echo", echo, NULL);
	assert_int_equal(http_listen(server, "127.0.0.1", 0, &e), 0);
	fetch = fetch_create(&loop, &e);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fetch_destroy(&fetch);
	while (holding)
		http_answer_text(held[--holding], 200, "");
	http_destroy(&server);
	uv_run(&loop, UV_RUN_NOWAIT);
	return uv_loop_close(&loop);
}

static size_t take(char *p, size_t size, size_t n, void *arg)
{
	return buf_add(&((struct outcome *)arg)->body, p, size * n) ? size * n : 0;
}

static void start(struct outcome *o, const char *path, long timeout_ms, const char *post);

static void on_done(CURL *easy, CURLcode result, const char *words, void *arg)
{
	struct outcome *o = arg;
	o->done++;
	o->result = result;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &o->status);
	snprintf(o->words, sizeof o->words, "%s", words);
	curl_easy_cleanup(easy);
	if (o->again) {
		o->again = false;
		start(o, "/hello", PATIENCE_MS * (long)slack(), NULL);
	}
}

static CURL *last;

static void start(struct outcome *o, const char *path, long timeout_ms, const char *post)
{
	char url[100];
	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", http_port(server), path);
	last = fetch_handle();
	o->body.cap = 4 << 20;
	curl_easy_setopt(last, CURLOPT_URL, url);
	curl_easy_setopt(last, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(last, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(last, CURLOPT_WRITEDATA, o);
	if (post)
		curl_easy_setopt(last, CURLOPT_COPYPOSTFIELDS, post);
	fetch_start(fetch, last, on_done, o);
}

static bool is_done(void *o) { return ((struct outcome *)o)->done > 0; }
static bool is_done_twice(void *o) { return ((struct outcome *)o)->done > 1; }
static bool holds_one(void *n) { return *(unsigned *)n > 0; }

static void a_page_is_fetched_and_another_from_inside_done(void **state)
{
	struct outcome o = { .again = true };
	(void)state;
	start(&o, "/hello", PATIENCE_MS * (long)slack(), NULL);
	assert_true(loop_until(&loop, is_done_twice, &o, LOOP_UNTIL_MS));
	assert_int_equal(o.result, CURLE_OK);
	assert_int_equal(o.status, 200);
	assert_string_equal(buf_str(&o.body), "hellohello");
	buf_fini(&o.body);
}

static void a_large_post_goes_both_ways(void **state)
{
	struct outcome o = { 0 };
	char *big = mem_alloc((1 << 20) + 1);
	(void)state;
	memset(big, 'x', 1 << 20);
	big[1 << 20] = '\0';
	start(&o, "/echo", PATIENCE_MS * (long)slack(), big);
	assert_true(loop_until(&loop, is_done, &o, LOOP_UNTIL_MS));
	assert_int_equal(o.result, CURLE_OK);
	assert_string_equal(buf_str(&o.body), big);
	free(big);
	buf_fini(&o.body);
}

static void a_server_that_says_nothing_times_out(void **state)
{
	struct outcome o = { 0 };
	(void)state;
	start(&o, "/hold", 100, NULL);
	assert_true(loop_until(&loop, is_done, &o, LOOP_UNTIL_MS));
	assert_int_equal(o.result, CURLE_OPERATION_TIMEDOUT);
	assert_non_null(strstr(o.words, "timed out"));
	buf_fini(&o.body);
}

static void a_closed_port_is_told_in_words(void **state)
{
	struct outcome o = { 0 };
	(void)state;
	int port = http_port(server);
	CURL *easy = fetch_handle();
	char url[60];
	http_destroy(&server);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	fetch_start(fetch, easy, on_done, &o);
	assert_true(loop_until(&loop, is_done, &o, LOOP_UNTIL_MS));
	assert_int_equal(o.result, CURLE_COULDNT_CONNECT);
	assert_non_null(strstr(o.words, "connect"));
}

static void a_cancelled_fetch_ends_before_the_call_returns(void **state)
{
	struct outcome o = { 0 }, other = { 0 };
	(void)state;
	start(&other, "/hello", PATIENCE_MS * (long)slack(), NULL);
	start(&o, "/hold", PATIENCE_MS * (long)slack(), NULL);
	assert_true(loop_until(&loop, holds_one, &holding, LOOP_UNTIL_MS));
	fetch_cancel(fetch, last);
	assert_int_equal(o.done, 1);
	assert_int_equal(o.result, CURLE_ABORTED_BY_CALLBACK);
	assert_true(loop_until(&loop, is_done, &other, LOOP_UNTIL_MS));
	assert_int_equal(other.result, CURLE_OK);
	loop_for(&loop, 20);
	assert_int_equal(o.done, 1);
	buf_fini(&other.body);
}

static void destroying_ends_what_is_pending(void **state)
{
	struct outcome o[2] = { { 0 }, { 0 } };
	(void)state;
	start(&o[0], "/hold", PATIENCE_MS * (long)slack(), NULL);
	assert_true(loop_until(&loop, holds_one, &holding, LOOP_UNTIL_MS));
	start(&o[1], "/hold", PATIENCE_MS * (long)slack(), NULL);
	fetch_destroy(&fetch);
	assert_int_equal(o[0].result, CURLE_ABORTED_BY_CALLBACK);
	assert_int_equal(o[1].result, CURLE_ABORTED_BY_CALLBACK);
}

static void an_http_error_is_an_answer(void **state)
{
	struct outcome o = { 0 };
	(void)state;
	start(&o, "/nowhere", PATIENCE_MS * (long)slack(), NULL);
	assert_true(loop_until(&loop, is_done, &o, LOOP_UNTIL_MS));
	assert_int_equal(o.result, CURLE_OK);
	assert_int_equal(o.status, 404);
	buf_fini(&o.body);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_fetched_and_another_from_inside_done),
		TEST(a_large_post_goes_both_ways),
		TEST(a_server_that_says_nothing_times_out),
		TEST(a_closed_port_is_told_in_words),
		TEST(a_cancelled_fetch_ends_before_the_call_returns),
		TEST(destroying_ends_what_is_pending),
		TEST(an_http_error_is_an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
