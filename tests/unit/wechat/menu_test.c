/* The Official Account's menu: what the platform would refuse, and what is read from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/wechat/menu.h"
#include "gateway/base/mem.h"

static const char *wrong(const char *text)
{
	static struct err e;
	e = (struct err){ 0 };
	json_t *menu = json_loads(text, 0, NULL);
	assert_non_null(menu);
	int rc = menu_check(menu, &e);
	json_decref(menu);
	assert_true(rc == 0 || rc == E_RANGE);
	return rc == 0 ? "" : e.words;
}

static const char *framed(const char *before, const char *part, const char *after)
{
	static char text[4096];
	(void)snprintf(text, sizeof text, "%s%s%s", before, part, after);
	return wrong(text);
}

static const char *of(const char *buttons)
{
	return framed("{\"button\":[", buttons, "]}");
}

static const char *sub(const char *buttons)
{
	return framed("{\"button\":[{\"name\":\"办事\",\"sub_button\":[", buttons, "]}]}");
}

#define CLICK "{\"type\":\"click\",\"name\":\"查询\",\"key\":\"say:查询\"}"

static void each_limit_is_said_with_its_button(void **state)
{
	(void)state;
	char url[1100] = "https://x/";
	memset(url + 10, 'a', sizeof url - 11);
	char *long_url = mem_printf("{\"type\":\"view\",\"name\":\"a\",\"url\":\"%s\"}", url);
	assert_string_equal(of(CLICK), "");
	assert_string_equal(of(""), "");
	assert_string_equal(of(CLICK "," CLICK "," CLICK), "");
	assert_string_equal(of(CLICK "," CLICK "," CLICK "," CLICK), "buttons: at most 3");
	assert_string_equal(wrong("{}"), "buttons: a list is wanted");
	assert_string_equal(of("{\"type\":\"click\",\"name\":\"六个字的名称\",\"key\":\"k\"}"), "button 1: its name has 18 bytes, 16 are the limit");
	assert_string_equal(of("{\"type\":\"click\",\"name\":\" \",\"key\":\"k\"}"), "button 1: its name is missing");
	assert_string_equal(of("{\"type\":\"click\",\"name\":\"a\"}"), "button 1: its key is missing");
	assert_string_equal(of(CLICK ",{\"type\":\"view\",\"name\":\"a\",\"url\":\"javascript:x\"}"), "button 2: its url begins with https://");
	assert_non_null(strstr(of(long_url), "1024 are the limit"));
	assert_non_null(strstr(of("{\"type\":\"text\",\"name\":\"a\",\"key\":\"k\"}"), "button 1: there is no type 'text'"));
	assert_non_null(strstr(of("{\"type\":\"miniprogram\",\"name\":\"a\",\"url\":\"https://x\",\"appid\":\"wx1\"}"), "its pagepath"));
	free(long_url);
}

static void sub_buttons_have_limits_of_their_own(void **state)
{
	(void)state;
	assert_string_equal(sub(CLICK "," CLICK), "");
	assert_string_equal(sub(CLICK "," CLICK "," CLICK "," CLICK "," CLICK "," CLICK), "sub-buttons: at most 5");
	assert_string_equal(sub(CLICK "," "{\"type\":\"view\",\"name\":\"b\"}"), "button 1.2: its url is missing");
	assert_string_equal(sub(CLICK "," "3"), "button 1.2: its name is missing");
}

static void what_the_platform_answers_is_read_and_goes_back_the_same(void **state)
{
	(void)state;
	json_t *answer = json_loads("{\"is_menu_open\":1,\"selfmenu_info\":{\"button\":[" CLICK ",{\"name\":\"办事\",\"type\":\"\",\"sub_button\":{\"list\":["
		"{\"type\":\"view\",\"name\":\"指南\",\"url\":\"https://www.city.example/\",\"news_info\":{\"list\":[]}}]}}]}}", 0, NULL);
	json_t *menu = menu_read(answer), *body = menu_body(menu);
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	assert_true(json_is_true(json_object_get(menu, "open")));
	assert_string_equal(text, "{\"button\":[{\"key\":\"say:查询\",\"name\":\"查询\",\"type\":\"click\"},{\"name\":\"办事\",\"sub_button\":["
		"{\"name\":\"指南\",\"type\":\"view\",\"url\":\"https://www.city.example/\"}]}]}");
	free(text);
	json_decref(body);
	json_decref(menu);
	json_decref(answer);
	answer = json_pack("{s:i}", "errcode", 0);
	assert_null(menu_read(answer));
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_is_said_with_its_button),
		cmocka_unit_test(sub_buttons_have_limits_of_their_own),
		cmocka_unit_test(what_the_platform_answers_is_read_and_goes_back_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
