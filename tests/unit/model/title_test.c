/* Which words name a ticket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/model/text.h"
#include "gateway/model/title.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static unsigned count_wrong(bool (*f)(const char *), const char *const *says, size_t n, bool right)
{
	unsigned wrong = 0;
	for (size_t i = 0; i < n; i++)
		if (f(says[i]) != right) {
			print_error("wrong: %s\n", says[i]);
			wrong++;
		}
	return wrong;
}

static const char *const OPENS[] = {
	"您好", "你好，在吗？", "救命！", "救命啊快来人啊", "我要投诉", "我想问一下", "请问一下", "请问", "想咨询一下", "我要反映一个问题", "麻烦问一下",
	"有人吗", "有人在吗？？", "没人吗", "怎么没人回复", "能不能回复一下", "打扰一下", "市长好", "取消", "返回", "hello", "Hello there!", "is anyone there?",
	"Excuse me", "can I ask a question?", "I have a problem", "I want to report something", "cancel", "menu",
};
static const char *const NOTHING[] = {
	"", " ", "1", "13800138000", "？？？", "😀", "……", "好的，谢谢", "ok",
	"人工", "转人工客服", "human", "查询", "进度怎么样了", "撤回", "撤单，我不服", "自助下单",
	"[IMG_1.png]", "[a.jpg] [b[1].jpg]", "[a.jpg] [一个名字很长的照片…",
};
static const char *const SHORT[] = { "停水了", "太臭", "3栋停电", "noise", "张三" };
static const char *const TELLS[] = {
	"路灯坏了", "家里停水", "我想问一下公积金怎么提取", "请问暂住证在哪里办", "有人在河里倒垃圾", "没人清运垃圾", "投诉物业乱收费",
	"举报黑车", "WiFi坏了", "street light is broken",
	"street light", "no water since Monday", "I want to report a broken lamp", "撤销我的行政处罚决定",
	"[求助] 小区停水", "人工湖里的水发臭", "ถนนเป็นหลุม", "물이 안 나와요",
};

static void what_leads_up_to_a_matter_is_an_opening(void **state)
{
	(void)state;
	assert_int_equal(count_wrong(text_opens_only, OPENS, COUNT(OPENS), true), 0);
	assert_int_equal(count_wrong(text_opens_only, TELLS, COUNT(TELLS), false), 0);
	assert_int_equal(count_wrong(text_opens_only, SHORT, COUNT(SHORT), false), 0);
}

static void only_what_says_nothing_gives_way_and_only_to_a_matter(void **state)
{
	(void)state;
	assert_int_equal(count_wrong(title_says_nothing, OPENS, COUNT(OPENS), true), 0);
	assert_int_equal(count_wrong(title_says_nothing, NOTHING, COUNT(NOTHING), true), 0);
	assert_int_equal(count_wrong(title_says_nothing, SHORT, COUNT(SHORT), false), 0);
	assert_int_equal(count_wrong(title_tells, TELLS, COUNT(TELLS), true), 0);
	assert_int_equal(count_wrong(title_tells, SHORT, COUNT(SHORT), false), 0);
	assert_int_equal(count_wrong(title_tells, NOTHING, COUNT(NOTHING), false), 0);
	assert_int_equal(count_wrong(title_tells, OPENS, COUNT(OPENS), false), 0);
}

static void a_sentence_that_only_opens_is_no_title(void **state)
{
	static const char *const SAID[][2] = {
		{ "我想问一下。路灯坏了谁修", "路灯坏了谁修" }, { "市长好！幸福河发臭了", "幸福河发臭了" }, { "有人吗？停水了", "停水了" }, { "请问。", "请问" },
	};
	(void)state;
	struct arena *a = arena_create(4096);
	for (size_t i = 0; i < COUNT(SAID); i++)
		assert_string_equal(ticket_title(a, NULL, SAID[i][0]), SAID[i][1]);
	arena_destroy(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leads_up_to_a_matter_is_an_opening),
		cmocka_unit_test(only_what_says_nothing_gives_way_and_only_to_a_matter),
		cmocka_unit_test(a_sentence_that_only_opens_is_no_title),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
