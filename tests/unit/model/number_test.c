/* The numbers of tickets, as people read them out, mistype them and write them into a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/ticket.h"

#define T17 "20261122200000015"

static void a_number_is_made_of_day_channel_serial_and_check_digit(void **state)
{
	(void)state;
	char number[TICKET_NUMBER_MAX];
	ticket_number(20261122, 20, 1, number);
	assert_string_equal(number, T17);
	assert_true(ticket_number_valid(number));
	ticket_number(20261122, 10, 999999, number);
	assert_int_equal(strlen(number), TICKET_NUMBER_LEN);
	assert_memory_equal(number, "2026112210999999", 16);
}

/* The worked example of the standard: 0794 has the check digit 5. Ours are longer, but the sum is the same one. */
static void the_check_digit_is_that_of_iso_7064_mod_11_10(void **state)
{
	(void)state;
	unsigned p = 10;
	for (const char *d = "07945"; *d; d++) {
		unsigned s = (p + (unsigned)(*d - '0')) % 10;
		if (!d[1])
			assert_int_equal(s, 1);
		p = (s ? s : 10) * 2 % 11;
	}
	char number[TICKET_NUMBER_MAX];
	for (unsigned serial = 0; serial < 2000; serial++) {
		ticket_number(20260101, 40, serial * 499, number);
		p = 10;
		unsigned s = 0;
		for (const char *d = number; *d; d++) {
			s = (p + (unsigned)(*d - '0')) % 10;
			p = (s ? s : 10) * 2 % 11;
		}
		assert_int_equal(s, 1);
	}
}

static void every_single_wrong_digit_is_found(void **state)
{
	(void)state;
	char number[TICKET_NUMBER_MAX];
	for (unsigned serial = 0; serial < 1000000; serial += 4999) {
		ticket_number(20261122, 20, serial, number);
		for (int i = 0; i < TICKET_NUMBER_LEN; i++)
			for (char d = '0'; d <= '9'; d++) {
				char was = number[i];
				number[i] = d;
				assert_int_equal(ticket_number_valid(number), d == was);
				number[i] = was;
			}
	}
}

/* The hybrid system misses one pair of neighbours in each state of the sum: under three in a hundred. */
static void two_neighbours_changed_over_are_nearly_always_found(void **state)
{
	(void)state;
	char number[TICKET_NUMBER_MAX];
	unsigned changed = 0, missed = 0;
	for (unsigned serial = 0; serial < 1000000; serial += 331) {
		ticket_number(20261122, 20, serial, number);
		for (int i = 0; i + 1 < TICKET_NUMBER_LEN; i++) {
			char a = number[i], b = number[i + 1];
			if (a == b)
				continue;
			number[i] = b;
			number[i + 1] = a;
			changed++;
			missed += ticket_number_valid(number);
			number[i] = a;
			number[i + 1] = b;
		}
	}
	assert_true(changed > 30000);
	assert_true(missed * 100 < changed * 3);
}

static void what_is_no_number_is_not_taken_for_one(void **state)
{
	static const char *const BAD[] = { "", "2026112220000001", "202611222000000150", "2026112220000001x",
		"20261322200000015", "20261100200000015", (" " T17), "00000000000000000", "12345678901234567" };
	(void)state;
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		assert_false(ticket_number_valid(BAD[i]));
}

static void a_number_is_found_in_what_people_write(void **state)
{
	static const char *const GOOD[] = { T17, "查询 " T17, "工单号：" T17 "。", "[#" T17 "] 回复", "２０２６１１２２２００００００１５怎么样了",
		"电话13800138000，单号" T17 "，谢谢", "99999999999999999 " T17 };
	static const char *const NONE[] = { "", "查询", "20261122200000018", "1" T17, T17 "0", "2026112220000001 7",
	"13800138000" };
	(void)state;
	char number[TICKET_NUMBER_MAX];
	for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
		assert_true(ticket_number_find(GOOD[i], number));
		assert_string_equal(number, T17);
	}
	for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
		assert_false(ticket_number_find(NONE[i], number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_made_of_day_channel_serial_and_check_digit),
		cmocka_unit_test(the_check_digit_is_that_of_iso_7064_mod_11_10),
		cmocka_unit_test(every_single_wrong_digit_is_found),
		cmocka_unit_test(two_neighbours_changed_over_are_nearly_always_found),
		cmocka_unit_test(what_is_no_number_is_not_taken_for_one),
		cmocka_unit_test(a_number_is_found_in_what_people_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
