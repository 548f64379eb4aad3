/* Suggestions: learned from examples, explained by the text's own words, silent where nothing is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/mem.h"
#include "gateway/model/suggest.h"

static const struct suggest_example EXAMPLES[] = {
#define E(title_, text_, category, department) { .title = title_, .text = text_, .label = { NULL, category, department } }
	E("路灯不亮", "滨江路的路灯坏了三天，晚上一片漆黑", "lamp", "urban"),
	E("路灯又灭了", "学校门口两盏路灯不亮，孩子放学看不见路", "lamp", "urban"),
	E("请修路灯", "村口路灯杆倒了，照明没有了", "lamp", "urban"),
	E("小区路灯", "小区里路灯忽明忽暗，请派人维修照明", "lamp", "urban"),
	E("拖欠工资", "公司拖欠工资三个月，老板不见人", "wages", "labour"),
	E("讨薪", "工地不发工资，包工头跑了，农民工怎么办", "wages", "labour"),
	E("工资没发", "餐馆关门了，最后一个月工资没有发", "wages", "labour"),
	E("欠薪投诉", "工厂克扣工资，还不给加班费", "wages", "labour"),
	E("公交改线", "公交车改线以后我们这里没有站了", "bus", "transit"),
	E("公交太少", "早上的公交车四十分钟一班，上班迟到", "bus", "transit"),
	E("公交不停", "公交司机过站不停，老人等了半小时", "bus", "transit"),
	E("增加公交", "新区没有公交线路，希望增加班次", "bus", "transit"),
#undef E
};
enum { COUNT = sizeof EXAMPLES / sizeof *EXAMPLES };
static const struct suggest_topic TOPICS[] = { { "pay", "工资|薪水|血汗钱|工钱" }, { "light", "路灯|灯泡|照明" } };

static struct suggest *learned(void)
{
	return suggest_train(TOPICS, 2, EXAMPLES, COUNT, NULL);
}

static void a_text_like_the_examples_gets_their_label_and_its_reasons(void **state)
{
	(void)state;
	struct suggest *s = learned();
	struct suggestion best[SUGGEST_BEST];
	assert_int_equal(suggest_ask(s, SUGGEST_CATEGORY, "", "我们老板半年不发工资了", best), 3);
	assert_string_equal(best[0].label, "wages");
	assert_true(best[0].share > best[1].share && best[1].share >= best[2].share);
	assert_non_null(strstr(best[0].word[0], "工资"));
	assert_true(best[0].share <= 1 && best[2].share >= 0);
	assert_int_equal(suggest_ask(s, SUGGEST_DEPARTMENT, "", "我们老板半年不发工资了", best), 3);
	assert_string_equal(best[0].label, "labour");
	suggest_unref(&s);
}

static void a_topic_lends_what_was_learned_to_words_never_seen(void **state)
{
	(void)state;
	struct suggest *s = learned();
	struct suggestion best[SUGGEST_BEST];
	assert_true(suggest_ask(s, SUGGEST_CATEGORY, "", "血汗钱要不回来", best) > 0);
	assert_string_equal(best[0].label, "wages");
	assert_string_equal(best[0].word[0], "血汗钱");
	suggest_unref(&s);
}

static void every_reason_stands_in_the_text(void **state)
{
	(void)state;
	static const char text[] = "新区的公交车晚上路灯不亮也不停站";
	struct suggest *s = learned();
	struct suggestion best[SUGGEST_BEST];
	size_t n = suggest_ask(s, SUGGEST_CATEGORY, "", text, best);
	for (size_t i = 0; i < n; i++)
		for (size_t w = 0; w < SUGGEST_WORDS && *best[i].word[w]; w++)
			assert_non_null(strstr(text, best[i].word[w]));
	assert_true(*best[0].word[0]);
	suggest_unref(&s);
}

static void what_was_never_heard_of_is_not_guessed(void **state)
{
	(void)state;
	struct suggest *s = learned();
	struct suggestion best[SUGGEST_BEST];
	assert_int_equal(suggest_ask(s, SUGGEST_CATEGORY, "", "abc 123 ???", best), 0);
	assert_int_equal(suggest_ask(s, SUGGEST_CATEGORY, "", "", best), 0);
	assert_int_equal(suggest_ask(s, SUGGEST_NATURE, "", "老板不发工资", best), 0); /* no example says a nature */
	suggest_unref(&s);
}

