#include "cmocka_all.h"

#include <string.h>
#include <time.h>

#include "adapters/email/words.h"
#include "gateway/base/utf8.h"
#include "mails.h"
#include "tests/unit/slack.h"

static struct buf out;

static const char *decoded(const char *value)
{
	buf_fini(&out);
	buf_init(&out, 1 << 20);
	words_decode(value, strlen(value), CHARSET_MAINLAND, &out);
	return buf_str(&out);
}

static int end(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static void padding_ends_a_word_and_not_the_run(void **state)
{
	(void)state;
	assert_string_equal(decoded("=?utf-8?B?5YGc5rC0YQ==?= =?utf-8?B?5oqV6K+JYg==?="), "停水a投诉b");
}

static void a_character_split_between_words_is_mended(void **state)
{
	(void)state;
	struct buf bytes, value;
	buf_init(&bytes, 1000);
	buf_init(&value, 1000);
	in_charset("GB18030", "小区停水", &bytes);
	for (size_t cut = 1; cut < bytes.len; cut++) {
		buf_clear(&value);
		buf_adds(&value, "=?gb18030?B?");
		base64_encode(bytes.data, cut, 0, &value);
		buf_adds(&value, "?=\r\n =?GB18030?B?");
		base64_encode(bytes.data + cut, bytes.len - cut, 0, &value);
		buf_adds(&value, "?=");
		assert_string_equal(decoded(buf_str(&value)), "小区停水");
	}
	buf_fini(&bytes);
	buf_fini(&value);
}

static void a_quantum_runs_on_into_the_next_word(void **state)
{
	(void)state;
	assert_string_equal(decoded("=?utf-8?B?5YG?= =?utf-8?B?c5rC0?="), "停水");
}

static void blanks_stand_between_text_and_word_but_not_between_words(void **state)
{
	(void)state;
	assert_string_equal(decoded("Re: =?utf-8?Q?=E5=81=9C?= =?gbk?B?y64=?= ok"), "Re: 停水 ok");
	assert_string_equal(decoded("=?utf-8*zh?q?a_b?="), "a b");
}

static void what_is_no_word_stays_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(decoded("=?utf-8?B?5YGc"), "=?utf-8?B?5YGc");
	assert_string_equal(decoded("=?utf-8?X?abc?="), "=?utf-8?X?abc?=");
	assert_string_equal(decoded("1 =? 2 ?= 3"), "1 =? 2 ?= 3");
	assert_string_equal(decoded("=?utf-8?Q?" "?="), "");
}

static void raw_gbk_beside_words_is_guessed(void **state)
{
	(void)state;
	assert_string_equal(decoded("\xCD\xA3\xCB\xAE =?utf-8?B?5oqV6K+J?="), "停水 投诉");
}

static void controls_and_bidi_overrides_are_gone(void **state)
{
	(void)state;
	assert_string_equal(decoded("=?utf-8?Q?a=0D=0ABcc:_x=00=1B=E2=80=AEb?="), "a Bcc: x\xEF\xBF\xBD" "b");
}

static void joined_words_are_one_that_gmime_reads(void **state)
{
	(void)state;
	const char *value = "\"=?utf-8?B?5YGc5rC0YQ==?= =?gbk?B?zbY=?=\" <a@b>";
	buf_fini(&out);
	buf_init(&out, 1000);
	words_join(value, strlen(value), CHARSET_MAINLAND, &out);
	assert_string_equal(buf_str(&out), "\"=?UTF-8?B?5YGc5rC0YeaKlQ==?=\" <a@b>");
}

static void encoding_comes_back_and_no_line_is_long(void **state)
{
	(void)state;
	static const char *const texts[] = { "plain", "工单", "您反映的小区停水三天无人处理的问题已经由供水集团受理，请耐心等待。😀 [工单 20261122300000011]",
		"=?looks like a word?=", "a very long line of plain letters that cannot stand on one line of a header by the rules of mail" };
	struct buf b;
	buf_init(&b, 10000);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		for (size_t column = 0; column < 70; column += 23) {
			buf_clear(&b);
			words_encode(texts[i], column, &b);
			const char *back = decoded(buf_str(&b)); /* a value's ends are trimmed: folding may come first */
			assert_string_equal(back + strspn(back, " "), texts[i]);
			size_t line = column;
			for (const char *p = buf_str(&b); *p; p++) {
				line = *p == '\n' ? 0 : line + (*p != '\r');
				assert_true(line <= 76);
				assert_true((unsigned char)*p < 0x7F);
			}
		}
	}
	buf_fini(&b);
}

/* Each begins a word, and none ends. */
static void words_without_an_end_take_no_time(void **state)
{
	(void)state;
	struct buf value;
	buf_init(&value, 400 << 10);
	while (buf_adds(&value, "=?a?B?x"))
		;
	clock_t from = clock();
	assert_int_equal(strlen(decoded(buf_str(&value))), value.len);
	buf_clear(&out);
	words_join(buf_str(&value), value.len, CHARSET_MAINLAND, &out);
	assert_int_equal(out.len, value.len);
	assert_true(clock() - from < CLOCKS_PER_SEC * slack());
	buf_fini(&value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padding_ends_a_word_and_not_the_run),
		cmocka_unit_test(a_character_split_between_words_is_mended),
		cmocka_unit_test(a_quantum_runs_on_into_the_next_word),
		cmocka_unit_test(blanks_stand_between_text_and_word_but_not_between_words),
		cmocka_unit_test(what_is_no_word_stays_as_it_is),
		cmocka_unit_test(raw_gbk_beside_words_is_guessed),
		cmocka_unit_test(controls_and_bidi_overrides_are_gone),
		cmocka_unit_test(joined_words_are_one_that_gmime_reads),
		cmocka_unit_test(encoding_comes_back_and_no_line_is_long),
		cmocka_unit_test(words_without_an_end_take_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
