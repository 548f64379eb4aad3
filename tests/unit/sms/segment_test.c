#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/segment.h"

static struct buf in, out;

static int setup(void **state)
{
	(void)state;
	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&in);
	buf_fini(&out);
	return 0;
}

static void repeat(const char *s, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_adds(&in, s);
}

static size_t part_len(const struct segments *s, unsigned i)
{
	return s->cut[i + 1] - s->cut[i];
}

/* Cuts what is in `in`, joins the parts again, and compares. */
static void assert_round_trip(struct segments *s, unsigned parts, enum coding coding)
{
	assert_int_equal(segments_init(s, buf_str(&in), CODING_GSM, &segment_limits_gsm), 0);
	assert_int_equal(s->parts, parts);
	assert_int_equal(s->coding, coding);
	assert_int_equal(segment_count(buf_str(&in)), parts);
	struct msg_part part[MSG_PARTS_MAX];
	for (unsigned i = 0; i < parts; i++)
		part[i] = (struct msg_part){ "k", i + 1, parts, coding, s->bytes.data + s->cut[i], part_len(s, i) };
	buf_clear(&out);
	assert_true(segment_join(part, parts, &out));
	assert_string_equal(buf_str(&out), buf_str(&in));
}

static void one_foreign_character_makes_the_whole_text_ucs2(void **state)
{
	(void)state;
	struct segments s;
	buf_clear(&in);
	repeat("a", 70);
	assert_round_trip(&s, 1, CODING_GSM);
	segments_fini(&s);
	repeat("中", 1);
	assert_round_trip(&s, 2, CODING_UCS2);
	segments_fini(&s);
}

static void limits_are_160_and_153_septets_70_and_67_units(void **state)
{
	(void)state;
	static const struct { const char *unit; size_t times; unsigned parts; enum coding coding; } rows[] = {
		{ "a", 0, 1, CODING_GSM }, { "a", 160, 1, CODING_GSM }, { "a", 161, 2, CODING_GSM }, { "a", 306, 2, CODING_GSM },
		{ "a", 307, 3, CODING_GSM }, { "€", 80, 1, CODING_GSM }, { "€", 81, 2, CODING_GSM },
		{ "€", 152, 2, CODING_GSM }, { "€", 153, 3, CODING_GSM }, /* 76 pairs a part: the 153rd septet stays free */
		{ "中", 70, 1, CODING_UCS2 }, { "中", 71, 2, CODING_UCS2 }, { "中", 134, 2, CODING_UCS2 }, { "中", 135, 3, CODING_UCS2 },
		{ "😀", 35, 1, CODING_UCS2 }, { "😀", 36, 2, CODING_UCS2 }, { "😀", 66, 2, CODING_UCS2 }, { "😀", 67, 3, CODING_UCS2 }
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct segments s;
		buf_clear(&in);
		repeat(rows[i].unit, rows[i].times);
		assert_round_trip(&s, rows[i].parts, rows[i].coding);
		segments_fini(&s);
	}
}

static void an_emoji_is_never_cut_at_any_border(void **state)
{
	(void)state;
	for (size_t before = 60; before <= 70; before++) {
		for (size_t second = 60; second <= 68; second++) {
			struct segments s;
			buf_clear(&in);
			repeat("中", before);
			repeat("😀", 1);
			repeat("文", second);
			repeat("🚧", 1);
			repeat("尾", 67);
			assert_int_equal(segments_init(&s, buf_str(&in), CODING_GSM, &segment_limits_gsm), 0);
			for (unsigned i = 0; i < s.parts; i++) {
				assert_true(part_len(&s, i) <= 134);
				const uint8_t *last = s.bytes.data + s.cut[i + 1] - 2;
				assert_false(last[0] >= 0xD8 && last[0] <= 0xDB);
			}
			unsigned parts = s.parts;
			segments_fini(&s);
			assert_round_trip(&s, parts, CODING_UCS2);
			segments_fini(&s);
		}
	}
}

static void a_gsm_escape_pair_is_never_cut_at_any_border(void **state)
{
	(void)state;
	for (size_t before = 145; before <= 160; before++) {
		struct segments s;
		buf_clear(&in);
		repeat("a", before);
		repeat("€", 3);
		repeat("b", 160);
		assert_int_equal(segments_init(&s, buf_str(&in), CODING_GSM, &segment_limits_gsm), 0);
		for (unsigned i = 0; i < s.parts; i++) {
			assert_true(part_len(&s, i) <= 153);
			assert_int_not_equal(s.bytes.data[s.cut[i + 1] - 1], 0x1B);
		}
		unsigned parts = s.parts;
		segments_fini(&s);
		assert_round_trip(&s, parts, CODING_GSM);
		segments_fini(&s);
	}
}

