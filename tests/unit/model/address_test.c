/* One person has one address, and nobody sees more of it than needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/utf8.h"
#include "gateway/model/address.h"

struct pair { const char *in, *out; };

static void a_channels_kind_says_which_form(void **state)
{
	char out[MSG_PEER_MAX], longest[MSG_PEER_MAX + 1];
	(void)state;
	assert_true(address_of_kind("sms", "138 0013 8000", out));
	assert_string_equal(out, "+8613800138000");
	assert_false(address_of_kind("sms", "匿名", out));
	assert_true(address_of_kind("email", "Wang@QQ.com", out));
	assert_string_equal(out, "wang@qq.com");
	assert_false(address_of_kind("email", "13800138000", out));
	assert_true(address_of_kind("wechat", "oAbC_1", out));
	assert_string_equal(out, "oAbC_1");
	memset(longest, 'x', MSG_PEER_MAX);
	longest[MSG_PEER_MAX] = '\0';
	assert_false(address_of_kind("wechat", longest, out));
}

static void one_phone_has_one_form(void **state)
{
	static const struct pair CASES[] = {
		{ "13800138000", "+8613800138000" }, { "+8613800138000", "+8613800138000" },
		{ "8613800138000", "+8613800138000" },
		{ "008613800138000", "+8613800138000" }, { "+86 138 0013 8000", "+8613800138000" },
		{ "138-0013-8000", "+8613800138000" },
		{ "(+86) 138.0013.8000", "+8613800138000" }, { "１３８００１３８０００", "+8613800138000" },
		{ "＋８６１３８００１３８０００", "+8613800138000" },
		{ " 13800138000\n", "+8613800138000" }, { "tel:+8613800138000", "+8613800138000" },
		{ "19912345678", "+8619912345678" },
		{ "138\xe2\x80\x8b" "00138000", "+8613800138000" },
		{ "010-12345678", "01012345678" }, { "02112345678", "02112345678" }, { "+86 10 1234 5678", "+861012345678" },
		{ "12345", "12345" }, { "10086", "10086" }, { "1069012345678901", "1069012345678901" },
		{ "10690123456", "10690123456" },
		{ "12025550100", "12025550100" }, { "+1 (202) 555-0100", "+12025550100" }, { "0012025550100", "+12025550100" },
		{ "0085291234567", "+85291234567" }, { "00", "00" },
		{ "+1 (310) 555-0123", "+13105550123" }, { "0013105550123", "+13105550123" }, /* what is written out is believed */
		{ "＋１３１０５５５０１２３", "+13105550123" }, { "13105550123", "+8613105550123" },
	};
	(void)state;
	char out[MSG_PEER_MAX];
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		assert_true(address_phone(CASES[i].in, out));
		assert_string_equal(out, CASES[i].out);
		assert_true(address_phone(CASES[i].out, out));
		assert_string_equal(out, CASES[i].out);
	}
}

static void what_is_no_phone_is_refused(void **state)
{
	static const char *const BAD[] = { "", " ", "+", "-", "abc", "BANK10086", "12345x",
	"123456789012345678901234567890123", "1\xff" };
	(void)state;
	char out[MSG_PEER_MAX];
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		assert_false(address_phone(BAD[i], out));
}

static void one_mailbox_has_one_form(void **state)
{
	static const struct pair CASES[] = {
		{ "a@b.example", "a@b.example" }, { "Li.Lei@QQ.COM", "li.lei@qq.com" }, { " 123@qq.com ", "123@qq.com" },
		{ "a+tag@b-c.example", "a+tag@b-c.example" }, { "用户@例子.中国", "用户@例子.中国" },
		{ "root@localhost", "root@localhost" },
	};
	static const char *const BAD[] = { "", "a", "@", "a@", "@b.example", "a b@c.example", "a@b..example", "a@.b",
	"a@b.", "a@-b.example",
		"a@b-.example", "<a@b.example>", "a@b@c.example", ".a@b.example", "a@b\n.example",
		"a@b_c.example",
		"a\xff@b.example", "a,b@c.example" };
	(void)state;
	char out[MSG_PEER_MAX], longest[400];
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		assert_true(address_email(CASES[i].in, out));
		assert_string_equal(out, CASES[i].out);
	}
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		assert_false(address_email(BAD[i], out));
	memset(longest, 'a', sizeof longest);
	memcpy(longest + 330, "@b.example", 11);
	assert_false(address_email(longest, out));
	assert_false(address_email(longest + 330 - 65, out));
	assert_true(address_email(longest + 330 - 64, out));
}

static void a_mask_shows_enough_to_tell_two_apart(void **state)
{
	static const struct pair CASES[] = {
		{ "+8613812345678", "138****5678" }, { "13812345678", "138****5678" }, { "+12025550100", "+120****0100" },
		{ "01012345678", "010****5678" }, { "12345678", "12****78" }, { "10086", "****6" }, { "1", "****1" },
		{ "zhangsan@qq.com", "z***@qq.com" }, { "a@b.example", "a***@b.example" }, { "张三@例子.中国", "张***@例子.中国" },
		{ "@b.example", "***@b.example" }, { "c9f1e7a03f2a", "访客 3f2a" }, { "oAbC-_x9-Y_z", "访客 x9Yz" },
		{ "v:1", "访客 v1" },
		{ "", "访客 " },
	};
	(void)state;
	char out[MSG_PEER_MAX];
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		address_mask(CASES[i].in, out);
		assert_string_equal(out, CASES[i].out);
	}
}

