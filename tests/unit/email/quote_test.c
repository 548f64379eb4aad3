#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/quote.h"
#include "gateway/base/buf.h"

/* What is said, given text and hint. */
static void said(const char *text, long hint, const char *want)
{
	struct quote q = quote_find(text, hint);
	char got[4000];
	assert_true(q.said < sizeof got && q.said <= q.below);
	memcpy(got, text, q.said);
	got[q.said] = '\0';
	assert_string_equal(got, want);
}

static void every_client_mark_parts(void **state)
{
	(void)state;
	static const char *const below[] = {
		"------------------ 原始邮件 ------------------\n发件人: \"a\" <a@b>;\n发送时间: 2019年7月4日\n主题: x\n\n旧",
		"------------------ Original ------------------\nFrom:  \"a\" <a@b>;\nDate:  Thu\nSubject: x\n\n旧",
		"   Original\nFrom: a\nSent Time: 2026\nTo: b\n旧",
		"在 2026-10-03 18:28:31，\"Name\" <a@b> 写道：\n\n旧",
		"At 2026-10-03 18:28:31, \"Name\" <a@b> wrote:\n>旧",
		"---- 回复的原邮件 ----\n| 发件人 | a |\n| 日期 | 2026 |\n| 主题 | x |\n旧",
		"-----原始邮件-----\n发件人:\"X\" <a@b>\n发送时间:2021-05-05 17:31:04 (星期三)\n收件人: b\n抄送:\n主题: x\n\n旧",
		"----- 原始邮件 -----\n发件人：a\n收件人：b\n主题：x\n日期：2019年07月04日 11点27分\n旧",
		"发件人: a <a@b>\n发送时间: 2026年\n收件人: b\n主题: x\n\n旧",
		"________________________________\n发件人： a\n发送时间： 2026\n收件人： b\n主题： x\n旧",
		"> 在 2016年12月12日，下午8:45，Name <a@b> 写道：\n> \n> 旧",
		"2019年7月2日 上午2:59，Name <a@b> 写道：\n旧",
		"Name <a@b> 于2019年7月2日周二\n下午5:36写道：\n> 旧",
		"---- 在 Tue, 02 Jul 2019 17:36 <a@b> 撰写 ----\n旧",
		"> === 请在此行以上回复 ===\n> 旧",
		"**发件人:** a\n**发送时间:** b\n**主题:** c\n旧",
		"> 旧\n> 旧\n",
	};
	for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
		char text[2000];
		snprintf(text, sizeof text, "路灯还没修好\n请处理\n\n\xC2\xA0\n%s", below[i]);
		said(text, -1, "路灯还没修好\n请处理");
		assert_string_equal(text + quote_find(text, -1).below, below[i]);
	}
}

static void nothing_above_means_nothing_is_cut(void **state)
{
	(void)state;
	static const char forwarded[] = "------------------ 原始邮件 ------------------\n发件人: a\n发送时间: b\n主题: c\n\n正文";
	said(forwarded, -1, forwarded);
	static const char below[] = "在 2026-10-03 18:28:31，\"N\" <a@b> 写道：\n> 旧\n\n我的回答写在下面";
	said(below, -1, below);
	said("-- \n只有签名", -1, "-- \n只有签名");
	said("发自我的iPhone", -1, "发自我的iPhone");
	said("　\n正文", 3, "　\n正文");
}

static void words_like_marks_are_kept(void **state)
{
	(void)state;
	said("他在微信里写道：我不管\n所以我投诉", -1, "他在微信里写道：我不管\n所以我投诉");
	said("公告写道：\n停水三天", -1, "公告写道：\n停水三天");
	said("原始邮件我找不到了\n请重发", -1, "原始邮件我找不到了\n请重发");
	said("发件人: 我\n请查", -1, "发件人: 我\n请查");
	said("> 引用\n回答一\n> 引用\n回答二", -1, "> 引用\n回答一\n> 引用\n回答二");
}

static void signatures_go_below(void **state)
{
	(void)state;
	said("路灯坏了\n\n发自我的 iPhone", -1, "路灯坏了");
	said("路灯坏了\n从我的华为手机发送\n", -1, "路灯坏了");
	said("路灯坏了\n获取 Outlook for iOS\n", -1, "路灯坏了");
	said("路灯坏了\n-- \n张三\n138", -1, "路灯坏了");
	said("路灯坏了\n發自我的 iPhone\n\n在 2026-10-03 18:28:31，\"N\" <a@b> 写道：\n旧", -1, "路灯坏了");
	said("发自内心感谢你们\n路灯修好了\n一\n二\n三", -1, "发自内心感谢你们\n路灯修好了\n一\n二\n三");
}

static void the_markup_hint_counts_when_text_shows_nothing(void **state)
{
	(void)state;
	said("修好了\n\n旧的内容", (long)strlen("修好了"), "修好了");
	/* A zero-width blank is all that some editors leave above. */
	said("\xE2\x80\x8B\n旧的内容", (long)strlen("\xE2\x80\x8B"), "\xE2\x80\x8B\n旧的内容");
}

/* A mark by itself a hundred thousand times, with words behind them all: each used to be followed to the end. */
static void marks_are_read_once(void **state)
{
	struct buf text;
	(void)state;
	buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < 200000; i++)
		buf_adds(&text, "> \n\n");
	size_t above = text.len;
	buf_adds(&text, "路灯坏了\n> a\n\n> b");
	assert_int_equal(quote_find(buf_str(&text), -1).said, above + strlen("路灯坏了"));
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_client_mark_parts),
		cmocka_unit_test(nothing_above_means_nothing_is_cut),
		cmocka_unit_test(words_like_marks_are_kept),
		cmocka_unit_test(marks_are_read_once),
		cmocka_unit_test(signatures_go_below),
		cmocka_unit_test(the_markup_hint_counts_when_text_shows_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
