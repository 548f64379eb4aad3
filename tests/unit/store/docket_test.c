/* The closed loop's rows: the docket, helping departments and what the clock has to do. */
#include "gateway/store/conversation.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "tests/unit/store/fixture.h"

static struct ticket_row opened(struct fixture *f, const char *peer)
{
	struct conversation_row c = a_citizen(f, peer);
	return a_ticket(f, &c, "路灯不亮");
}

static struct docket_row asked(struct fixture *f, const struct ticket_row *t, enum docket_kind kind, const char *department)
{
	struct docket_row d = { .ticket = t->id, .kind = kind, .department = department, .actor = "li", .reason = "duty",
		.basis = "条例", .note = "说明", .days = 3, .since = 1, .due_at = 2 };
	ok(docket_insert(f->tx, &d));
	return d;
}

static void what_is_asked_is_kept_whole_and_ruled_on_once(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = opened(f, "+8613800000001");
	struct docket_row d, first = asked(f, &t, DOCKET_EXTENSION, "urban");
	(void)asked(f, &t, DOCKET_RETURN, "urban");
	ok(docket_last(f->tx, t.id, DOCKET_EXTENSION, &d));
	assert_int_equal(d.id, first.id);
	assert_string_equal(d.basis, "条例");
	assert_int_equal(d.days, 3);
	assert_int_equal(d.at, noon);
	assert_string_equal(d.verdict, "");
	d.verdict = "granted";
	d.judge = "zhou";
	d.words = "同意";
	d.judged_at = noon + 1;
	d.until = 9;
	ok(docket_update(f->tx, &d));
	reopen(f);
	ok(docket_last(f->tx, t.id, DOCKET_EXTENSION, &d));
	assert_string_equal(d.verdict, "granted");
	assert_string_equal(d.words, "同意");
	assert_int_equal(d.until, 9);
	assert_int_equal(docket_last(f->tx, t.id, DOCKET_SUPERVISION, &d), E_NOTFOUND);
}

static void what_waits_for_a_ruling_is_listed_oldest_first_and_by_department(void **state)
{
	struct fixture *f = *state;
	struct ticket_row a = opened(f, "+8613800000001"), b = opened(f, "+8613800000002");
	struct docket_row one = asked(f, &a, DOCKET_RETURN, "urban"), two = asked(f, &b, DOCKET_RETURN, "police"), *d;
	(void)asked(f, &b, DOCKET_EXTENSION, "police");
	a.department = "urban";
	ok(ticket_update(f->tx, &a));
	size_t n;
	ok(docket_open(f->tx, DOCKET_RETURN, NULL, 0, 10, &d, &n));
	assert_int_equal(n, 2);
	assert_int_equal(d[0].id, one.id);
	assert_string_equal(d[1].number, b.number);
	ok(docket_open(f->tx, DOCKET_RETURN, NULL, one.id, 10, &d, &n));
	assert_int_equal(n, 1);
	assert_int_equal(d[0].id, two.id);
	ok(docket_open(f->tx, DOCKET_RETURN, "urban", 0, 10, &d, &n));
	assert_int_equal(n, 1);
	one.verdict = "upheld";
	ok(docket_update(f->tx, &one));
	ok(docket_open(f->tx, DOCKET_RETURN, "urban", 0, 10, &d, &n));
	assert_int_equal(n, 0);
	ok(docket_list(f->tx, b.id, &d, &n));
	assert_int_equal(n, 2);
}