static void up_to_255_parts_and_not_one_more(void **state)
{
	(void)state;
	struct segments s;
	buf_clear(&in);
	repeat("中", (size_t)255 * 67);
	assert_round_trip(&s, 255, CODING_UCS2);
	segments_fini(&s);
	repeat("中", 1);
	assert_int_equal(segments_init(&s, buf_str(&in), CODING_GSM, &segment_limits_gsm), E_RANGE);
	assert_int_equal(segment_count(buf_str(&in)), 256);
	segments_fini(&s);
	buf_clear(&in);
	repeat("a", (size_t)255 * 153);
	assert_round_trip(&s, 255, CODING_GSM);
	segments_fini(&s);
}

static void a_link_in_ascii_sends_ucs2_what_ascii_lacks(void **state)
{
	(void)state;
	struct segments s;
	assert_int_equal(segments_init(&s, "tick \xC3\xA9", CODING_ASCII, &segment_limits_gsm), 0);
	assert_int_equal(s.coding, CODING_UCS2);
	segments_fini(&s);
	assert_int_equal(segments_init(&s, "price@[1]", CODING_LATIN1, &segment_limits_gsm), 0);
	assert_int_equal(s.coding, CODING_LATIN1);
	assert_int_equal(s.bytes.len, 9);
	assert_memory_equal(s.bytes.data, "price@[1]", 9);
	segments_fini(&s);
}

static void a_link_in_gb18030_sends_ucs2_what_takes_several_octets_there(void **state)
{
	(void)state;
	struct segments s;
	buf_clear(&in);
	repeat("é", 150); /* each one septet to a telephone, two octets in GB 18030 */
	assert_int_equal(segments_init(&s, buf_str(&in), CODING_GB, &segment_limits_gsm), 0);
	assert_int_equal(s.coding, CODING_UCS2);
	assert_int_equal(s.parts, 3);
	segments_fini(&s);
	assert_int_equal(segments_init(&s, "price@1", CODING_GB, &segment_limits_gsm), 0);
	assert_int_equal(s.coding, CODING_GB);
	segments_fini(&s);
}

static void malformed_text_is_mended_not_refused(void **state)
{
	(void)state;
	struct segments s;
	assert_int_equal(segments_init(&s, "a\xFF" "b", CODING_GSM, &segment_limits_gsm), 0);
	assert_int_equal(s.coding, CODING_UCS2);
	assert_int_equal(s.bytes.len, 6);
	segments_fini(&s);
}

static void the_header_is_the_standards(void **state)
{
	(void)state;
	uint8_t h[SEGMENT_UDH_LEN];
	segment_udh(h, 0xAB, 255, 7);
	assert_memory_equal(h, "\x05\x00\x03\xAB\xFF\x07", 6);
}

static void headers_are_read_with_either_reference(void **state)
{
	(void)state;
	struct udh u;
	assert_int_equal(udh_read((const uint8_t *)"\5\0\3\x2A\3\2rest", 10, &u), 1);
	assert_int_equal(u.len, 6);
	assert_int_equal(u.ref, 0x2A);
	assert_int_equal(u.total, 3);
	assert_int_equal(u.index, 2);
	assert_false(u.wide);
	assert_int_equal(udh_read((const uint8_t *)"\6\x8\4\x12\x34\2\1", 7, &u), 1);
	assert_int_equal(u.ref, 0x1234);
	assert_true(u.wide);
	/* National language shift before it, ports behind it. */
	assert_int_equal(udh_read((const uint8_t *)"\xE\x24\1\1\0\3\7\2\2\5\4\0\1\0\2", 15, &u), 1);
	assert_int_equal(u.ref, 7);
	assert_int_equal(u.index, 2);
	assert_int_equal(u.len, 15);
}

static void impossible_part_numbers_make_no_part(void **state)
{
	(void)state;
	struct udh u;
	static const char *const rows[] = { "\5\0\3\7\2\0", "\5\0\3\7\2\3", "\5\0\3\7\0\0" };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(udh_read((const uint8_t *)rows[i], 6, &u), 1);
		assert_int_equal(u.total, 0);
	}
}

static void headers_past_the_end_are_malformed(void **state)
{
	(void)state;
	struct udh u;
	assert_int_equal(udh_read((const uint8_t *)"", 0, &u), -1);
	assert_int_equal(udh_read((const uint8_t *)"\6\0\3\1\2\1", 6, &u), -1);
	assert_int_equal(udh_read((const uint8_t *)"\5\0\4\1\2\1", 6, &u), -1);
	assert_int_equal(udh_read((const uint8_t *)"\0", 1, &u), 1);
	assert_int_equal(u.len, 1);
}

