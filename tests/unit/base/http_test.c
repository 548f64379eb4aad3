#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "tests/unit/base/raw_client.h"

enum { CONNECTIONS = 16, BODY = 10000 };

static uv_loop_t loop;
static struct http_server *server;
static struct raw c;
static char dir[] = "/tmp/http_test.XXXXXX";
static struct http_req *held; /* the one /later has not answered yet */
static unsigned calls;
static char deep[] = "deep", exact[] = "exact", html[] = "text/html", png[] = "image/png";

/* --- handlers --- */

static void say_what_came(struct http_req *r, void *arg)
{
	size_t n;
	const char *body = http_body(r, &n), *q = http_query(r, "q"), *a = http_cookie(r, "sid");
	const char *custom = http_header(r, "x-custom-thing");
	char *text = mem_printf("%s %s rest=%s q=%s sid=%s custom=%s body=%zu:%.20s raw=%s peer=%s", http_method(r), http_path(r),
		http_rest(r), q ? q : "-", a ? a : "-", custom ? custom : "-", n, body, http_query_raw(r), http_peer(r));
	(void)arg;
	calls++;
	assert_int_equal(strlen(body), n);
	http_answer_text(r, 200, text);
	free(text);
}

static void say_name(struct http_req *r, void *arg)
{
	http_answer_text(r, 200, arg);
}

static void hold(struct http_req *r, void *arg)
{
	(void)arg;
	assert_null(held);
	held = r;
}

static void send_file(struct http_req *r, void *arg)
{
	char *path = mem_printf("%s/%s", dir, http_rest(r));
	(void)arg;
	http_answer_file(r, path, "max-age=60");
	free(path);
}

static void send_stored(struct http_req *r, void *arg)
{
	char *path = mem_printf("%s/a.txt", dir);
	http_answer_fd(r, open(path, O_RDONLY), 5, arg, "照片 1.html");
	free(path);
}

static void send_big(struct http_req *r, void *arg)
{
	char *big = mem_alloc(3000000);
	(void)arg;
	memset(big, 'b', 3000000);
	http_answer(r, 200, "text/plain", big, 3000000, NULL);
	free(big);
}

static void send_own_headers(struct http_req *r, void *arg)
{
	const char *const headers[] = { "content-security-policy", "default-src *", "X-Extra", "one\r\nX-Forged: two", NULL };
	(void)arg;
	http_answer(r, 201, "text/html; charset=utf-8", "<p>", 3, headers);
}

static void send_problem(struct http_req *r, void *arg)
{
	(void)arg;
	http_problem(r, 422, NULL, "broken \xFF \"bytes\"");
}

/* --- around each test --- */

static void write_file(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static int make_files(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	write_file("a.txt", "hello");
	write_file("page.html", "<p>你好");
	write_file("lib.js", "plain");
	write_file("lib.js.gz", "zipped");
	return 0;
}

static int remove_files(void **state)
{
	static const char *const names[] = { "a.txt", "page.html", "lib.js", "lib.js.gz" };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char *path = mem_printf("%s/%s", dir, names[i]);
		unlink(path);
		free(path);
	}
	return rmdir(dir);
}

