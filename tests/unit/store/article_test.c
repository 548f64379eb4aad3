/* The knowledge base's rows: versions, the one that is live, what is found, what is wrong. */
#include "tests/unit/store/fixture.h"

#include "gateway/store/article.h"

static struct article_row an_article(struct fixture *f, const char *title, const char *body)
{
	struct article_row a = { .owner = "chen", .department = "fund", .category = "", .title = title, .body = body,
		.language = "zh-CN", .author = "chen", .approver = "", .note = "" };
	ok(article_insert(f->tx, &a));
	return a;
}

static void publish(struct fixture *f, struct article_row *a)
{
	ok(article_update(f->tx, a, ARTICLE_REVIEW));
	a->approver = "boss";
	ok(article_update(f->tx, a, ARTICLE_APPROVED));
}

static size_t found(struct fixture *f, const char *words, bool any, uint64_t first)
{
	struct article_row *a;
	size_t n;
	ok(article_search(f->tx, words, any, &a, &n));
	if (n)
		assert_int_equal(a[0].id, first);
	return n;
}

static void only_what_is_approved_is_found(void **state)
{
	struct fixture *f = *state;
	struct article_row a = an_article(f, "公积金提取", "带身份证到网点"), b;
	assert_int_equal(found(f, "公积金", false, 0), 0);
	publish(f, &a);
	commit(f);
	assert_int_equal(found(f, "公积金", false, a.id), 1);
	assert_int_equal(found(f, "网点", false, a.id), 1);
	assert_int_equal(found(f, "公积金 天文台", false, 0), 0);
	assert_int_equal(found(f, "公积金 天文台", true, a.id), 1);
	ok(article_get(f->tx, a.id, &b));
	assert_int_equal(b.live, 1);
	assert_string_equal(b.approver, "boss");
	ok(article_update(f->tx, &a, ARTICLE_RETIRED));
	assert_int_equal(found(f, "公积金", false, 0), 0);
	assert_int_equal(article_update(f->tx, &a, ARTICLE_APPROVED), E_CONFLICT);
}

static void each_change_has_a_time_of_its_own_however_fast_they_come(void **state)
{
	struct fixture *f = *state;
	struct article_row a = an_article(f, "停车收费", "首小时免费"), b;
	int64_t last = a.changed_at;
	for (int i = 0; i < 3; i++, last = b.changed_at) {
		ok(article_update(f->tx, &a, ARTICLE_DRAFT));
		ok(article_get(f->tx, a.id, &b));
		assert_true(b.changed_at > last);
		assert_int_equal(a.changed_at, b.changed_at);
	}
	publish(f, &a);
	last = a.changed_at;
	ok(article_revise(f->tx, &a, "li"));
	assert_true(a.changed_at > last);
}

static void a_new_version_replaces_the_old_in_one_step(void **state)
{
	struct fixture *f = *state;
	struct article_row a = an_article(f, "开放时间", "周一闭馆"), *v;
	size_t n;
	publish(f, &a);
	ok(article_revise(f->tx, &a, "li"));
	assert_int_equal(article_revise(f->tx, &(struct article_row){ .id = a.id, .version = 1, .newest = 2 }, "li"), E_CONFLICT);
	a.body = "全年开放";
	ok(article_update(f->tx, &a, ARTICLE_DRAFT));
	assert_int_equal(found(f, "闭馆", false, a.id), 1);
	publish(f, &a);
	assert_int_equal(found(f, "闭馆", false, 0), 0);
	assert_int_equal(found(f, "全年", false, a.id), 1);
	ok(article_versions(f->tx, a.id, &v, &n));
	assert_int_equal(n, 2);
	assert_int_equal(v[0].state, ARTICLE_APPROVED);
	assert_int_equal(v[1].state, ARTICLE_RETIRED);
	assert_string_equal(v[1].body, "周一闭馆");
	assert_string_equal(v[0].author, "li");
}

static void what_has_run_out_is_not_public(void **state)
{
	struct fixture *f = *state;
	struct article_row a = an_article(f, "春节安排", "限时"), *rows;
	size_t n;
	a.valid_until = tx_now(f->tx) + 1000;
	publish(f, &a);
	assert_true(article_public(&a, tx_now(f->tx)));
	ok(article_list_public(f->tx, 0, 10, &rows, &n));
	assert_int_equal(n, 1);
	tx_set_now(f->tx, tx_now(f->tx) + 1000);
	assert_false(article_public(&a, tx_now(f->tx)));
	ok(article_list_public(f->tx, 0, 10, &rows, &n));
	assert_int_equal(n, 0);
	assert_int_equal(found(f, "春节", false, 0), 0);
}

static void the_title_weighs_more_than_the_text(void **state)
{
	struct fixture *f = *state;
	struct article_row body = an_article(f, "其他事项", "居住证可以代办"), title = an_article(f, "居住证办理", "到派出所");
	publish(f, &title);
	publish(f, &body);
	if (*f->path) /* PostgreSQL ranks without places */
		assert_int_equal(found(f, "居住证", false, title.id), 2);
}

static void two_who_move_one_version_do_not_both_succeed(void **state)
{
	struct fixture *f = *state;
	struct article_row a = an_article(f, "甲", "乙"), same = a;
	ok(article_update(f->tx, &a, ARTICLE_REVIEW));
	assert_int_equal(article_update(f->tx, &same, ARTICLE_REVIEW), E_CONFLICT);
}

static void reports_are_counted_until_they_are_closed(void **state)
{
	struct fixture *f = *state;
	struct article_row a = an_article(f, "甲", "乙"), now;
	struct article_fault_row one = { .article = a.id, .version = 1, .by = "citizen", .text = "错了" }, *rows;
	size_t n;
	ok(article_fault_insert(f->tx, &one));
	ok(article_get(f->tx, a.id, &now));
	assert_int_equal(now.faults, 1);
	assert_int_equal(article_fault_close(f->tx, a.id + 1, one.id, "li", ""), E_NOTFOUND);
	ok(article_fault_close(f->tx, a.id, one.id, "li", "改了"));
	assert_int_equal(article_fault_close(f->tx, a.id, one.id, "li", "改了"), E_NOTFOUND);
	ok(article_fault_list(f->tx, a.id, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].closer, "li");
	ok(article_get(f->tx, a.id, &now));
	assert_int_equal(now.faults, 0);
}

static void lists_go_on_below_their_cursor(void **state)
{
	struct fixture *f = *state;
	struct article_row *rows, a[5];
	size_t n;
	for (size_t i = 0; i < 5; i++)
		a[i] = an_article(f, "甲", "乙");
	ok(article_list(f->tx, ARTICLE_DRAFT, NULL, 0, 2, &rows, &n));
	assert_int_equal(n, 2);
	ok(article_list(f->tx, -1, "fund", rows[1].id, 10, &rows, &n));
	assert_int_equal(n, 3);
	assert_int_equal(rows[2].id, a[0].id);
	ok(article_list(f->tx, -1, "urban", 0, 10, &rows, &n));
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_is_approved_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(each_change_has_a_time_of_its_own_however_fast_they_come, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_version_replaces_the_old_in_one_step, setup, teardown),
		cmocka_unit_test_setup_teardown(what_has_run_out_is_not_public, setup, teardown),
		cmocka_unit_test_setup_teardown(the_title_weighs_more_than_the_text, setup, teardown),
		cmocka_unit_test_setup_teardown(two_who_move_one_version_do_not_both_succeed, setup, teardown),
		cmocka_unit_test_setup_teardown(reports_are_counted_until_they_are_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_go_on_below_their_cursor, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
