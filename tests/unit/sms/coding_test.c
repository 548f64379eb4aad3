#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/coding.h"

static struct buf text, wire;

static int setup(void **state)
{
	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&wire, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&text);
	buf_fini(&wire);
	return 0;
}

static size_t decode(enum coding c, const char *bytes, size_t n)
{
	buf_clear(&text);
	return coding_decode(c, (const uint8_t *)bytes, n, &text);
}

static void assert_wire(enum coding c, const char *utf8, const char *bytes, size_t n)
{
	buf_clear(&wire);
	assert_true(coding_encode(c, utf8, strlen(utf8), &wire));
	assert_int_equal(wire.len, n);
	assert_memory_equal(wire.data, bytes, n);
	assert_int_equal(decode(c, bytes, n), 0);
	assert_string_equal(buf_str(&text), utf8);
}

static bool encodes(enum coding c, const char *utf8)
{
	buf_clear(&wire);
	return coding_encode(c, utf8, strlen(utf8), &wire);
}

static void gsm_writes_the_at_sign_as_zero(void **state)
{
	(void)state;
	assert_wire(CODING_GSM, "a@b £$¥èéùìòÇ\nØø\rÅå", "a\0b \1\2\3\4\5\6\7\x8\x9\xA\xB\xC\xD\xE\xF", 19);
	assert_wire(CODING_GSM, "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡¿§ÄÖÑÜäöñüà",
		"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1C\x1D\x1E\x1F\x24\x40\x60\x5F\x5B\x5C\x5D\x5E\x7B\x7C\x7D\x7E\x7F",
			28);
}

static void gsm_extension_costs_two_octets(void **state)
{
	(void)state;
	assert_wire(CODING_GSM, "\f^{}\\[~]|€",
		"\x1B\x0A\x1B\x14\x1B\x28\x1B\x29\x1B\x2F\x1B\x3C\x1B\x3D\x1B\x3E\x1B\x40\x1B\x65", 20);
	assert_int_equal(coding_gsm_cost('A'), 1);
	assert_int_equal(coding_gsm_cost(0x20AC), 2);
	assert_int_equal(coding_gsm_cost(0x4E2D), 0);
	assert_int_equal(coding_gsm_cost('`'), 0);
	assert_int_equal(coding_gsm_cost(0), 0);
}

static void every_gsm_septet_comes_back_as_itself(void **state)
{
	(void)state;
	for (int i = 0; i < 128; i++) {
		if (i == 0x1B)
			continue;
		char c = (char)i;
		assert_int_equal(decode(CODING_GSM, &c, 1), 0);
		buf_clear(&wire);
		assert_true(coding_encode(CODING_GSM, buf_str(&text), text.len, &wire));
		assert_int_equal(wire.len, 1);
		assert_int_equal(wire.data[0], i);
	}
}

static void gsm_unknown_escapes_show_the_default_alphabet(void **state)
{
	(void)state;
	assert_int_equal(decode(CODING_GSM, "\x1B" "A", 2), 0);
	assert_string_equal(buf_str(&text), "A");
	assert_int_equal(decode(CODING_GSM, "\x1B\x1B" "A", 3), 0);
	assert_string_equal(buf_str(&text), " A");
	assert_int_equal(decode(CODING_GSM, "A\x1B", 2), 1);
	assert_string_equal(buf_str(&text), "A\xEF\xBF\xBD");
	assert_int_equal(decode(CODING_GSM, "\x80" "A", 2), 1);
}

static void characters_outside_an_alphabet_are_refused_not_replaced(void **state)
{
	(void)state;
	assert_false(encodes(CODING_GSM, "中"));
	assert_false(encodes(CODING_GSM, "`"));
	assert_false(encodes(CODING_LATIN1, "€"));
	assert_false(encodes(CODING_ASCII, "é"));
	assert_false(encodes(CODING_UCS2, "\xFF"));
	assert_true(encodes(CODING_LATIN1, "é"));
}

static void ucs2_carries_surrogate_pairs(void **state)
{
	(void)state;
	assert_wire(CODING_UCS2, "路灯A", "\x8D\xEF\x70\x6F\0A", 6);
	assert_wire(CODING_UCS2, "😀𠮷", "\xD8\x3D\xDE\x00\xD8\x42\xDF\xB7", 8);
}

static void ucs2_understands_byte_order_marks(void **state)
{
	(void)state;
	assert_int_equal(decode(CODING_UCS2, "\xFE\xFF\x8D\xEF", 4), 0);
	assert_string_equal(buf_str(&text), "路");
	assert_int_equal(decode(CODING_UCS2, "\xFF\xFE\xEF\x8D", 4), 0);
	assert_string_equal(buf_str(&text), "路");
}

static void ucs2_lone_surrogates_and_odd_octets_become_marks(void **state)
{
	(void)state;
	assert_int_equal(decode(CODING_UCS2, "\xD8\x3D\0A", 4), 1);
	assert_string_equal(buf_str(&text), "\xEF\xBF\xBD" "A");
	assert_int_equal(decode(CODING_UCS2, "\xDE\x00", 2), 1);
	assert_int_equal(decode(CODING_UCS2, "\0A\x8D", 3), 1);
	assert_string_equal(buf_str(&text), "A\xEF\xBF\xBD");
}

