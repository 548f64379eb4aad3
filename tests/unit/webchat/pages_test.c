#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "adapters/webchat/squeeze.h"
#include "tests/unit/webchat/world.h"

enum { WIDGET_GZIP_MAX = 15 * 1024 };

static void expect_squeezed(void (*squeeze)(const char *, struct buf *), const char *source, const char *small)
{
	struct buf b;
	buf_init(&b, 10000);
	squeeze(source, &b);
	assert_string_equal(buf_str(&b), small);
	buf_fini(&b);
}

static void a_script_loses_only_what_it_does_not_need(void **state)
{
	(void)state;
	expect_squeezed(squeeze_script, "/* x */\nconst a = 1; // y\n\tlet b = 'a  /* b */ // c';\n",
		"const a=1;let b='a  /* b */ // c';\n");
	expect_squeezed(squeeze_script, "return a\n\t+ +b - -c;", "return a+ +b- -c;\n");
	expect_squeezed(squeeze_script, "if (a) {\n\tf();\n\tg(x);\n} else\n\th();\n", "if(a){f();g(x)}else h();\n");
	expect_squeezed(squeeze_script, "x = a / b / c;", "x=a/b/c;\n");
	expect_squeezed(squeeze_script, "x.match(/[/'\"] \\/ /g, '\\' ');", "x.match(/[/'\"] \\/ /g,'\\' ');\n");
	expect_squeezed(squeeze_script, "f({\n\ta: 1,\n\tb\n})\n.then(c)", "f({a:1,b}).then(c)\n");
	expect_squeezed(squeeze_script, "a++;\nb;", "a++;b;\n");
}

static void a_style_sheet_loses_only_what_it_does_not_need(void **state)
{
	(void)state;
	expect_squeezed(squeeze_style, "/* x */\n.a .b ~ c {\n\tfont: 1em \"A  B\", x;\n\twidth: calc(1px - 2px);\n}\n.d { e: f; }\n",
		".a .b~c{font:1em \"A  B\",x;width:calc(1px - 2px)}.d{e:f}");
	expect_squeezed(squeeze_style, "@media (max-width: 5px) { a { b: c } }", "@media (max-width:5px){a{b:c}}");
}

static struct raw raw;

static int get(const char *path, const char *headers)
{
	char request[400];
	raw_open(&raw, &world->loop, http_port(world->server));
	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, headers);
	raw_say(&raw, request);
	int status = raw_answer(&raw);
	raw_close(&raw);
	return status;
}

static void the_widget_is_one_script_of_at_most_15_kb(void **state)
{
	(void)state;
	assert_int_equal(get("/widget.js", ""), 200);
	assert_true(raw_has(&raw, "text/javascript"));
	assert_non_null(strstr(raw.body, "customElements.define('xq-chat'"));
	assert_non_null(strstr(raw.body, "\"name\":\"示范市12345\""));
	const char *keep = getenv("XQ_WIDGET_OUT"); /* for the browser's tests: the script as it is served */
	FILE *f = keep ? fopen(keep, "w") : NULL;
	if (f) {
		fputs(raw.body, f);
		fclose(f);
	}
	assert_int_equal(get("/widget.js", "Accept-Encoding: gzip\r\n"), 200);
	const char *length = strcasestr(raw.answer, "content-length:");
	assert_true(strcasestr(raw.answer, "content-encoding: gzip") != NULL);
	print_message("widget.js: %d bytes gzipped\n", atoi(length + 15));
	assert_in_range(atoi(length + 15), 1000, WIDGET_GZIP_MAX);
}

static void a_known_widget_is_not_sent_again(void **state)
{
	(void)state;
	char header[100];
	assert_int_equal(get("/widget.js", ""), 200);
	const char *etag = strcasestr(raw.answer, "etag: ");
	assert_non_null(etag);
	snprintf(header, sizeof header, "If-None-Match: %.18s\r\n", etag + 6);
	assert_int_equal(get("/widget.js", header), 304);
}

static void the_page_speaks_the_visitors_language(void **state)
{
	(void)state;
	assert_int_equal(get("/chat", ""), 200);
	assert_non_null(strstr(raw.body, "<html lang=\"zh-CN\">"));
	assert_non_null(strstr(raw.body, "<h1>示范市12345</h1>"));
	assert_null(strstr(raw.body, "{{"));
	assert_non_null(strstr(raw.answer, "frame-ancestors 'self' https://www.city.example"));
	assert_non_null(strstr(raw.answer, "connect-src 'self' wss://12345.city.example;"));
	assert_int_equal(get("/chat", "Accept-Language: en-GB,en;q=0.9\r\n"), 200);
	assert_non_null(strstr(raw.body, "<html lang=\"en\">"));
	assert_int_equal(get("/chat?lang=zh-CN", "Accept-Language: en\r\n"), 200);
	assert_non_null(strstr(raw.body, "<html lang=\"zh-CN\">"));
}

static void only_plain_names_of_the_folder_are_served(void **state)
{
	(void)state;
	assert_int_equal(get("/widget/page.css", ""), 200);
	assert_true(raw_has(&raw, "text/css"));
	assert_int_equal(get("/widget/absent.css", ""), 404);
	assert_int_equal(get("/widget/", ""), 404);
	assert_int_equal(get("/widget/.hidden", ""), 404);
	assert_int_not_equal(get("/widget/..%2fpages.c", ""), 200);
	assert_int_not_equal(get("/widget/a/b.css", ""), 200);
}

static void names_with_markup_stay_text(void **state)
{
	(void)state;
	struct chat_pages *p = NULL;
	struct err e = { 0 };
	struct chat_page_settings s = { .folder = "adapters/webchat/widget", .name = "<b>&\"", .greeting = "\"</script>", .language = "en",
		.max_text = 100, .public_url = "http://x" };
	assert_int_equal(chat_pages_create(&p, &s, &e), 0);
	size_t n, gz;
	assert_non_null(strstr(chat_pages_script(p, &n, &gz), "{\"name\":\"<b>&\\\"\",\"greeting\":\"\\\"</script>\","));
	chat_pages_destroy(&p);
	s.folder = "adapters/webchat/nowhere";
	assert_int_equal(chat_pages_create(&p, &s, &e), E_IO);
	assert_null(p);
	assert_non_null(strstr(e.words, "nowhere/strings.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_loses_only_what_it_does_not_need),
		cmocka_unit_test(a_style_sheet_loses_only_what_it_does_not_need),
		cmocka_unit_test(names_with_markup_stay_text),
		cmocka_unit_test_setup_teardown(the_widget_is_one_script_of_at_most_15_kb, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_known_widget_is_not_sent_again, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(the_page_speaks_the_visitors_language, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(only_plain_names_of_the_folder_are_served, world_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
