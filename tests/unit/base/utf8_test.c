#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"

struct sample { const char *bytes; const char *mended; size_t count; };

/* Malformed, what mends it (one U+FFFD for each sequence as Unicode's chapter 3 counts them), and utf8_count. */
#define R "\xEF\xBF\xBD"
static const struct sample malformed[] = {
	{ "\x80", R, 1 },                       /* continues nothing */
	{ "\xC0\xAF", R R, 2 },                 /* overlong "/" in two bytes */
	{ "\xC1\xBF", R R, 2 },
	{ "\xE0\x80\xAF", R R R, 3 },           /* in three */
	{ "\xE0\x9F\xBF", R R R, 3 },
	{ "\xF0\x80\x80\xAF", R R R R, 4 },     /* in four */
	{ "\xF0\x8F\xBF\xBF", R R R R, 4 },
	{ "\xED\xA0\x80", R, 3 },               /* high surrogate */
	{ "\xED\xBF\xBF", R, 3 },               /* low surrogate */
	{ "\xF4\x90\x80\x80", R R R R, 4 },     /* U+110000 */
	{ "\xF5\x80\x80\x80", R R R R, 4 },
	{ "\xFE", R, 1 },
	{ "\xFF", R, 1 },
	{ "\xE5\xBF", R, 2 },                   /* cut */
	{ "\xF0\x9F\x98", R, 3 },
	{ "\xC3", R, 1 },
	{ "\xE5\xBF" "a", R "a", 3 },           /* interrupted */
	{ "a\xE5" "\xE5\xBF\x83", "a" R "\xE5\xBF\x83", 3 },
};

static void malformed_sequences_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
		assert_false(utf8_valid(malformed[i].bytes, strlen(malformed[i].bytes)));
}

static void malformed_bytes_count_one_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
		assert_int_equal(utf8_count(malformed[i].bytes, strlen(malformed[i].bytes)), malformed[i].count);
}

static void malformed_sequences_are_mended(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		struct buf b;
		buf_init(&b, 100);
		assert_true(utf8_mend(&b, malformed[i].bytes, strlen(malformed[i].bytes)) > 0);
		assert_string_equal(buf_str(&b), malformed[i].mended);
		buf_fini(&b);
	}
}

static void good_text_needs_no_mending(void **state)
{
	(void)state;
	static const char text[] = "a\xC3\xA9\xE5\xBF\x83\xED\x9F\xBF\xEE\x80\x80\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF";
	struct buf b;
	buf_init(&b, 100);
	assert_true(utf8_valid(text, strlen(text)));
	assert_int_equal(utf8_mend(&b, text, strlen(text)), 0);
	assert_string_equal(buf_str(&b), text);
	assert_int_equal(utf8_count(text, strlen(text)), 7);
	buf_fini(&b);
}

static void mending_past_the_cap_keeps_the_characters_that_fit(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8);
	assert_int_equal(utf8_mend(&b, "心桥路灯", strlen("心桥路灯")), 0);
	assert_string_equal(buf_str(&b), "心桥");
	assert_true(b.overflow);
	buf_fini(&b);
}

static void every_character_survives_put_and_next(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8);
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		uint32_t back = ~cp;
		buf_clear(&b);
		assert_true(utf8_put(&b, cp));
		size_t took = utf8_next(buf_str(&b), b.len, &back);
		if (cp >= 0xD800 && cp <= 0xDFFF) {
			assert_int_equal(took, 0);
		} else {
			assert_int_equal(took, b.len);
			assert_int_equal(back, cp);
		}
	}
	buf_fini(&b);
}

static void a_cut_never_splits_a_character(void **state)
{
	(void)state;
	static const char text[] = "a\xC3\xA9\xE5\xBF\x83\xF0\x9F\x98\x80z";
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11 };
	for (size_t max = 0; max < sizeof want / sizeof *want; max++)
		assert_int_equal(utf8_cut(text, strlen(text), max), want[max]);
	assert_int_equal(utf8_cut("\x80\x80\x80\x80\x80", 5, 4), 4);
}

static void a_put_past_the_cap_adds_nothing(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 2);
	assert_false(utf8_put(&b, 0x5FC3));
	assert_int_equal(b.len, 0);
	assert_true(b.overflow);
	buf_fini(&b);
}

static void surrogates_from_two_parts_join(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	utf8_put(&b, 'a');
	utf8_put(&b, 0xD83D);
	utf8_put(&b, 0xDE00);
	utf8_put(&b, 0xD83D);
	utf8_put(&b, 'b');
	utf8_put(&b, 0xDE00);
	b.len = utf8_join_surrogates((char *)b.data, b.len);
	assert_int_equal(b.len, 12);
	assert_memory_equal(b.data, "a\xF0\x9F\x98\x80\xED\xA0\xBD" "b\xED\xB8\x80", 12);
	struct buf mended;
	buf_init(&mended, 100);
	assert_int_equal(utf8_mend(&mended, buf_str(&b), b.len), 2);
	assert_string_equal(buf_str(&mended), "a\xF0\x9F\x98\x80" R "b" R);
	buf_fini(&mended);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_sequences_are_refused),
		cmocka_unit_test(malformed_bytes_count_one_each),
		cmocka_unit_test(malformed_sequences_are_mended),
		cmocka_unit_test(good_text_needs_no_mending),
		cmocka_unit_test(mending_past_the_cap_keeps_the_characters_that_fit),
		cmocka_unit_test(every_character_survives_put_and_next),
		cmocka_unit_test(a_cut_never_splits_a_character),
		cmocka_unit_test(a_put_past_the_cap_adds_nothing),
		cmocka_unit_test(surrogates_from_two_parts_join),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