static void a_missing_part_leaves_a_visible_gap(void **state)
{
	(void)state;
	struct msg_part part[] = { { "k", 1, 4, CODING_GSM, (const uint8_t *)"one", 3 },
		{ "k", 3, 4, CODING_GSM, (const uint8_t *)"three", 5 } };
	buf_clear(&out);
	assert_true(segment_join(part, 2, &out));
	assert_string_equal(buf_str(&out), "one[…]three[…]");
	buf_clear(&out);
	assert_true(segment_join(part + 1, 1, &out));
	assert_string_equal(buf_str(&out), "[…]three[…]");
}

static void the_same_part_twice_is_read_once(void **state)
{
	(void)state;
	struct msg_part part[] = { { "k", 1, 2, CODING_GSM, (const uint8_t *)"a", 1 }, { "k", 1, 2, CODING_GSM,
		(const uint8_t *)"a", 1 },
		{ "k", 2, 2, CODING_GSM, (const uint8_t *)"b", 1 } };
	buf_clear(&out);
	assert_true(segment_join(part, 3, &out));
	assert_string_equal(buf_str(&out), "ab");
}

static void characters_cut_by_a_telephone_are_whole_again(void **state)
{
	(void)state;
	struct msg_part ucs2[] = { { "k", 1, 2, CODING_UCS2, (const uint8_t *)"\x8D\xEF\xD8\x3D", 4 },
		{ "k", 2, 2, CODING_UCS2, (const uint8_t *)"\xDE\x00\x70\x6F", 4 } };
	buf_clear(&out);
	assert_true(segment_join(ucs2, 2, &out));
	assert_string_equal(buf_str(&out), "路😀灯");
	struct msg_part gsm[] = { { "k", 1, 2, CODING_GSM, (const uint8_t *)"1\x1B", 2 },
		{ "k", 2, 2, CODING_GSM, (const uint8_t *)"\x65" "2", 2 } };
	buf_clear(&out);
	assert_true(segment_join(gsm, 2, &out));
	assert_string_equal(buf_str(&out), "1€2");
	struct msg_part gb[] = { { "k", 1, 2, CODING_GB, (const uint8_t *)"\xC2", 1 },
		{ "k", 2, 2, CODING_GB, (const uint8_t *)"\xB7\xB5\xC6", 3 } };
	buf_clear(&out);
	assert_true(segment_join(gb, 2, &out));
	assert_string_equal(buf_str(&out), "路灯");
}

static void parts_in_another_alphabet_than_they_say_are_read_as_one(void **state)
{
	(void)state;
	struct msg_part gb[] = { { "k", 1, 2, CODING_ASCII, (const uint8_t *)"\xC2\xB7\xB5", 3 },
		{ "k", 2, 2, CODING_ASCII, (const uint8_t *)"\xC6\xBB\xB5", 3 } };
	buf_clear(&out);
	assert_true(segment_join(gb, 2, &out));
	assert_string_equal(buf_str(&out), "路灯坏");
}

static void parts_of_two_alphabets_join(void **state)
{
	(void)state;
	struct msg_part part[] = { { "k", 1, 2, CODING_GSM, (const uint8_t *)"ok ", 3 },
		{ "k", 2, 2, CODING_UCS2, (const uint8_t *)"\x8D\xEF", 2 } };
	buf_clear(&out);
	assert_true(segment_join(part, 2, &out));
	assert_string_equal(buf_str(&out), "ok 路");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_foreign_character_makes_the_whole_text_ucs2),
		cmocka_unit_test(limits_are_160_and_153_septets_70_and_67_units),
		cmocka_unit_test(an_emoji_is_never_cut_at_any_border),
		cmocka_unit_test(a_gsm_escape_pair_is_never_cut_at_any_border),
		cmocka_unit_test(up_to_255_parts_and_not_one_more),
		cmocka_unit_test(a_link_in_ascii_sends_ucs2_what_ascii_lacks),
		cmocka_unit_test(a_link_in_gb18030_sends_ucs2_what_takes_several_octets_there),
		cmocka_unit_test(malformed_text_is_mended_not_refused),
		cmocka_unit_test(the_header_is_the_standards),
		cmocka_unit_test(headers_are_read_with_either_reference),
		cmocka_unit_test(impossible_part_numbers_make_no_part),
		cmocka_unit_test(headers_past_the_end_are_malformed),
		cmocka_unit_test(a_missing_part_leaves_a_visible_gap),
		cmocka_unit_test(the_same_part_twice_is_read_once),
		cmocka_unit_test(characters_cut_by_a_telephone_are_whole_again),
		cmocka_unit_test(parts_in_another_alphabet_than_they_say_are_read_as_one),
		cmocka_unit_test(parts_of_two_alphabets_join),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
