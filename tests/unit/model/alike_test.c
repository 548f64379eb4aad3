/* How alike two texts are: what a person is shown as a likely repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/model/alike.h"

static void the_same_words_are_the_same_whatever_their_marks(void **state)
{
	(void)state;
	assert_int_equal(text_alike("人民路路口的路灯坏了三天没人修", "人民路路口的路灯坏了三天没人修"), 100);
	assert_int_equal(text_alike("The street lamp is broken", "the STREET lamp is broken!"), 100);
	assert_int_equal(text_alike("", ""), 100);
	assert_int_equal(text_alike("", "路灯"), 0);
	assert_int_equal(text_alike("灯", "灯"), 100);
}

static void a_matter_told_twice_is_more_alike_than_two_matters(void **state)
{
	(void)state;
	static const char first[] = "人民路路口的路灯坏了三天没人修，晚上很危险";
	unsigned again = text_alike(first, "我反映过人民路路口路灯坏了，到现在还没人修"), other = text_alike(first, "小区物业乱收停车费，请查处");
	assert_true(again >= 40);
	assert_true(other < 15);
	assert_int_equal(text_alike(first, "小区物业乱收停车费，请查处"), text_alike("小区物业乱收停车费，请查处", first));
}

static void a_very_long_text_is_read_from_its_beginning(void **state)
{
	(void)state;
	static char a[90000], b[90000];
	for (size_t i = 0; i + 4 < sizeof a; i += 3) {
		memcpy(a + i, i % 2 ? "路" : "灯", 3);
		memcpy(b + i, i % 2 ? "路" : "灯", 3);
	}
	assert_int_equal(text_alike(a, b), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_words_are_the_same_whatever_their_marks),
		cmocka_unit_test(a_matter_told_twice_is_more_alike_than_two_matters),
		cmocka_unit_test(a_very_long_text_is_read_from_its_beginning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