static void one_label_is_no_choice(void **state)
{
	(void)state;
	struct suggestion best[SUGGEST_BEST];
	struct suggest *s = suggest_train(NULL, 0, EXAMPLES, 4, NULL), *none = suggest_train(NULL, 0, NULL, 0, NULL);
	assert_int_equal(suggest_ask(s, SUGGEST_CATEGORY, "", "路灯不亮", best), 0);
	assert_int_equal(suggest_ask(none, SUGGEST_CATEGORY, "", "路灯不亮", best), 0);
	suggest_unref(&s);
	suggest_unref(&none);
}

static void learning_twice_gives_the_same(void **state)
{
	(void)state;
	struct suggest *a = learned(), *b = learned();
	struct suggestion x[SUGGEST_BEST], y[SUGGEST_BEST];
	suggest_ask(a, SUGGEST_CATEGORY, "公交", "路灯和工资", x);
	suggest_ask(b, SUGGEST_CATEGORY, "公交", "路灯和工资", y);
	for (size_t i = 0; i < SUGGEST_BEST; i++) {
		assert_string_equal(x[i].label, y[i].label);
		assert_true(x[i].share == y[i].share);
	}
	suggest_unref(&a);
	suggest_unref(&b);
}

static void examples_past_the_bound_are_left_out(void **state)
{
	(void)state;
	enum { MANY = SUGGEST_EXAMPLES_MAX + 5 };
	struct suggest_example *many = mem_array(struct suggest_example, MANY);
	for (size_t i = 0; i < MANY; i++)
		many[i] = (struct suggest_example){ .title = i % 2 ? "路灯" : "工资", .text = "", .label = { NULL, i % 2 ? "a" : "b", NULL } };
	struct suggest *s = suggest_train(NULL, 0, many, MANY, NULL);
	assert_int_equal(suggest_examples(s), SUGGEST_EXAMPLES_MAX);
	suggest_unref(&s);
	free(many);
}

static void whoever_is_told_to_stop_stops(void **state)
{
	(void)state;
	atomic_bool stop = true;
	struct suggest *s = suggest_train(TOPICS, 2, EXAMPLES, COUNT, &stop);
	suggest_unref(&s);
	assert_null(s);
}

static void what_was_learned_is_not_what_is_asked(void **state)
{
	(void)state;
	/* A title that tells everything, and every one of them twice: were twins in two folds, each would be known. */
	static struct suggest_example twins[20];
	static char title[10][8];
	for (size_t i = 0; i < 20; i++) {
		snprintf(title[i / 2], sizeof *title, "%c%c%c", (char)('a' + i / 2), (char)('k' + i / 2), (char)('p' + i / 2));
		twins[i] = (struct suggest_example){ .title = title[i / 2], .text = "", .label = { NULL, i / 2 % 2 ? "x" : "y", NULL } };
	}
	static struct suggest_score score;
	suggest_cross_validate(NULL, 0, twins, 20, SUGGEST_CATEGORY, 5, 1, &score);
	assert_int_equal(score.examples, 20);
	assert_int_equal(score.labels, 2);
	assert_int_equal(score.right, 0);
	suggest_cross_validate(TOPICS, 2, EXAMPLES, COUNT, SUGGEST_CATEGORY, 4, 1, &score);
	assert_true(score.macro_f1 > 0.8);
	assert_true(score.accuracy <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_like_the_examples_gets_their_label_and_its_reasons),
		cmocka_unit_test(a_topic_lends_what_was_learned_to_words_never_seen),
		cmocka_unit_test(every_reason_stands_in_the_text),
		cmocka_unit_test(what_was_never_heard_of_is_not_guessed),
		cmocka_unit_test(one_label_is_no_choice),
		cmocka_unit_test(learning_twice_gives_the_same),
		cmocka_unit_test(examples_past_the_bound_are_left_out),
		cmocka_unit_test(whoever_is_told_to_stop_stops),
		cmocka_unit_test(what_was_learned_is_not_what_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