static int setup(void **state)
{
	struct http_limits limits = { .connections = CONNECTIONS, .body = BODY };
	struct err e = { 0 };
	(void)state;
	held = NULL;
	calls = 0;
	uv_loop_init(&loop);
	server = http_create(&loop, &limits, &e);
	http_route(server, "GET", "/echo", say_what_came, NULL);
	http_route(server, "POST", "/echo", say_what_came, NULL);
	http_route(server, "PUT", "/echo", say_what_came, NULL);
	http_route(server, "DELETE", "/echo", say_what_came, NULL);
	http_route(server, "GET", "/tree/*", say_what_came, NULL);
	http_route(server, "GET", "/tree/deep/*", say_name, deep);
	http_route(server, "GET", "/tree/deep/exact", say_name, exact);
	http_route(server, "GET", "/later", hold, NULL);
	http_route(server, "POST", "/later", hold, NULL);
	http_route_body(server, "POST", "/large", 4 << 20, say_what_came, NULL);
	http_route(server, "GET", "/files/*", send_file, NULL);
	http_route(server, "GET", "/stored", send_stored, html);
	http_route(server, "GET", "/picture", send_stored, png);
	http_route(server, "GET", "/big", send_big, NULL);
	http_route(server, "GET", "/own", send_own_headers, NULL);
	http_route(server, "GET", "/problem", send_problem, NULL);
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

static int ask(const char *request)
{
	raw_say(&c, request);
	return raw_answer(&c);
}

#define GET(path) ask("GET " path " HTTP/1.1\r\nHost: x\r\n\r\n")

/* --- requests --- */

static void a_get_reaches_its_route_decoded(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /tree/%E4%BD%A0%20x?q=a%26b+c%3D&z HTTP/1.1\r\nHost: x\r\nCookie: a=1; sid=abc; b=2\r\n"
		"X-Custom-Thing: yes it is\r\n\r\n"), 200);
	assert_string_equal(c.body, "GET /tree/你 x rest=你 x q=a&b c= sid=abc custom=yes it is body=0: raw=q=a%26b%20c%3D&z "
		"peer=127.0.0.1");
}

static void the_longest_pattern_wins(void **state)
{
	(void)state;
	GET("/tree/deep/x");
	assert_string_equal(c.body, "deep");
	GET("/tree/deep/exact");
	assert_string_equal(c.body, "exact");
	GET("/tree/other");
	assert_non_null(strstr(c.body, "rest=other"));
}

