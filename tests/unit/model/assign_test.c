/* Work comes to whoever knows it and has room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/model/assign.h"

static void codes_are_whole_words(void **state)
{
	(void)state;
	assert_true(assign_skilled("water-leak, street-light", "street-light"));
	assert_true(assign_skilled("water-leak", "water-leak"));
	assert_false(assign_skilled("water-leak", "water"));
	assert_false(assign_skilled("water", "water-leak"));
	assert_false(assign_skilled("water-leak", ""));
	assert_false(assign_skilled("", "water-leak"));
}

static void the_smaller_share_gets_it_and_then_who_waited_longest(void **state)
{
	struct assign_seat seat[] = {
		{ "a", "", 10, 4, 100 }, { "b", "", 4, 2, 1 }, { "c", "", 10, 4, 50 },
	};
	(void)state;
	assert_int_equal(assign_pick(seat, 3, "", false), 2);
	seat[2].load = 5;
	assert_int_equal(assign_pick(seat, 3, "", false), 0);
	seat[1].load = 0;
	assert_int_equal(assign_pick(seat, 3, "", false), 1);
}

static void an_expert_gets_their_own_matter_and_no_other(void **state)
{
	struct assign_seat seat[] = { { "general", "", 8, 0, 0 }, { "expert", "medical", 8, 7, 9 } };
	(void)state;
	assert_int_equal(assign_pick(seat, 2, "medical", false), 1);
	assert_int_equal(assign_pick(seat, 2, "noise", false), 0);
	assert_int_equal(assign_pick(seat, 2, "", false), 0);
	seat[1].load = 8;
	assert_int_equal(assign_pick(seat, 2, "medical", false), 0);
	assert_int_equal(assign_pick(seat + 1, 1, "noise", false), -1);
}

static void full_hands_get_nothing_but_emergencies(void **state)
{
	const struct assign_seat seat[] = { { "a", "", 2, 2, 0 }, { "b", "", 8, 8, 5 } };
	(void)state;
	assert_int_equal(assign_pick(seat, 2, "", false), -1);
	assert_int_equal(assign_pick(seat, 2, "", true), 0);
	assert_int_equal(assign_pick(seat, 0, "", true), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_whole_words),
		cmocka_unit_test(the_smaller_share_gets_it_and_then_who_waited_longest),
		cmocka_unit_test(an_expert_gets_their_own_matter_and_no_other),
		cmocka_unit_test(full_hands_get_nothing_but_emergencies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