static void a_department_has_of_the_docket_what_is_with_it_and_its_own_returns(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = opened(f, "+8613800000001");
	static const struct { const char *with; enum docket_kind kind; size_t listed; bool title; } ways[] = {
		{ "urban", DOCKET_RETURN, 1, true }, { "urban", DOCKET_SUPERVISION, 1, true }, { "", DOCKET_RETURN, 1, false },
		{ "", DOCKET_SUPERVISION, 0, false }, { "police", DOCKET_RETURN, 0, false }, { "police", DOCKET_SUPERVISION, 0, false },
	};
	(void)asked(f, &t, DOCKET_RETURN, "urban");
	(void)asked(f, &t, DOCKET_SUPERVISION, "urban");
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct docket_row *d;
		struct loop_counts c;
		size_t n;
		t.department = ways[i].with;
		ok(ticket_update(f->tx, &t));
		ok(docket_open(f->tx, ways[i].kind, "urban", 0, 10, &d, &n));
		assert_int_equal(n, ways[i].listed);
		if (n)
			assert_string_equal(d[0].title, ways[i].title ? t.title : "");
		ok(loop_count(f->tx, "urban", &c));
		assert_int_equal(c.docket[ways[i].kind], n);
		ok(docket_open(f->tx, ways[i].kind, NULL, 0, 10, &d, &n));
		assert_int_equal(n, 1);
		assert_string_equal(d[0].title, t.title);
		ok(loop_count(f->tx, NULL, &c));
		assert_int_equal(c.docket[ways[i].kind], 1);
	}
}

static void a_department_lists_what_it_leads_and_what_it_helps_with(void **state)
{
	struct fixture *f = *state;
	struct ticket_row own = opened(f, "+8613800000001"), helped = opened(f, "+8613800000002"), *rows;
	(void)opened(f, "+8613800000003");
	own.department = "urban";
	ok(ticket_update(f->tx, &own));
	helped.department = "police";
	helped.helpers = ",gas,urban,";
	ok(ticket_update(f->tx, &helped));
	ok(helper_put(f->tx, helped.id, &(struct helper_row){ .department = "urban", .asked_by = "li", .asked_at = noon }));
	size_t n;
	uint64_t next;
	struct ticket_query q = { .state = -1, .department = "urban", .limit = 10 };
	ok(ticket_list(f->tx, &q, &rows, &n, &next));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].id, helped.id);
	assert_int_equal(rows[1].id, own.id);
	q.open_only = true;
	ok(ticket_list(f->tx, &q, &rows, &n, &next));
	assert_int_equal(n, 2);
	q.limit = 1;
	ok(ticket_list(f->tx, &q, &rows, &n, &next));
	assert_int_equal(next, helped.id);
	q.after = next;
	ok(ticket_list(f->tx, &q, &rows, &n, &next));
	assert_int_equal(rows[0].id, own.id);
	q = (struct ticket_query){ .state = TICKET_CLOSED, .department = "urban", .limit = 10 };
	ok(ticket_list(f->tx, &q, &rows, &n, &next));
	assert_int_equal(n, 0);
	assert_true(ticket_helped_by(&helped, "gas"));
	assert_false(ticket_helped_by(&helped, "ga"));
	assert_false(ticket_helped_by(&helped, ""));
}

static void an_open_ticket_that_is_helped_with_is_found_behind_any_number_of_closed_ones(void **state)
{
	struct fixture *f = *state;
	struct ticket_row open = { .id = 0 }, *rows;
	struct ticket_counts c;
	for (unsigned i = 0; i < 4; i++) {
		struct ticket_row t = opened(f, (const char *const[]){ "+8613800000001", "+8613800000002", "+8613800000003", "+8613800000004" }[i]);
		t.department = "police";
		t.helpers = ",urban,";
		t.state = i ? TICKET_CLOSED : TICKET_NEW;
		ok(ticket_update(f->tx, &t));
		ok(helper_put(f->tx, t.id, &(struct helper_row){ .department = "urban", .asked_by = "li", .asked_at = noon }));
		open = i ? open : t;
	}
	size_t n;
	uint64_t next;
	static const struct ticket_query q[] = { { .state = -1, .department = "urban", .open_only = true, .limit = 2 },
		{ .state = TICKET_NEW, .department = "urban", .limit = 2 } };
	for (size_t i = 0; i < 2; i++) {
		ok(ticket_list(f->tx, &q[i], &rows, &n, &next));
		assert_int_equal(n, 1);
		assert_int_equal(rows[0].id, open.id);
	}
	ok(ticket_count(f->tx, "urban", &c));
	assert_int_equal(c.by_state[TICKET_NEW], 1);
}