static void a_mask_is_one_clean_line_whatever_it_masks(void **state)
{
	char out[MSG_PEER_MAX];
	(void)state;
	address_mask("\xe5\xbc@a\xff.cn", out);
	assert_string_equal(out, "访客 acn");
	address_mask("a\nb@c.cn", out);
	assert_string_equal(out, "访客 bccn");
}

static void a_mask_never_outgrows_its_place(void **state)
{
	(void)state;
	char in[2000], out[MSG_PEER_MAX];
	memset(in, '1', sizeof in);
	in[sizeof in - 1] = '\0';
	address_mask(in, out);
	assert_true(strlen(out) < 40);
	in[0] = '@';
	address_mask(in, out);
	assert_true(strlen(out) < MSG_PEER_MAX);
	in[0] = 'a';
	in[1] = '@';
	address_mask(in, out);
	assert_true(strlen(out) < MSG_PEER_MAX);
	for (size_t from = 2; from < 5; from++) { /* nor ends within a character */
		for (size_t i = from; i + 4 < sizeof in; i += 3)
			memcpy(in + i, "\xe2\x80\xaf", 4);
		address_mask(in, out);
		assert_true(utf8_valid(out, strlen(out)));
	}
}

static void a_name_keeps_its_first_character(void **state)
{
	static const struct pair CASES[] = {
		{ "张三", "张*" }, { "张三丰", "张**" }, { "欧阳娜娜", "欧***" }, { "买买提·艾山江", "买***" }, { "张", "张*" },
		{ "John Smith", "J***" },
		{ "", "" }, { "𠮷野", "𠮷*" },
	};
	(void)state;
	char out[MSG_PEER_MAX];
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		address_mask_name(CASES[i].in, out);
		assert_string_equal(out, CASES[i].out);
	}
	address_mask_name("\xff\xfe", out);
	assert_string_equal(out, "**");
}

static void a_channels_words_name_nobody(void **state)
{
	static const struct { const char *peer, *words, *masked; } CASES[] = {
		{ "secretli@example.org", "550 5.1.1 <secretli@example.org>: Recipient address rejected: User unknown",
			"550 5.1.1 <s***@example.org>: Recipient address rejected: User unknown" },
		{ "secretli@example.org", "550 <SecretLi@Example.ORG> unknown", "550 <S***@Example.ORG> unknown" },
		{ "secretli@example.org", "smtp;550 No such user secretli.", "smtp;550 No such user s***@example.org." },
		{ "secretli@example.org", "554 to=secretli@example.org,", "554 t***@example.org," },
		{ "li@example.org", "forwarded to wu.min@example.com. Mailbox full", "forwarded to w***@example.com. Mailbox full" },
		{ "li@example.org", "收件人li@example.org不存在", "收***@example.org不存在" },
		{ "user@example.org", "550 User unknown", "550 u***@example.org unknown" }, /* rather too much */
		{ "li@example.org", "Li is listed @ spam.example", "Li is listed @ spam.example" },
		{ "+8613800138001", "号码13800138001是空号", "号码138****8001是空号" },
		{ "+8613800138001", "+8613800138001 8613800138001 008613800138001", "138****8001 138****8001 138****8001" },
		{ "01012345678", "no route to 01012345678", "no route to 010****5678" },
		{ "+8613800138001", "forwarded to 13912345678", "forwarded to 139****5678" },
		{ "+8613800138001", "0x45 20260301 err:001 id 138001380011380013800", "0x45 20260301 err:001 id 138001380011380013800" },
		{ "oFYXk5aB3f2a", "invalid openid ofyxk5ab3f2a, rid: 61", "invalid openid 访客 3f2a, rid: 61" },
		{ "", "550 <wu@example.com> unknown", "550 <w***@example.com> unknown" },
		{ NULL, "13912345678 off", "139****5678 off" },
		{ "li@example.org", "", "" }, { "li@example.org", "@@ @ a@ @b .@.", "@@ @ a@ @b .@." },
	};
	struct arena *a = arena_create(1024);
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		const char *once = address_mask_words(a, CASES[i].words, CASES[i].peer);
		assert_string_equal(once, CASES[i].masked);
		if (CASES[i].peer && strchr(CASES[i].peer, '@'))
			assert_string_equal(address_mask_words(a, once, CASES[i].peer), once);
	}
	assert_null(address_mask_words(a, NULL, "li@example.org"));
	arena_destroy(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_channels_kind_says_which_form),
		cmocka_unit_test(one_phone_has_one_form),
		cmocka_unit_test(what_is_no_phone_is_refused),
		cmocka_unit_test(one_mailbox_has_one_form),
		cmocka_unit_test(a_mask_shows_enough_to_tell_two_apart),
		cmocka_unit_test(a_mask_is_one_clean_line_whatever_it_masks),
		cmocka_unit_test(a_mask_never_outgrows_its_place),
		cmocka_unit_test(a_name_keeps_its_first_character),
		cmocka_unit_test(a_channels_words_name_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
