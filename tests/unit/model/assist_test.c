/* What the assistant may try, and when an article answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/sm.h"
#include "gateway/model/article.h"
#include "gateway/model/assist.h"
#include "gateway/model/text.h"

static void questions_are_tried_and_complaints_are_not(void **state)
{
	static const char *const yes[] = { "公积金怎么提取？", "请问居住证在哪里办", "办营业执照需要什么材料", "How do I renew my ID card?",
		"图书馆几点开门", "咨询一下落户条件" };
	static const char *const no[] = { "路灯坏了三天怎么没人管？", "我要投诉物业乱收费，怎么办", "小区停水了", "Who do I complain to about noise?",
		"工资拖欠半年，什么时候给" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(assist_question(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(assist_question(no[i]));
	char longer[ASSIST_TEXT_MAX + 8];
	memset(longer, '?', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	assert_false(assist_question(longer));
}

static double fit(const char *question, const char *title, const char *body)
{
	struct buf words;
	buf_init(&words, 4096);
	assist_words(question, &words);
	double d = assist_fit(buf_str(&words), title, body);
	buf_fini(&words);
	return d;
}

static void an_article_about_it_fits_and_others_do_not(void **state)
{
	static const char title[] = "公积金提取需要什么材料", body[] = "购房提取公积金请带身份证、购房合同，到任一网点办理。";
	(void)state;
	assert_true(fit("公积金怎么提取？", title, body) >= ASSIST_FIT);
	assert_true(fit("请问买房提取公积金要带什么材料", title, body) >= ASSIST_FIT);
	assert_true(fit("公积金网点的空调坏了吗", title, body) < ASSIST_FIT);
	assert_true(fit("居住证怎么办", title, body) < ASSIST_FIT);
	assert_true(fit("身份证怎么补办", title, body) < ASSIST_FIT); /* only in passing */
	assert_true(fit("怎么办理？", title, body) < ASSIST_FIT);
	assert_true(fit("", title, body) == 0);
	assert_true(fit("How do I withdraw from the housing fund?", "Housing fund: how to withdraw", "Bring your ID.") >= ASSIST_FIT);
}

static void a_person_is_one_word_away(void **state)
{
	static const char *const yes[] = { "人工", "转人工", "我要找人工客服", "human", "I want to talk to a person", "人工！" };
	static const char *const no[] = { "人工湖太脏", "工资", "this is not human", "工作人员态度差", "" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(text_person(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(text_person(no[i]));
}

static void whoever_wrote_it_does_not_approve_it(void **state)
{
	struct err e;
	(void)state;
	assert_int_equal(article_check(ARTICLE_APPROVE, ARTICLE_REVIEW, ROLE_SUPERVISOR, false, &e), 0);
	assert_int_equal(article_check(ARTICLE_APPROVE, ARTICLE_REVIEW, ROLE_SUPERVISOR, true, &e), E_DENIED);
	assert_int_equal(article_check(ARTICLE_APPROVE, ARTICLE_REVIEW, ROLE_AGENT, false, &e), E_DENIED);
	assert_int_equal(article_check(ARTICLE_APPROVE, ARTICLE_DRAFT, ROLE_ADMIN, false, &e), E_CONFLICT);
	assert_int_equal(article_check(ARTICLE_EDIT, ARTICLE_APPROVED, ROLE_ADMIN, true, &e), E_CONFLICT);
	assert_int_equal(article_legal(ARTICLE_RETIRED, ROLE_AGENT, false), 1u << ARTICLE_REVISE);
	for (int s = 0; s < ARTICLE_STEPS; s++) {
		const struct article_rule *r = article_rule((enum article_step)s);
		assert_int_equal(article_step_find(article_step_name((enum article_step)s)), s);
		for (unsigned from = 0; r->to >= 0 && from < ARTICLE_STATES; from++)
			if (r->from & SM_TO(from))
				assert_true(sm_legal(&article_machine, from, (unsigned)r->to));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_are_tried_and_complaints_are_not),
		cmocka_unit_test(an_article_about_it_fits_and_others_do_not),
		cmocka_unit_test(a_person_is_one_word_away),
		cmocka_unit_test(whoever_wrote_it_does_not_approve_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