static void an_opinion_takes_the_place_of_the_question(void **state)
{
	struct fixture *f = *state;
	struct ticket_row t = opened(f, "+8613800000001");
	struct helper_row h = { .department = "gas", .asked_by = "li", .asked_at = noon }, *rows;
	size_t n;
	ok(helper_put(f->tx, t.id, &h));
	h.opinion = "正常";
	h.answered_by = "wang";
	h.answered_at = noon + 5;
	ok(helper_put(f->tx, t.id, &h));
	ok(helper_list(f->tx, t.id, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].opinion, "正常");
	assert_int_equal(rows[0].asked_at, noon);
}

static void tasks_fall_due_in_order_and_once(void **state)
{
	struct fixture *f = *state;
	struct ticket_row a = opened(f, "+8613800000001"), b = opened(f, "+8613800000002");
	struct task_row *t, k;
	size_t n;
	ok(task_put(f->tx, &(struct task_row){ a.id, "due", noon + 20, 1, 0 }));
	ok(task_put(f->tx, &(struct task_row){ b.id, "due", noon + 10, 1, 0 }));
	ok(task_put(f->tx, &(struct task_row){ a.id, "order", noon + 30, 1, 0 }));
	ok(task_due(f->tx, noon + 9, 10, &t, &n));
	assert_int_equal(n, 0);
	ok(task_due(f->tx, noon + 20, 10, &t, &n));
	assert_int_equal(n, 2);
	assert_int_equal(t[0].ticket, b.id);
	ok(task_put(f->tx, &(struct task_row){ a.id, "due", noon + 90, 1, 3 })); /* moved on */
	ok(task_get(f->tx, a.id, "due", &k));
	assert_int_equal(k.stage, 3);
	ok(task_drop(f->tx, b.id, "due"));
	ok(task_due(f->tx, noon + 50, 10, &t, &n));
	assert_int_equal(n, 1);
	assert_string_equal(t[0].kind, "order");
	ok(task_drop(f->tx, a.id, NULL));
	ok(task_due(f->tx, noon + 500, 10, &t, &n));
	assert_int_equal(n, 0);
	assert_int_equal(task_get(f->tx, a.id, "due", &k), E_NOTFOUND);
}

static void what_is_a_matter_of_minutes_goes_with_a_clock_that_is_put_back_once_and_a_deadline_does_not(void **state)
{
	struct fixture *f = *state;
	struct ticket_row a = opened(f, "+8613800000001"), b = opened(f, "+8613800000002");
	struct task_row *t;
	const int64_t hour = 3600000, minute = 60000;
	size_t n;
	ok(task_put(f->tx, &(struct task_row){ a.id, "care", noon + hour + 10 * minute, noon + hour, 0 }));
	ok(task_put(f->tx, &(struct task_row){ b.id, "care", noon + 9 * minute, noon, 0 }));
	ok(task_put(f->tx, &(struct task_row){ a.id, "due", noon + hour + minute, noon, 0 }));
	for (int nodes = 0; nodes < 2; nodes++)
		ok(task_clock_back(f->tx, "care", hour, 10 * minute));
	ok(task_due(f->tx, noon + hour, 10, &t, &n));
	assert_int_equal(n, 2);
	assert_int_equal(t[0].at, noon + 9 * minute);
	assert_int_equal(t[0].ticket, b.id);
	assert_int_equal(t[1].at, noon + 10 * minute);
	assert_string_equal(t[1].kind, "care");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_asked_is_kept_whole_and_ruled_on_once),
		TEST(what_waits_for_a_ruling_is_listed_oldest_first_and_by_department),
		TEST(a_department_has_of_the_docket_what_is_with_it_and_its_own_returns),
		TEST(a_department_lists_what_it_leads_and_what_it_helps_with),
		TEST(an_open_ticket_that_is_helped_with_is_found_behind_any_number_of_closed_ones),
		TEST(an_opinion_takes_the_place_of_the_question),
		TEST(tasks_fall_due_in_order_and_once),
		TEST(what_is_a_matter_of_minutes_goes_with_a_clock_that_is_put_back_once_and_a_deadline_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
