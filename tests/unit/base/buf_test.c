#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/percent.h"

static void an_empty_buffer_is_an_empty_string(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	assert_string_equal(buf_str(&b), "");
	char *s = buf_take_str(&b);
	assert_string_equal(s, "");
	free(s);
	buf_fini(&b);
}

static void it_fills_to_its_cap_and_not_past(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 5);
	assert_true(buf_adds(&b, "abcde"));
	assert_false(b.overflow);
	assert_false(buf_addc(&b, 'f'));
	assert_true(b.overflow);
	assert_string_equal(buf_str(&b), "abcde");
	assert_true(b.size <= 6);
	buf_fini(&b);
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 5);
	assert_true(buf_adds(&b, "abc"));
	assert_false(buf_adds(&b, "def"));
	assert_false(buf_addf(&b, "%d", 123));
	assert_false(buf_u32(&b, 1));
	assert_string_equal(buf_str(&b), "abc");
	assert_true(buf_u16(&b, 0x4142));
	assert_true(b.overflow);
	assert_string_equal(buf_str(&b), "abcAB");
	buf_clear(&b);
	assert_false(b.overflow);
	assert_string_equal(buf_str(&b), "");
	buf_fini(&b);
}

static void a_length_near_the_top_of_size_t_does_not_wrap(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	buf_adds(&b, "abc");
	assert_false(buf_add(&b, "x", SIZE_MAX));
	assert_null(buf_room(&b, SIZE_MAX - 1));
	assert_int_equal(b.len, 3);
	buf_fini(&b);
}

static void numbers_are_big_endian(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	buf_u8(&b, 0x01);
	buf_u16(&b, 0x0203);
	buf_u32(&b, 0x04050607);
	assert_memory_equal(b.data, "\1\2\3\4\5\6\7", 8);
	assert_int_equal(b.len, 7);
	buf_fini(&b);
}

static void bytes_put_into_its_room_count_once_said(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	uint8_t *p = buf_room(&b, 1000);
	assert_non_null(p);
	memset(p, 'x', 1000);
	assert_int_equal(b.len, 0);
	buf_grew(&b, 1000);
	assert_int_equal(strlen(buf_str(&b)), 1000);
	assert_null(buf_room(&b, 1));
	buf_fini(&b);
}

static void drop_takes_from_the_front(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	buf_drop(&b, 0);
	buf_adds(&b, "abcdef");
	buf_drop(&b, 2);
	assert_string_equal(buf_str(&b), "cdef");
	buf_drop(&b, 4);
	assert_string_equal(buf_str(&b), "");
	assert_true(buf_adds(&b, "0123456789"));
	buf_fini(&b);
}

static void taken_text_leaves_an_empty_buffer_with_its_cap(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 4);
	buf_adds(&b, "abcd");
	char *s = buf_take_str(&b);
	assert_string_equal(s, "abcd");
	assert_true(buf_adds(&b, "efgh"));
	assert_false(buf_addc(&b, 'i'));
	assert_string_equal(s, "abcd");
	free(s);
	buf_fini(&b);
}

static void what_is_not_plain_is_percent_encoded(void **state)
{
	struct buf b, small;
	(void)state;
	buf_init(&b, 100);
	assert_true(percent_add(&b, "aZ9-_.~ /路", "-._"));
	assert_string_equal(buf_str(&b), "aZ9-_.%7E%20%2F%E8%B7%AF");
	buf_fini(&b);
	buf_init(&small, 4);
	assert_false(percent_add(&small, "a路", ""));
	buf_fini(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(what_is_not_plain_is_percent_encoded),
		cmocka_unit_test(it_fills_to_its_cap_and_not_past),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
		cmocka_unit_test(a_length_near_the_top_of_size_t_does_not_wrap),
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(bytes_put_into_its_room_count_once_said),
		cmocka_unit_test(drop_takes_from_the_front),
		cmocka_unit_test(taken_text_leaves_an_empty_buffer_with_its_cap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
