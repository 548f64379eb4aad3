#include "cmocka_all.h"

#include <string.h>

#include "adapters/email/charset.h"
#include "mails.h"

static struct buf out;

static const char *decoded(const char *label, const void *p, size_t n)
{
	buf_fini(&out);
	buf_init(&out, 1 << 20);
	charset_decode(label, CHARSET_MAINLAND, p, n, &out);
	return buf_str(&out);
}

static int end(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static void every_gb_label_reads_gb18030(void **state)
{
	(void)state;
	static const char *const labels[] = { "gb2312", "GBK", "x-gbk", "cp936", "windows-936", "gb_2312-80",
		"EUCGB2312_CN" };
	struct buf b;
	buf_init(&b, 1000);
	in_charset("GB18030", "镕喆囧㐀𠀀😀", &b);
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		assert_string_equal(decoded(labels[i], b.data, b.len), "镕喆囧㐀𠀀😀");
	buf_fini(&b);
}

static void byte_80_is_a_euro_sign_in_gbk(void **state)
{
	(void)state;
	assert_string_equal(decoded("gb2312", "\x80" "5", 2), "€5");
}

static void a_label_with_iconv_flags_is_unknown_and_guessed(void **state)
{
	(void)state;
	assert_null(charset_lookup("gbk//IGNORE"));
	assert_null(charset_lookup(""));
	assert_string_equal(decoded("utf-8//IGNORE", "中文\xFF", 7), "中文\xEF\xBF\xBD");
}

static void labels_are_known_as_they_are_written(void **state)
{
	(void)state;
	assert_string_equal(charset_lookup("GB_2312-80"), "GB18030");
	assert_string_equal(charset_lookup("\"utf8\""), "UTF-8");
	assert_string_equal(charset_lookup("iso8859-1"), "WINDOWS-1252");
	assert_string_equal(decoded("unicode-1-1-utf-7", "+Tg1l9g-", 8), "不时");
	assert_string_equal(decoded("utf-7", "a+UU", 4), "a"); /* bits too few for a character say nothing */
	assert_string_equal(decoded("KOI8-R", "\xF0\xD2\xC9", 3), "При");
	assert_string_equal(decoded("iso-8859-8-i", "\xF9", 1), "ש");
	assert_string_equal(decoded("utf-16", "\x57\x30\x00\x61", 4), "地a");
}

static void japanese_with_windows_letters_is_read(void **state)
{
	(void)state;
	assert_string_equal(decoded("iso-2022-jp", "\x1B$B%F%9%H\x1B(B", 12), "テスト");
	assert_string_equal(decoded("iso-2022-jp", "\x1B$B-!F|\x1B(B 1", 12), "①日 1");
	assert_string_equal(decoded("iso-2022-jp", "\x1B(I1\x1B(B", 7), "ｱ");
	assert_string_equal(decoded(NULL, "\x1B$BF|K\\\x1B(B", 10), "日本");
}

static void undeclared_latin_letters_are_no_hanzi(void **state)
{
	(void)state;
	assert_string_equal(decoded(NULL, "r\xE9sum\xE9 d'\xE9t\xE9", 12), "résumé d'été");
}

static void ascii_label_over_utf8_loses_nothing(void **state)
{
	(void)state;
	assert_string_equal(decoded("us-ascii", "中文UTF8", 10), "中文UTF8");
	assert_string_equal(decoded("iso-8859-1", "中文", 6), "中文");
}

static void gbk_under_a_latin_or_utf8_label_is_seen(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	in_charset("GBK", "小区停水", &b);
	assert_string_equal(decoded("iso-8859-1", b.data, b.len), "小区停水");
	assert_string_equal(decoded("utf-8", b.data, b.len), "小区停水");
	assert_string_equal(decoded("iso-8859-1", "caf\xE9", 4), "café");
	buf_fini(&b);
}

/* Each of these is valid UTF-8 of two-byte sequences when written in GBK. */
static void short_undeclared_gbk_is_not_taken_for_utf8(void **state)
{
	(void)state;
	static const char *const words[] = { "谢谢", "停水", "医院", "小区停水了", "路灯坏了请尽快修" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct buf b;
		buf_init(&b, 1000);
		in_charset("GBK", words[i], &b);
		assert_string_equal(decoded(NULL, b.data, b.len), words[i]);
		assert_string_equal(decoded(NULL, words[i], strlen(words[i])), words[i]);
		buf_fini(&b);
	}
}

static void undeclared_big5_is_tried_first_when_the_mail_is_traditional(void **state)
{
	(void)state;
	struct buf b, text;
	buf_init(&b, 1000);
	buf_init(&text, 1000);
	in_charset("BIG5", "路燈壞了", &b);
	charset_decode(NULL, CHARSET_TRADITIONAL, buf_str(&b), b.len, &text);
	assert_string_equal(buf_str(&text), "路燈壞了");
	buf_fini(&b);
	buf_fini(&text);
}

static void big5_has_the_hong_kong_characters(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	in_charset("BIG5-HKSCS", "嘅啲", &b);
	assert_string_equal(decoded("big5", b.data, b.len), "嘅啲");
	buf_fini(&b);
}

static void hz_and_japanese_are_read(void **state)
{
	(void)state;
	assert_string_equal(decoded("hz-gb-2312", "a~{VPND~}b~~", 12), "a中文b~");
	assert_string_equal(decoded("iso-2022-jp", "\x1B$B$3$s\x1B(B", 10), "こん");
}

static void broken_bytes_become_replacement_characters_and_the_rest_stays(void **state)
{
	(void)state;
	assert_string_equal(decoded("gb2312", "\xD6\xD0\xFF\xCE\xC4", 5), "中\xEF\xBF\xBD文");
	assert_string_equal(decoded("utf-8", "a\0b", 3), "a\xEF\xBF\xBD" "b");
}

static void a_full_buffer_keeps_what_fits(void **state)
{
	(void)state;
	struct buf small;
	buf_init(&small, 8);
	charset_decode("utf-8", CHARSET_MAINLAND, "a\0b", 3, &small);
	assert_string_equal(buf_str(&small), "a\xEF\xBF\xBD" "b");
	buf_fini(&small);
}

static void this_system_has_the_converters(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(charset_ready(&e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_gb_label_reads_gb18030),
		cmocka_unit_test(byte_80_is_a_euro_sign_in_gbk),
		cmocka_unit_test(a_label_with_iconv_flags_is_unknown_and_guessed),
		cmocka_unit_test(labels_are_known_as_they_are_written),
		cmocka_unit_test(japanese_with_windows_letters_is_read),
		cmocka_unit_test(undeclared_latin_letters_are_no_hanzi),
		cmocka_unit_test(ascii_label_over_utf8_loses_nothing),
		cmocka_unit_test(gbk_under_a_latin_or_utf8_label_is_seen),
		cmocka_unit_test(short_undeclared_gbk_is_not_taken_for_utf8),
		cmocka_unit_test(undeclared_big5_is_tried_first_when_the_mail_is_traditional),
		cmocka_unit_test(big5_has_the_hong_kong_characters),
		cmocka_unit_test(hz_and_japanese_are_read),
		cmocka_unit_test(broken_bytes_become_replacement_characters_and_the_rest_stays),
		cmocka_unit_test(a_full_buffer_keeps_what_fits),
		cmocka_unit_test(this_system_has_the_converters),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
