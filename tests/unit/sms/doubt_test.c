/* What may come again: in order, claimed once, settled by count or time, never more than its cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/doubt.h"

static struct doubts d;

static int fini(void **state)
{
	(void)state;
	doubts_fini(&d);
	return 0;
}

static const uint8_t *print_of(unsigned n)
{
	static uint8_t print[DOUBT_PRINT];
	memset(print, 0, sizeof print);
	memcpy(print, &n, sizeof n);
	return print;
}

static void add(unsigned first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		doubts_add(&d, print_of(first + i), first + i);
}

static void each_is_claimed_once(void **state)
{
	(void)state;
	add(0, 200);
	assert_true(doubts_claim(&d, print_of(77)));
	assert_false(doubts_claim(&d, print_of(77)));
	assert_true(doubts_claim(&d, print_of(0)));
	assert_true(doubts_claim(&d, print_of(199)));
	doubts_add(&d, print_of(77), 300);
	doubts_add(&d, print_of(77), 301);
	assert_true(doubts_claim(&d, print_of(77)));
	assert_true(doubts_claim(&d, print_of(77)));
	assert_false(doubts_claim(&d, print_of(77)));
}

static void those_before_a_count_or_a_time_are_settled(void **state)
{
	(void)state;
	add(0, 10);
	uint64_t ten = doubts_count(&d);
	add(10, 5);
	doubts_settle(&d, ten);
	assert_false(doubts_claim(&d, print_of(9)));
	doubts_settle(&d, ten); /* late word of the same: nothing more */
	assert_true(doubts_claim(&d, print_of(10)));
	doubts_settle_until(&d, 12);
	assert_false(doubts_claim(&d, print_of(12)));
	assert_true(doubts_claim(&d, print_of(13)));
	assert_true(doubts_claim(&d, print_of(14)));
	assert_int_equal(doubts_count(&d), 15);
}

static void above_the_cap_the_oldest_goes(void **state)
{
	(void)state;
	add(0, 3 * DOUBTS_MAX);
	assert_int_equal(doubts_count(&d), 3 * DOUBTS_MAX);
	assert_int_equal(d.n - d.first, DOUBTS_MAX);
	assert_true(d.room <= 4 * DOUBTS_MAX);
	assert_false(doubts_claim(&d, print_of(2 * DOUBTS_MAX - 1)));
	assert_true(doubts_claim(&d, print_of(2 * DOUBTS_MAX)));
}

static void a_print_is_of_sender_number_and_words(void **state)
{
	(void)state;
	struct msg_in m = { .kind = MSG_TEXT, .peer = "+8613800138000", .account = "12345", .text = "1" }, other = m;
	uint8_t a[DOUBT_PRINT], b[DOUBT_PRINT];
	msg_print(&m, a);
	msg_print(&other, b);
	assert_memory_equal(a, b, DOUBT_PRINT);
	other.text = "2";
	msg_print(&other, b);
	assert_memory_not_equal(a, b, DOUBT_PRINT);
	other = m;
	other.account = NULL;
	msg_print(&other, b);
	assert_memory_not_equal(a, b, DOUBT_PRINT);
	other = m;
	other.kind = MSG_PART;
	other.part = (struct msg_part){ .key = "k", .index = 1, .total = 2, .bytes = (const uint8_t *)"1", .n = 1 };
	msg_print(&other, a);
	other.part.index = 2;
	msg_print(&other, b);
	assert_memory_not_equal(a, b, DOUBT_PRINT);
}

#define TEST(name) cmocka_unit_test_teardown(name, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_is_claimed_once),
		TEST(those_before_a_count_or_a_time_are_settled),
		TEST(above_the_cap_the_oldest_goes),
		TEST(a_print_is_of_sender_number_and_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
