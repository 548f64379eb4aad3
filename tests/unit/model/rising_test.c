/* Words that grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/rising.h"

static void usual(struct rising *r, bool now, unsigned n)
{
	static const char *const of[] = { "小区路灯坏了请来修", "楼下占道经营太吵", "公积金怎么提取", "公交车总是晚点", "垃圾没有人清运" };
	for (unsigned i = 0; i < n; i++)
		rising_add(r, now, "", of[i % 5]);
}

static void a_word_that_many_more_write_rises_with_what_stands_beside_it(void **state)
{
	(void)state;
	struct rising *r = rising_create();
	struct rising_word w[RISING_WORDS];
	usual(r, false, 100);
	usual(r, true, 100);
	rising_add(r, false, "", "供暖什么时候开始");
	for (int i = 0; i < 12; i++)
		rising_add(r, true, i % 2 ? "暖气片冰凉" : "", i % 3 ? "家里暖气片冰凉，物业不管" : "暖气片冰凉好几天了");
	size_t n = rising_find(r, w);
	assert_int_equal(n, 1);
	assert_string_equal(w[0].word, "暖气片冰凉");
	assert_int_equal(w[0].now, 12);
	assert_int_equal(w[0].before, 0);
	bool beside = false;
	for (size_t i = 0; i < RISING_ALSO; i++)
		beside |= *w[0].also[i] != '\0' && strstr("物业不管", w[0].also[i]) != NULL;
	assert_true(beside);
	rising_destroy(&r);
}

static void what_is_written_as_often_as_before_does_not_rise(void **state)
{
	(void)state;
	struct rising *r = rising_create();
	struct rising_word w[RISING_WORDS];
	usual(r, false, 200);
	usual(r, true, 600); /* three times as many of everything */
	assert_int_equal(rising_find(r, w), 0);
	rising_destroy(&r);
}

static void two_texts_are_no_topic_and_nothing_rises_without_a_period_before(void **state)
{
	(void)state;
	struct rising *r = rising_create();
	struct rising_word w[RISING_WORDS];
	usual(r, false, 50);
	usual(r, true, 50);
	for (int i = 0; i < RISING_LEAST - 1; i++)
		rising_add(r, true, "", "井盖缺失");
	assert_int_equal(rising_find(r, w), 0);
	rising_destroy(&r);
	r = rising_create();
	usual(r, true, 50);
	assert_int_equal(rising_find(r, w), 0);
	rising_destroy(&r);
}

static void two_matters_that_grow_are_two_topics_the_more_telling_first(void **state)
{
	(void)state;
	struct rising *r = rising_create();
	struct rising_word w[RISING_WORDS];
	usual(r, false, 100);
	usual(r, true, 100);
	for (int i = 0; i < 30; i++)
		rising_add(r, true, "", "自来水发黄");
	for (int i = 0; i < 10; i++)
		rising_add(r, true, "", "校车不来接");
	assert_int_equal(rising_find(r, w), 2);
	assert_non_null(strstr("自来水发黄", w[0].word));
	assert_int_equal(w[0].now, 30);
	assert_non_null(strstr("校车不来接", w[1].word));
	rising_destroy(&r);
}

static void what_is_shown_is_found_again_in_the_texts_that_were_counted(void **state)
{
	(void)state;
	struct rising *r = rising_create();
	struct rising_word w[RISING_WORDS];
	usual(r, false, 40);
	usual(r, true, 40);
	static const char *const of[] = { "ＦＡＣＥ Elevator broken", "the elevator stopped", "Elevator again", "elevator!", "elevator 3" };
	for (unsigned i = 0; i < 5; i++)
		rising_add(r, true, "", of[i]);
	size_t n = rising_find(r, w), held = 0;
	assert_int_equal(n, 1);
	for (unsigned i = 0; i < 5; i++)
		held += rising_holds("", of[i], w[0].word);
	assert_string_equal(w[0].word, "elevator");
	assert_int_equal(held, w[0].now);
	assert_false(rising_holds("elevators", "", "elevator"));
	assert_true(rising_holds("暖气 冰凉", "", "冰凉"));
	rising_destroy(&r);
}

static void no_more_texts_are_taken_than_it_says(void **state)
{
	(void)state;
	struct rising *r = rising_create();
	usual(r, true, RISING_TEXTS_MAX + 10);
	usual(r, false, 7);
	assert_int_equal(rising_texts(r, true), RISING_TEXTS_MAX);
	assert_int_equal(rising_texts(r, false), 7);
	rising_destroy(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_that_many_more_write_rises_with_what_stands_beside_it),
		cmocka_unit_test(what_is_written_as_often_as_before_does_not_rise),
		cmocka_unit_test(two_texts_are_no_topic_and_nothing_rises_without_a_period_before),
		cmocka_unit_test(two_matters_that_grow_are_two_topics_the_more_telling_first),
		cmocka_unit_test(what_is_shown_is_found_again_in_the_texts_that_were_counted),
		cmocka_unit_test(no_more_texts_are_taken_than_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