static void nul_characters_do_not_cut_the_text(void **state)
{
	(void)state;
	decode(CODING_UCS2, "\0A\0\0\0B", 6);
	assert_string_equal(buf_str(&text), "AB");
	decode(CODING_LATIN1, "A\0B", 3);
	assert_string_equal(buf_str(&text), "AB");
	decode(CODING_GB, "A\0B", 3);
	assert_string_equal(buf_str(&text), "AB");
}

static void gb18030_reads_what_gb2312_cannot(void **state)
{
	(void)state;
	assert_wire(CODING_GB, "路灯", "\xC2\xB7\xB5\xC6", 4);
	assert_wire(CODING_GB, "镕", "\xE9\x46", 2);          /* GBK only; its second octet looks like a letter */
	assert_wire(CODING_GB, "😀", "\x94\x39\xFC\x36", 4); /* GB 18030 only */
	assert_int_equal(decode(CODING_GB, "A\xFF" "B\xC2", 4), 2);
	assert_string_equal(buf_str(&text), "A\xEF\xBF\xBD" "B\xEF\xBF\xBD");
}

static void long_gb_texts_survive_the_converters_small_room(void **state)
{
	(void)state;
	struct buf in;
	buf_init(&in, 1 << 16);
	for (int i = 0; i < 5000; i++)
		buf_adds(&in, "路");
	buf_clear(&wire);
	assert_true(coding_encode(CODING_GB, buf_str(&in), in.len, &wire));
	assert_int_equal(wire.len, 10000);
	assert_int_equal(decode(CODING_GB, (const char *)wire.data, wire.len), 0);
	assert_string_equal(buf_str(&text), buf_str(&in));
	buf_fini(&in);
}

static void any_bytes_decode_to_valid_text(void **state)
{
	(void)state;
	uint32_t seed = 12345;
	uint8_t bytes[64];
	for (int round = 0; round < 4000; round++) {
		size_t n = (size_t)round % sizeof bytes;
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
		uint8_t *exact = test_malloc(n + 1); /* one more octet would be outside */
		memcpy(exact, bytes, n);
		for (enum coding c = CODING_GSM; c < CODING_BINARY; c++) {
			buf_clear(&text);
			coding_decode(c, exact, n, &text);
			buf_clear(&wire);
			assert_true(coding_encode(CODING_UCS2, buf_str(&text), text.len, &wire));
		}
		test_free(exact);
	}
}

static enum coding guess(enum coding said, const char *bytes, size_t n)
{
	return coding_guess(said, (const uint8_t *)bytes, n);
}

static void what_cannot_be_in_its_alphabet_is_found_in_another(void **state)
{
	(void)state;
	static const char *const texts[] = { "路灯坏了", "OK，路灯坏了。", "我家住在示范路12号3单元，水管漏水三天了没有人修！请尽快。",
		"😀路灯", "“投诉”：噪音…", "１２３路公交", "路" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (enum coding c = CODING_GB; c <= CODING_UCS2; c++) {
			buf_clear(&wire);
			assert_true(coding_encode(c, texts[i], strlen(texts[i]), &wire));
			assert_int_equal(coding_guess(CODING_ASCII, wire.data, wire.len), c);
			assert_int_equal(coding_guess(CODING_GSM, wire.data, wire.len), c);
			assert_int_equal(coding_guess(CODING_LATIN1, wire.data, wire.len), CODING_LATIN1);
		}
	assert_int_equal(guess(CODING_ASCII, "\x4E\x00\x69\x7C\x6F\x0F\x6C\x34", 8), CODING_UCS2); /* 一楼漏水 */
	assert_int_equal(guess(CODING_GSM, "a\0b", 3), CODING_GSM);
	assert_int_equal(guess(CODING_ASCII, "a\0b", 3), CODING_ASCII);
	assert_int_equal(guess(CODING_ASCII, "plain words\r\n", 13), CODING_ASCII);
	assert_int_equal(guess(CODING_ASCII, "", 0), CODING_ASCII);
	assert_int_equal(guess(CODING_ASCII, "\xc2\xb7\xff", 3), CODING_ASCII); /* makes sense in none */
	assert_int_equal(guess(CODING_ASCII, "caf\xe9", 4), CODING_ASCII);
	assert_int_equal(guess(CODING_UCS2, "\x59\x47\x4e", 3), CODING_UCS2);
	assert_int_equal(guess(CODING_ASCII, "\xff\xfe\xef\x8d", 4), CODING_UCS2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gsm_writes_the_at_sign_as_zero),
		cmocka_unit_test(gsm_extension_costs_two_octets),
		cmocka_unit_test(every_gsm_septet_comes_back_as_itself),
		cmocka_unit_test(gsm_unknown_escapes_show_the_default_alphabet),
		cmocka_unit_test(characters_outside_an_alphabet_are_refused_not_replaced),
		cmocka_unit_test(ucs2_carries_surrogate_pairs),
		cmocka_unit_test(ucs2_understands_byte_order_marks),
		cmocka_unit_test(ucs2_lone_surrogates_and_odd_octets_become_marks),
		cmocka_unit_test(nul_characters_do_not_cut_the_text),
		cmocka_unit_test(gb18030_reads_what_gb2312_cannot),
		cmocka_unit_test(long_gb_texts_survive_the_converters_small_room),
		cmocka_unit_test(what_cannot_be_in_its_alphabet_is_found_in_another),
		cmocka_unit_test(any_bytes_decode_to_valid_text),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