static void bodies_come_whole_and_connections_are_kept(void **state)
{
	(void)state;
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"), 200);
	assert_non_null(strstr(c.body, "body=5:hello"));
	raw_say(&c, "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nslow");
	loop_for(&loop, 30);
	raw_say(&c, "ness");
	assert_int_equal(raw_answer(&c), 200);
	assert_non_null(strstr(c.body, "body=8:slowness"));
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), 200);
	assert_int_equal(ask("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), 200);
	assert_int_equal(ask("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	assert_int_equal(ask("DELETE /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"), 200);
	assert_int_equal(GET("/echo"), 200);
	assert_int_equal(calls, 7);
}

static void what_is_pipelined_is_dropped_with_the_connection(void **state)
{
	(void)state;
	raw_say(&c, "GET /tree/1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo"
		"GET /tree/3 HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(raw_answer(&c), 200);
	assert_non_null(strstr(c.body, "rest=1"));
	assert_true(raw_await_end(&c));
	assert_int_equal(c.len, 0);
	raw_close(&c);
	raw_open(&c, &loop, http_port(server));
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\noneGET /echo HTTP/1.1\r\n\r\n"), 200);
	assert_true(raw_await_end(&c));
	assert_int_equal(calls, 2);
}

static void a_large_body_arrives_within_its_routes_cap(void **state)
{
	(void)state;
	static char body[4 << 20];
	memset(body, 'x', sizeof body);
	raw_say(&c, "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n");
	assert_true(raw_send(&c, body, sizeof body));
	assert_int_equal(raw_answer(&c), 200);
	assert_non_null(strstr(c.body, "body=4194304:xxxx"));
}

static void a_client_that_expects_100_is_told_to_go_on_or_refused_before_it_sends(void **state)
{
	(void)state;
	raw_say(&c, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(raw_answer(&c), 100);
	assert_int_equal(ask("hello"), 200);
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\nExpect: 100-continue\r\n\r\n"), 413);
	assert_true(raw_await_end(&c));
}

static void head_is_get_without_its_body(void **state)
{
	(void)state;
	raw_say(&c, "HEAD /tree/x HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(raw_answer_to(&c, true), 200);
	assert_false(raw_has(&c, "Content-Length: 0\r\n"));
	raw_say(&c, "HEAD /files/a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(raw_answer_to(&c, true), 200);
	assert_true(raw_has(&c, "Content-Length: 5\r\n"));
	assert_int_equal(GET("/files/a.txt"), 200); /* nothing was left in between */
	assert_string_equal(c.body, "hello");
}

static void http_1_0_and_close_end_the_connection(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /echo HTTP/1.0\r\n\r\n"), 200);
	assert_true(raw_has(&c, "Connection: close\r\n"));
	assert_true(raw_await_end(&c));
	raw_close(&c);
	raw_open(&c, &loop, http_port(server));
	assert_int_equal(ask("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200);
	assert_true(raw_await_end(&c));
}

/* --- refusals --- */

static void an_unknown_path_is_404_and_another_method_405_with_allow(void **state)
{
	(void)state;
	assert_int_equal(GET("/nowhere"), 404);
	assert_true(raw_has(&c, "application/problem+json"));
	assert_non_null(strstr(c.body, "\"status\":404"));
	assert_int_equal(ask("PATCH /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"), 405);
	assert_true(raw_has(&c, "Allow: DELETE, PUT, POST, GET, HEAD\r\n"));
	assert_int_equal(ask("OPTIONS /own HTTP/1.1\r\nHost: x\r\n\r\n"), 405);
	assert_true(raw_has(&c, "Allow: GET, HEAD\r\n"));
	assert_int_equal(GET("/echo"), 200); /* on the same connection */
}

static void a_body_over_the_cap_is_413_and_the_connection_goes_on(void **state)
{
	(void)state;
	static char body[BODY + 1];
	char head[100];
	snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", BODY + 1);
	raw_say(&c, head);
	raw_send(&c, body, sizeof body);
	assert_int_equal(raw_answer(&c), 413);
	assert_int_equal(calls, 0);
	assert_int_equal(GET("/echo"), 200);
}

static void a_body_too_big_to_be_worth_reading_is_refused_at_once(void **state)
{
	(void)state;
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n"), 413);
	assert_true(raw_await_end(&c));
}

static void a_body_without_a_plain_length_is_refused(void **state)
{
	static const struct { const char *header; int status; } bad[] = {
		{ "", 411 }, { "Transfer-Encoding: chunked\r\n", 411 }, { "Content-Length: -5\r\n", 400 },
		{ "Content-Length: 5\r\nContent-Length: 6\r\n", 400 }, { "Content-Length: 5x\r\n", 400 },
		{ "Content-Length: 99999999999999999999999\r\n", 413 },
		{ "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 411 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char request[300];
		raw_close(&c);
		raw_open(&c, &loop, http_port(server));
		snprintf(request, sizeof request, "POST /echo HTTP/1.1\r\nHost: x\r\n%s\r\n", bad[i].header);
		assert_int_equal(ask(request), bad[i].status);
		assert_true(raw_await_end(&c));
	}
	assert_int_equal(calls, 0);
}

static void a_path_cannot_climb_or_hide_bytes(void **state)
{
	static const char *const odd[] = { "/files/../../../../etc/passwd", "/files/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
		"/files/..%2f..%2f..%2fetc/passwd", "/files/..\\..\\etc\\passwd", "/files/%00a.txt", "/files/a.txt%00.html",
		"/files/%ff%fe", "/files/%0d%0aX:y", "/files/a.txt&b", "/files/a.txt;b", "/files/%zz" };
	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		char request[300];
		raw_close(&c);
		raw_open(&c, &loop, http_port(server));
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", odd[i]);
		int status = ask(request);
		assert_true(status == 0 || status == 400 || status == 403 || status == 404);
	}
}

static void nonsense_does_no_harm(void **state)
{
	static const char *const nonsense[] = { "\r\n\r\n", "GET\r\n\r\n", "BREW /pot HTTP/1.1\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET http://x/ HTTP/1.1\r\n\r\n", "GET * HTTP/1.1\r\n\r\n",
		"GET /echo HTTP/1.1\r\nUpgrade: teapot\r\nConnection: Upgrade\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00" };
	static char long_header[40000];
	(void)state;
	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		raw_close(&c);
		raw_open(&c, &loop, http_port(server));
		raw_say(&c, nonsense[i]);
		loop_for(&loop, 10);
	}
	raw_close(&c);
	raw_open(&c, &loop, http_port(server));
	memset(long_header, 'a', sizeof long_header);
	raw_say(&c, "GET /echo HTTP/1.1\r\nX: ");
	raw_send(&c, long_header, sizeof long_header);
	assert_int_equal(raw_answer(&c), 0);
	raw_close(&c);
	raw_open(&c, &loop, http_port(server));
	assert_int_equal(GET("/echo"), 200);
}

static void an_upgrade_to_http_2_is_ignored(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
		"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"), 200);
}

/* --- answers --- */

static void answer_held(uv_timer_t *t)
{
	if (held == NULL) /* a slow machine has not heard of it yet */
		return;
	http_answer_text(held, 200, "at last");
	held = NULL;
	uv_close((uv_handle_t *)t, NULL);
}

static void an_answer_may_come_later(void **state)
{
	uv_timer_t t;
	(void)state;
	uv_timer_init(&loop, &t);
	uv_timer_start(&t, answer_held, 50, 50);
	assert_int_equal(ask("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"), 200);
	assert_string_equal(c.body, "at last");
	assert_int_equal(GET("/echo"), 200);
}

static void a_client_gone_before_its_answer_costs_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		raw_say(&c, i ? "GET /later HTTP/1.1\r\nHost: x\r\n\r\nmore" : "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
		loop_for(&loop, 30);
		assert_non_null(held);
		struct linger hard = { 1, 0 };
		if (i)
			setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		raw_close(&c);
		assert_true(loop_cost(&loop, 300) < 100); /* the hang-up does not spin */
		http_answer_text(held, 200, "nobody reads this");
		held = NULL;
		loop_for(&loop, 30);
		raw_open(&c, &loop, http_port(server));
	}
	assert_int_equal(GET("/echo"), 200);
}

/* A sanitizer's build tells what would be left. */
static void a_client_gone_in_the_middle_of_its_body_leaves_nothing(void **state)
{
	(void)state;
	assert_true(raw_say(&c, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this"));
	loop_for(&loop, 30);
	raw_close(&c);
	loop_for(&loop, 30);
	raw_open(&c, &loop, http_port(server));
	assert_int_equal(GET("/echo"), 200);
}

static void a_request_outlives_the_server_until_answered(void **state)
{
	(void)state;
	raw_say(&c, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	loop_for(&loop, 30);
	http_destroy(&server);
	assert_string_equal(http_path(held), "/later");
	assert_null(http_header(held, "host"));
	http_answer_text(held, 200, "too late");
	held = NULL;
}

static void a_big_answer_survives_a_slow_reader(void **state)
{
	(void)state;
	int small = 64 << 10;
	setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	raw_say(&c, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	loop_for(&loop, 100);
	assert_int_equal(raw_answer(&c), 200);
	assert_int_equal(strlen(c.body), 3000000);
	assert_int_equal(strspn(c.body, "b"), 3000000);
	assert_true(raw_await_end(&c));
}

static void security_headers_stand_unless_the_answer_has_its_own(void **state)
{
	(void)state;
	GET("/echo");
	assert_true(raw_has(&c, "\r\nContent-Security-Policy: default-src 'self'; "));
	assert_true(raw_has(&c, "\r\nX-Content-Type-Options: nosniff\r\n"));
	assert_true(raw_has(&c, "\r\nReferrer-Policy: no-referrer\r\n"));
	assert_int_equal(GET("/own"), 201);
	assert_false(raw_has(&c, "default-src 'self'"));
	assert_true(raw_has(&c, "\r\ncontent-security-policy: default-src *\r\n"));
	assert_true(raw_has(&c, "\r\nX-Content-Type-Options: nosniff\r\n"));
	assert_false(raw_has(&c, "\r\nX-Forged"));
	GET("/nowhere");
	assert_true(raw_has(&c, "\r\nX-Content-Type-Options: nosniff\r\n"));
}

static void a_problem_is_json_whatever_the_words_hold(void **state)
{
	(void)state;
	assert_int_equal(GET("/problem"), 422);
	assert_string_equal(c.body, "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
		"\"detail\":\"broken \xEF\xBF\xBD \\\"bytes\\\"\"}");
}

static void files_have_a_type_and_a_tag_that_saves_sending_them_again(void **state)
{
	char tag[100], request[300];
	(void)state;
	assert_int_equal(GET("/files/page.html"), 200);
	assert_string_equal(c.body, "<p>你好");
	assert_true(raw_has(&c, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
	assert_true(raw_has(&c, "\r\nCache-Control: max-age=60\r\n"));
	assert_int_equal(sscanf(strstr(c.answer, "ETag: "), "ETag: %99s", tag), 1);
	snprintf(request, sizeof request, "GET /files/page.html HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"other\", W/%s\r\n\r\n", tag);
	assert_int_equal(ask(request), 304);
	assert_true(raw_has(&c, tag));
	assert_string_equal(c.body, "");
	assert_int_equal(ask("GET /files/page.html HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"other\"\r\n\r\n"), 200);
	assert_int_equal(GET("/files/none.html"), 404);
	assert_int_equal(GET("/files/"), 404); /* a folder is no file */
}

static void a_zipped_neighbour_is_sent_to_those_who_take_it(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /files/lib.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n"), 200);
	assert_string_equal(c.body, "zipped");
	assert_true(raw_has(&c, "\r\nContent-Encoding: gzip\r\n"));
	assert_true(raw_has(&c, "\r\nContent-Type: text/javascript; charset=utf-8\r\n"));
	GET("/files/lib.js");
	assert_string_equal(c.body, "plain");
	assert_true(raw_has(&c, "\r\nVary: Accept-Encoding\r\n"));
	ask("GET /files/lib.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0, br\r\n\r\n");
	assert_string_equal(c.body, "plain");
	ask("GET /files/lib.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip; q=0.5\r\n\r\n");
	assert_string_equal(c.body, "zipped");
}

static void what_a_citizen_sent_is_a_download_unless_a_picture(void **state)
{
	(void)state;
	assert_int_equal(GET("/stored"), 200);
	assert_string_equal(c.body, "hello");
	assert_true(raw_has(&c, "Content-Disposition: attachment; filename*=UTF-8''%E7%85%A7%E7%89%87%201.html\r\n"));
	assert_true(raw_has(&c, "Content-Security-Policy: default-src 'none'; sandbox\r\n"));
	assert_int_equal(GET("/picture"), 200);
	assert_true(raw_has(&c, "Content-Disposition: inline; "));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_get_reaches_its_route_decoded),
		TEST(the_longest_pattern_wins),
		TEST(bodies_come_whole_and_connections_are_kept),
		TEST(what_is_pipelined_is_dropped_with_the_connection),
		TEST(a_large_body_arrives_within_its_routes_cap),
		TEST(a_client_that_expects_100_is_told_to_go_on_or_refused_before_it_sends),
		TEST(head_is_get_without_its_body),
		TEST(http_1_0_and_close_end_the_connection),
		TEST(an_unknown_path_is_404_and_another_method_405_with_allow),
		TEST(a_body_over_the_cap_is_413_and_the_connection_goes_on),
		TEST(a_body_too_big_to_be_worth_reading_is_refused_at_once),
		TEST(a_body_without_a_plain_length_is_refused),
		TEST(a_path_cannot_climb_or_hide_bytes),
		TEST(nonsense_does_no_harm),
		TEST(an_upgrade_to_http_2_is_ignored),
		TEST(an_answer_may_come_later),
		TEST(a_client_gone_before_its_answer_costs_nothing),
		TEST(a_client_gone_in_the_middle_of_its_body_leaves_nothing),
		TEST(a_request_outlives_the_server_until_answered),
		TEST(a_big_answer_survives_a_slow_reader),
		TEST(security_headers_stand_unless_the_answer_has_its_own),
		TEST(a_problem_is_json_whatever_the_words_hold),
		TEST(files_have_a_type_and_a_tag_that_saves_sending_them_again),
		TEST(a_zipped_neighbour_is_sent_to_those_who_take_it),
		TEST(what_a_citizen_sent_is_a_download_unless_a_picture),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
