/* What the decisions know about words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/text.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static int count_wrong(bool (*says)(const char *), const char *const *text, size_t n, bool want)
{
	int wrong = 0;
	for (size_t i = 0; i < n; i++)
		if (says(text[i]) != want) {
			print_error("\"%s\" should be %d\n", text[i], want);
			wrong++;
		}
	return wrong;
}

static void folding_makes_writings_of_one_word_equal(void **state)
{
	static const struct { const char *in, *out; } CASES[] = {
		{ "ＡＢＣ１２３！", "abc123!" }, { "Hello  World", "hello world" },
		{ "  a\t\r\n b\xe3\x80\x80\xc2\xa0" "c ", "a b c" },
		{ "满\xe2\x80\x8b意", "满意" }, { "\xef\xbb\xbf满意", "满意" }, { "a\x01\x7f" "b", "ab" }, { "", "" }, { " ", "" },
		{ "满意。", "满意。" },
		{ "ÀÉ", "ÀÉ" }, { "a\xff", "a\xef\xbf\xbd" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(CASES); i++) {
		struct buf out;
		buf_init(&out, 1000);
		text_fold(CASES[i].in, &out);
		assert_string_equal(buf_str(&out), CASES[i].out);
		buf_fini(&out);
	}
}

static void folding_stops_at_the_callers_cap(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 4);
	text_fold("满意满意", &out);
	assert_true(out.len <= 4);
	assert_true(out.overflow);
	buf_fini(&out);
}

static void a_text_that_shows_nothing_is_blank(void **state)
{
	static const char *const BLANK[] = { "", " ", "\n\t\r", "\xe3\x80\x80\xc2\xa0",
	"\xe2\x80\x8b\xef\xbb\xbf\xe2\x81\xa0", "\x01\x02", "\xef\xb8\x8f" };
	static const char *const NOT[] = { ".", "1", "。", "👍", "\xff", " a " };
	(void)state;
	assert_int_equal(count_wrong(text_blank, BLANK, COUNT(BLANK), true), 0);
	assert_int_equal(count_wrong(text_blank, NOT, COUNT(NOT), false), 0);
}

static void any_han_character_makes_it_chinese(void **state)
{
	static const char *const ZH[] = { "你好", "hello 你", "1", "", "？", "𠮷", "👍", "１２３" };
	static const char *const EN[] = { "hello", "Ça va", "1st", "Привет", "ｈｉ" };
	(void)state;
	for (size_t i = 0; i < COUNT(ZH); i++)
		assert_string_equal(text_language(ZH[i]), "zh-CN");
	for (size_t i = 0; i < COUNT(EN); i++)
		assert_string_equal(text_language(EN[i]), "en");
}

static void a_title_is_the_subject_or_the_first_sentence_that_says_something(void **state)
{
	static const struct { const char *subject, *text, *title; unsigned max; } CASES[] = {
		{ "路灯不亮", "正文", "路灯不亮", 20 }, { " 路灯\r\n 不亮 ", "正文", "路灯 不亮", 20 }, { NULL, "路灯坏了。请修。", "路灯坏了", 20 },
		{ "", "路灯坏了！请修", "路灯坏了", 20 }, { " ", "路灯坏了\n幸福路8号", "路灯坏了", 20 }, { NULL, "您好！路灯坏了。", "路灯坏了", 20 },
		{ NULL, "尊敬的领导：您好！\n\n路灯坏了。", "路灯坏了", 20 }, { NULL, "您好", "您好", 20 },
		{ NULL, "Hello. The lamp is broken. Fix it", "The lamp is broken", 20 },
		{ NULL, "小区3.5米高的墙倒了", "小区3.5米高的墙倒了", 20 }, { NULL, "一二三四五六", "一二三四…", 5 }, { NULL, "一二三四五", "一二三四五", 5 },
		{ "abcdef", "", "ab…", 3 }, { NULL, "", "", 5 }, { NULL, "👍👍👍", "👍…", 2 }, { NULL, "\n\n路灯坏了", "路灯坏了", 20 },
		{ NULL, "救命！我家着火了，幸福路8号三楼", "我家着火了，幸福路8号三楼", 20 }, { NULL, "救命！", "救命", 20 },
		{ NULL, "我要投诉。楼下油烟扰民。", "楼下油烟扰民", 20 }, { NULL, "Help! There is gas in the corridor", "There is gas in the…", 20 },
		{ NULL, "急！急！水管爆了", "水管爆了", 20 },
		{ NULL, "？？路灯坏了。请修", "路灯坏了", 20 }, { NULL, "？？", "？？", 20 }, { NULL, "！！！", "！…", 2 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(CASES); i++) {
		struct buf out;
		buf_init(&out, 1000);
		text_title(CASES[i].subject, CASES[i].text, CASES[i].max, &out);
		assert_string_equal(buf_str(&out), CASES[i].title);
		buf_fini(&out);
	}
}

static void a_text_is_passed_on_without_its_links(void **state)
{
	static const struct { const char *text, *without; } CASES[] = {
		{ "您的账户已冻结，请登录 https://evil.example/12345 解冻", "您的账户已冻结，请登录 … 解冻" }, { "看这里WWW.Evil.COM/a?b=1", "看这里…" },
		{ "HTTP://1.2.3.4/x 路灯坏了", "… 路灯坏了" }, { "小区3.5米高的墙倒了", "小区3.5米高的墙倒了" }, { "", "" }, { "路灯坏了。", "路灯坏了。" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(CASES); i++) {
		struct buf out;
		buf_init(&out, 1000);
		text_unlinked(CASES[i].text, &out);
		assert_string_equal(buf_str(&out), CASES[i].without);
		buf_fini(&out);
	}
}

static void courtesy_is_courtesy_and_nothing_else(void **state)
{
	static const char *const YES[] = { "谢谢", "谢谢！", "谢谢你们", "多谢", "非常感谢", "感谢政府，辛苦了", "好的", "好的，谢谢", "收到", "知道了",
	"嗯", "OK", "ok!",
		"thanks", "Thank you very much!", "Got it, thanks", "🙏", "您好，谢谢", "辛苦了👍", "太感谢了", "謝謝", "没问题", "谢谢领导关心" };
	static const char *const NO[] = { "", "你好", "在吗", "谢谢，但是还没修", "好的，什么时候来？", "谢谢？", "好吵", "收到罚单了", "很好", "满意", "1",
	"thanks for nothing, still broken",
		"ok but slow", "谢谢，另外路灯也坏了", "好的那什么时候修", "可以投诉吗", "。", "不谢谢", "没谢" };
	(void)state;
	assert_int_equal(count_wrong(text_courtesy, YES, COUNT(YES), true), 0);
	assert_int_equal(count_wrong(text_courtesy, NO, COUNT(NO), false), 0);
}

static void a_matter_that_goes_on_is_unsolved(void **state)
{
	static const char *const YES[] = { "没解决", "没有解决", "未解决", "还没解决", "问题没有得到解决", "根本没有解决", "没处理", "未处理", "没人处理",
	"还没修", "路还没修", "还没修好",
		"到现在没修", "至今没有人来修", "一直没人管", "又坏了", "修好了又坏了", "又堵了", "还是老样子", "问题依旧", "没有任何改善", "没有整改", "没有落实", "部分解决",
		"还没有答复", "沒解決", "還沒修", "没有被解决", "没能解决", "迟迟不解决", "解决不了", "答复与事实不符", "没人来", "not fixed", "Not solved!",
		"it isn't fixed", "The lamp is still broken", "nobody came", "has not been repaired", "unresolved",
		"same problem again" };
	static const char *const NO[] = { "", "解决了", "已解决", "有没有解决", "解决没解决", "修没修", "没有解决办法", "如果没解决我再找你们", "要是还没修好怎么办",
	"没电了", "没水",
		"没有路灯", "没问题", "没有处理不了的事", "请尽快解决", "什么时候修", "谢谢", "满意", "fixed", "solved",
		"if it is not fixed I will call again",
		"没修养", "没办法", "未来", "没有理由", "3 路还没来" };
	(void)state;
	assert_int_equal(count_wrong(text_unsolved, YES, COUNT(YES), true), 0);
	assert_int_equal(count_wrong(text_unsolved, NO, COUNT(NO), false), 0);
}

static void a_question_for_the_status_is_asked_and_nothing_else(void **state)
{
	static const char *const YES[] = { "查询", "查询。", "查", "进度", "查询进度", "查进度", "办理进度", "查询 20261122200000015",
	"20261122200000015", "工单号20261122200000015",
		"20261122200000015怎么样了", "我的工单怎么样了", "请问处理得怎么样了", "有结果了吗？", "办好了吗", "修好了吗？", "处理了没有", "查一下我的投诉", "帮我查一下进度，谢谢",
		"status", "Status?", "what is the status of my ticket", "any update?", "check status", "progress", "CX", "查詢" };
	static const char *const NO[] = { "", "你好", "1", "查询不到我的社保", "查处违建", "进度太慢了", "怎么样才能办证", "检查一下电表", "小区施工进度太慢",
	"谢谢", "20261122200000015又坏了",
		"status quo", "我要投诉", "路灯怎么样了才能修", "查水表", "20261122200000016", "工单", "请问" };
	(void)state;
	assert_int_equal(count_wrong(text_query, YES, COUNT(YES), true), 0);
	assert_int_equal(count_wrong(text_query, NO, COUNT(NO), false), 0);
}

static void spam_is_known_by_several_signs_at_once(void **state)
{
	static const char *const YES[] = { "海!外直播 v.ht/24444 精彩不停", "海!外直*播 www.abcd.top", "加微信 abc123 兼职日结 高薪", "澳门赌场 百家乐 首充送彩金 t.cn/Axyz",
	"Cheap viagra http://x.top click here",
		"http://a.top/1 http://b.top/2 http://c.top/3 http://d.top/4", "无抵押贷款 秒批 加V信：abc", "ｖ．ｈｔ／２４４４４ 裸*聊直*播" };
	static const char *const NO[] = { "", "小区停水三天了", "视频在这里 https://v.douyin.com/abc",
	"https://mp.weixin.qq.com/s/abcdef", "http://www.abc.com/1.jpg",
		"收到诈骗短信，让我点 v.ht/xxx 兼职刷单，请查处", "举报棋牌室赌博扰民", "有人发小广告贷款办证，贴满楼道", "网上平台 www.abc.com 卖假货，兼职骗局，我被骗了5000元",
		"楼下KTV直播到半夜", "请问开发票和贷款怎么办", "I want to report a scam: bit.ly/x promised a prize",
		"截图 http://a.com/1.jpg http://a.com/2.jpg", "发邮件到 a@b.com 没人回" };
	(void)state;
	assert_int_equal(count_wrong(text_link_spam, YES, COUNT(YES), true), 0);
	assert_int_equal(count_wrong(text_link_spam, NO, COUNT(NO), false), 0);
}

static void a_new_matter_is_heard_behind_an_answer(void **state)
{
	static const char *const YES[] = { "另外，路灯也坏了", "我要投诉物业", "请问怎么办证", "By the way, the lamp is broken", "顺便说一下" };
	static const char *const NO[] = { "", "工作人员很耐心", "路还没修", "谢谢", "请尽快" };
	(void)state;
	assert_int_equal(count_wrong(text_new_matter, YES, COUNT(YES), true), 0);
	assert_int_equal(count_wrong(text_new_matter, NO, COUNT(NO), false), 0);
}

static void a_word_of_letters_stands_by_itself(void **state)
{
	(void)state;
	assert_true(text_has("the house is on fire!", "fire"));
	assert_true(text_has("fire", "fire"));
	assert_true(text_has("我家fire了", "fire"));
	assert_false(text_has("he was fired", "fire"));
	assert_false(text_has("campfire", "fire"));
	assert_true(text_has("campfire fire", "fire"));
	assert_true(text_has("我家着火了", "着火"));
	assert_false(text_has("我家着了火", "着火"));
	assert_false(text_has("", "着火"));
	assert_false(text_has("着火", ""));
}

static void no_text_is_too_long_or_too_broken(void **state)
{
	(void)state;
	size_t n = 1 << 20;
	char *big = malloc(n + 1);
	assert_non_null(big);
	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 2654435761u >> 13);
	for (size_t i = 0; i < n; i++)
		if (!big[i])
			big[i] = ' ';
	big[n] = '\0';
	struct buf out;
	buf_init(&out, 100);
	text_title(NULL, big, 20, &out);
	text_blank(big);
	text_language(big);
	assert_false(text_courtesy(big));
	assert_false(text_query(big));
	text_unsolved(big);
	text_link_spam(big);
	buf_fini(&out);
	free(big);
}

static void a_matter_is_taken_back_by_the_word_or_for_a_known_reason(void **state)
{
	(void)state;
	static const char *const yes[] = { "撤回", "撤单", "我要撤回", "请帮我撤销这个工单", "申请撤回工单20261122200000015", "撤回20261122200000015，已经解决了",
		"您好，我想撤回昨天的投诉。谢谢", "取消投诉", "撤回，邻居已经修好了", "Withdraw", "please withdraw my complaint", "Cancel my request, it is fixed",
		"取消工单，不用继续处理了", "撤单，不要了", "撤回，刚才给我修好了", "撤回，别人已经修好了", "撤销工单，没问题了", "取消投诉，已经解决，特别感谢",
		"撤回工单，不需要处理了", "撤回，不给你们添麻烦了", "撤销投诉，没必要继续了", "撤回，我不要投诉了", "撤回，请不要继续处理", "撤回，请不要再派人了",
		"撤回，请别再处理了", "撤回，不再处理", "撤回，不想继续了", "撤单，昨天才给修好的", "撤回，没有人骂我", "撤回，已经协商好了", "撤回 已经解决了 谢谢",
		"确认撤回", "撤回，是我弄错了", "撤销投诉，双方已和解，你们不用来了，辛苦了", "撤单，误会一场", "撤回，我家已经修好了", "撤单，找到了", "cancel the ticket, no longer needed, thanks" };
	assert_int_equal(count_wrong(text_withdraw, yes, COUNT(yes), true), 0);
	assert_int_equal(count_wrong(text_withdraw_unclear, yes, COUNT(yes), false), 0);
}

static void what_protests_asks_or_sets_a_condition_takes_nothing_back(void **state)
{
	(void)state;
	static const char *const unclear[] = { "取消工单，我没同意", "取消工单。我没有同意！", "撤单，不是我要求的", "撤回投诉，否则对方要打我", "我想撤销投诉，是被逼的",
		"取消投诉，凭什么", "撤销，请恢复原来的站点", "Cancel my complaint, they said, or else: I am forced",
		"取消工单，问题没解决", "取消工单！问题根本没有解决！", "撤单了，但是没人处理", "撤销工单，还没修好", "取消工单，请继续处理", "撤回诉求，我改主意了，请继续办理",
		"撤单，不要", "撤销工单，请不要", "取消诉求，不，不要取消", "撤单，请别撤", "取消投诉，不处理我就去北京", "取消工单，我要投诉你们",
		"撤回工单！骗人！没有处理就办结！", "撤销工单，骗子", "撤诉求，村长说不撤就不给低保", "撤诉求，社区说撤了才给我修", "撤回诉求，你们逼着我撤的", "撤销投诉，他们骂我",
		"撤销投诉，他们打电话骚扰我", "撤单。不作为", "撤单，欺负老百姓", "取消工单，反正投诉也没用", "withdraw my complaint, still not fixed",
		"cancel my ticket - I never agreed", "cancel the ticket, nobody fixed anything", "撤诉求，先修好", "撤诉求，等修好再说", "撤单，请重新受理", "取消工单，我不服",
		"撤回，社区叫撤的", "撤回，村干部上门让撤的", "cancel my request. they made me do it", "撤单，修好了？", "取消工单？", "撤回，你们搞错了", "撤单，你们满意了",
		"撤单，给我修好", "撤单，我被处理了", "撤单，你们不想管", "撤单，物业不再处理", "撤单，解决问题", "撤回 凭什么", "撤单，不要再拖了", "撤单，谢谢你们什么都没做",
		"撤单，你们说好了来修", "撤单，他们找到我家了", "撤单，村里派人来处理我了", "撤单，这就是你们处理的", "撤单，换人了",
		"撤销，问题解决了，不知道是谁修的，谢谢", "cancel my ticket, get it fixed", "cancel my ticket, it was your mistake" };
	static const char *const other[] = { "撤销我的行政处罚决定", "撤回公告不合理", "我要撤销婚姻登记", "要求撤销违章停车罚单", "撤回的申请没人理", "撤销业委会备案",
		"withdraw my deposit from the fund", "取消公交线路不合理", "I want to cancel my marriage registration appointment", "不要撤回", "我不同意撤单" };
	assert_int_equal(count_wrong(text_withdraw, unclear, COUNT(unclear), false), 0);
	assert_int_equal(count_wrong(text_withdraw_unclear, unclear, COUNT(unclear), true), 0);
	assert_int_equal(count_wrong(text_withdraw, other, COUNT(other), false), 0);
	assert_int_equal(count_wrong(text_withdraw_unclear, other, COUNT(other), false), 0);
}

static void who_asks_to_stay_unknown_is_heard(void **state)
{
	(void)state;
	static const char *const yes[] = { "楼上饭店排污水，请为我保密", "匿名举报：某厂夜间偷排", "不要透露我的电话", "Please keep my name out of it, keep it confidential" };
	static const char *const no[] = { "保密局旁边的路灯坏了", "不需要保密", "某公司泄露商业秘密", "the street lamp is broken" };
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!text_confidential(yes[i]))
			fail_msg("asks for nothing: %s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (text_confidential(no[i]))
			fail_msg("asks to stay unknown: %s", no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_matter_is_taken_back_by_the_word_or_for_a_known_reason),
		cmocka_unit_test(what_protests_asks_or_sets_a_condition_takes_nothing_back),
		cmocka_unit_test(who_asks_to_stay_unknown_is_heard),
		cmocka_unit_test(folding_makes_writings_of_one_word_equal),
		cmocka_unit_test(folding_stops_at_the_callers_cap),
		cmocka_unit_test(a_text_that_shows_nothing_is_blank),
		cmocka_unit_test(any_han_character_makes_it_chinese),
		cmocka_unit_test(a_text_is_passed_on_without_its_links),
		cmocka_unit_test(a_title_is_the_subject_or_the_first_sentence_that_says_something),
		cmocka_unit_test(courtesy_is_courtesy_and_nothing_else),
		cmocka_unit_test(a_matter_that_goes_on_is_unsolved),
		cmocka_unit_test(a_question_for_the_status_is_asked_and_nothing_else),
		cmocka_unit_test(spam_is_known_by_several_signs_at_once),
		cmocka_unit_test(a_new_matter_is_heard_behind_an_answer),
		cmocka_unit_test(a_word_of_letters_stands_by_itself),
		cmocka_unit_test(no_text_is_too_long_or_too_broken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
