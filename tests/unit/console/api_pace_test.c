#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/console/api_pace.h"

static struct api_pace pace;
static struct api_pace_words words;

static unsigned served(const char *token, int64_t at, unsigned asked)
{
	unsigned n = 0;
	for (unsigned i = 0; i < asked; i++)
		n += api_pace_take(&pace, token, true, at, &words);
	return n;
}

static int begin(void **state)
{
	(void)state;
	pace = (struct api_pace){ .rate = 5 };
	return 0;
}

static void twice_the_rate_at_once_and_then_the_rate(void **state)
{
	(void)state;
	assert_int_equal(served("a", 1000, 20), 10);
	assert_string_equal(words.retry, "1");
	assert_string_equal(words.policy, "\"token\";q=10;w=2");
	assert_string_equal(words.now, "\"token\";r=0;t=2");
	assert_int_equal(served("a", 1200, 20), 1);
	assert_int_equal(served("a", 2200, 20), 5);
	assert_int_equal(served("a", 99999, 20), 10);
}

static void one_token_s_pace_is_no_other_s(void **state)
{
	(void)state;
	assert_int_equal(served("a", 1000, 20), 10);
	assert_int_equal(served("b", 1000, 20), 10);
}

static void a_clock_that_goes_back_gives_nothing_away(void **state)
{
	(void)state;
	assert_int_equal(served("a", 5000, 20), 10);
	assert_int_equal(served("a", 1000, 20), 0);
	assert_int_equal(served("a", 1200, 20), 1);
}

static void more_tokens_than_are_known_forget_the_one_that_asked_longest_ago(void **state)
{
	char token[32];
	(void)state;
	assert_int_equal(served("old", 1000, 20), 10);
	for (int i = 0; i < API_PACE_TOKENS - 1; i++) {
		(void)snprintf(token, sizeof token, "t%d", i);
		assert_int_equal(served(token, 1001 + i, 1), 1);
	}
	assert_int_equal(served("new", 1001, 1), 1);
	assert_int_equal(served("old", 1001, 20), 10);
}

static void tokens_that_are_none_push_out_no_known_one(void **state)
{
	char token[32];
	(void)state;
	assert_int_equal(served("known", 1000, 20), 10);
	for (int i = 0; i < 2 * API_PACE_TOKENS; i++) {
		(void)snprintf(token, sizeof token, "none-%d", i);
		assert_true(api_pace_take(&pace, token, false, 1001, &words));
	}
	assert_int_equal(served("known", 1001, 20), 0);
}

static void what_a_token_took_before_it_was_known_counts(void **state)
{
	unsigned n = 0;
	(void)state;
	for (int i = 0; i < 20; i++)
		n += api_pace_take(&pace, "a", false, 1000, &words);
	assert_int_equal(n, 10);
	assert_int_equal(served("a", 1000, 20), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(twice_the_rate_at_once_and_then_the_rate, begin),
		cmocka_unit_test_setup(one_token_s_pace_is_no_other_s, begin),
		cmocka_unit_test_setup(a_clock_that_goes_back_gives_nothing_away, begin),
		cmocka_unit_test_setup(more_tokens_than_are_known_forget_the_one_that_asked_longest_ago, begin),
		cmocka_unit_test_setup(tokens_that_are_none_push_out_no_known_one, begin),
		cmocka_unit_test_setup(what_a_token_took_before_it_was_known_counts, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
