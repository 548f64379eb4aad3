/* Whoever reads what a citizen was told cannot speak as the citizen by it; and reads all the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/cover.h"

#define NUMBER "20261130100000018"

struct said { enum cover_of of; const char *event, *text, *read; /* NULL: as it stands */ };

static void check(const struct said *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf b;
		buf_init(&b, COVER_MAX(s[i].text));
		bool any = cover(s[i].of, s[i].event, s[i].text, &b);
		assert_string_equal(any ? buf_str(&b) : s[i].text, s[i].read ? s[i].read : s[i].text);
		assert_int_equal(any, s[i].read != NULL);
		assert_false(b.overflow);
		buf_fini(&b);
	}
}

static void a_link_to_rate_is_covered_in_whatever_it_stands(void **state)
{
	static const struct said SAID[] = {
		{ COVER_OURS, "closed", "请评价：https://c.example/rate/5a1-7c.abcdefgh234567ij\n谢谢", "请评价：https://c.example/rate/…\n谢谢" },
		{ COVER_THEIRS, "", "> https://c.example/rate/5a1-7c.abcdefgh234567ij?a=5", "> https://c.example/rate/…?a=5" },
		{ COVER_ELSE, "", "https://c.example/RATE/5A1-7C.ABCDEFGH234567IJ", "https://c.example/RATE/…" },
		{ COVER_QUOTED, "", "https://safe.example/?u=https%3A%2F%2Fc.example%2Frate%2F5a1-7c.abcdefgh234567ij&x", "https://safe.example/?u=https%3A%2F%2Fc.example%2Frate%…&x" },
		{ COVER_ELSE, "", "cut: https://c.example/rate/5a1-7c.ab", "cut: https://c.example/rate/…" },
		{ COVER_ELSE, "", "one /rate/a two /rate/b", "one /rate/… two /rate/…" },
		{ COVER_ELSE, "", "利率/rate/、评价 and /rates/1 5-5. 10-20.30", NULL },
	};
	(void)state;
	check(SAID, sizeof SAID / sizeof *SAID);
}

static void a_code_is_covered_where_it_is_one(void **state)
{
	static const struct said SAID[] = {
		{ COVER_OURS, "received", "工单号 " NUMBER "，查询码 012345。", "工单号 " NUMBER "，查询码 ••••••。" },
		{ COVER_OURS, "guide-where", "工单号 " NUMBER "，查询码 012345。", "工单号 " NUMBER "，查询码 ••••••。" },
		{ COVER_OURS, "phone-code", "您的验证码是 012345", "您的验证码是 ••••••" },
		{ COVER_OURS, "transferred", "工单号 " NUMBER "，编码 012345", NULL },
		{ COVER_OURS, "", "邮编 100000", NULL },
		{ COVER_QUOTED, "", "> 工单号 " NUMBER "，查询码 012345", "> 工单号 " NUMBER "，查询码 ••••••" },
		{ COVER_QUOTED, "", "> 邮编 100000", NULL },
		{ COVER_THEIRS, "", "查询 " NUMBER " 012345", "查询 " NUMBER " ••••••" },
		{ COVER_THEIRS, "", "查询 " NUMBER " ０１２３４５", "查询 " NUMBER " ••••••" },
		{ COVER_THEIRS, "", "查询码012345，工单号" NUMBER "，请尽快答复我，到哪一步了", "查询码••••••，工单号" NUMBER "，请尽快答复我，到哪一步了" },
		{ COVER_THEIRS, "", "我的查询码是012345，请尽快", "我的查询码是••••••，请尽快" },
		{ COVER_THEIRS, "", "my code is 012345 for " NUMBER ", please hurry", "my code is •••••• for " NUMBER ", please hurry" },
		{ COVER_THEIRS, "", " ０１２３４５ ", " •••••• " },
		{ COVER_THEIRS, "", NUMBER "，我的房号是 100000，水管又漏了，请派人来看", NULL },
		{ COVER_THEIRS, "", "邮编 100000，电话 0101234567", NULL },
		{ COVER_ELSE, "", "工单号 " NUMBER "，邮编 100000", NULL },
	};
	(void)state;
	check(SAID, sizeof SAID / sizeof *SAID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_to_rate_is_covered_in_whatever_it_stands),
		cmocka_unit_test(a_code_is_covered_where_it_is_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
