/* The reports' rows: kept up from the events, summed by day, and the tickets behind each number. */
#include "gateway/store/conversation.h"
#include "gateway/store/event.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"
#include "gateway/store/report.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "tests/unit/store/fixture.h"

#define MINUTE 60000LL
#define DAY (24 * 3600000LL)

static bool letters(const void *arg, const char *channel)
{
	return strcmp(channel, arg) == 0;
}

static size_t follow(struct fixture *f)
{
	struct report_follow w = { .limits = { 3 * MINUTE, DAY }, .letter = letters, .arg = "mail", .limit = 100 };
	ok(report_follow(f->tx, &w));
	return w.seen;
}

static struct ticket_row opened(struct fixture *f, const char *peer, const char *department, const char *category)
{
	struct conversation_row c = a_citizen(f, peer);
	struct ticket_row t = a_ticket(f, &c, "路灯不亮");
	t.department = department;
	t.category = category;
	ok(ticket_update(f->tx, &t));
	a_message(f, &c, &t, FROM_CITIZEN, "三号路的路灯不亮");
	ok(event_append(f->tx, t.id, "received", "citizen", "{}"));
	return t;
}

static void changed(struct fixture *f, struct ticket_row *t)
{
	ok(ticket_update(f->tx, t));
	ok(event_append(f->tx, t->id, "step", "li", "{}"));
}

static struct report_query these_days(void)
{
	return (struct report_query){ .from = report_day(noon) - 7, .to = report_day(noon) };
}

static int64_t count(struct fixture *f, const struct report_query *q, enum report_column c)
{
	struct report_line *l;
	size_t n;
	ok(report_load(f->tx, q, REPORT_BY_ALL, &l, &n));
	assert_int_equal(n, 1);
	return l->n[c];
}

static size_t behind(struct fixture *f, const struct report_query *q, enum report_column c)
{
	struct ticket_row *t;
	size_t n;
	uint64_t next;
	ok(report_tickets(f->tx, q, c, NULL, 1, 0, 100, &t, &n, &next));
	return n;
}

static void a_ticket_is_counted_once_and_anew_when_it_changes(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	struct ticket_row t = opened(f, "+8613800000001", "", "");
	(void)opened(f, "+8613800000002", "urban", "street-light");
	assert_int_equal(follow(f), 2);
	assert_int_equal(count(f, &q, REPORT_received), 2);
	assert_int_equal(count(f, &q, REPORT_responded), 0);
	t.state = TICKET_REPLIED;
	t.contacted_at = t.replied_at = noon + 2 * MINUTE;
	t.department = "urban";
	changed(f, &t);
	changed(f, &t);
	assert_int_equal(follow(f), 2);
	assert_int_equal(follow(f), 0);
	assert_int_equal(count(f, &q, REPORT_received), 2);
	assert_int_equal(count(f, &q, REPORT_prompt), 1);
	assert_int_equal(count(f, &q, REPORT_first_ms), 2 * MINUTE);
	q.department = "urban";
	assert_int_equal(count(f, &q, REPORT_received), 2);
	q.department = "";
	assert_int_equal(count(f, &q, REPORT_received), 0);
}

static void every_number_has_as_many_tickets_behind_it(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	for (int i = 0; i < 30; i++) {
		char peer[32];
		snprintf(peer, sizeof peer, "+86138000001%02d", i);
		struct ticket_row t = opened(f, peer, i % 3 ? "urban" : "police", i % 2 ? "street-light" : "");
		t.state = i % 4 == 0 ? TICKET_CLOSED : i % 4 == 1 ? TICKET_REPLIED : TICKET_DISPATCHED;
		t.contacted_at = i % 4 < 2 ? noon + i * MINUTE : 0;
		t.replied_at = t.contacted_at;
		t.closed_at = i % 4 == 0 ? noon + 40 * MINUTE : 0;
		t.bounces = i % 5 == 0;
		t.rounds = i % 7 == 0;
		changed(f, &t);
	}
	while (follow(f) > 0)
		;
	for (unsigned c = 0; c < REPORT_MARK_COUNT; c++) {
		q.department = q.category = NULL;
		assert_int_equal(count(f, &q, c), behind(f, &q, c));
		q.department = "police";
		q.category = "";
		assert_int_equal(count(f, &q, c), behind(f, &q, c));
	}
	q.department = q.category = NULL;
	assert_int_equal(count(f, &q, REPORT_returned), 6);
	assert_true(count(f, &q, REPORT_prompt) > 0 && count(f, &q, REPORT_prompt) < count(f, &q, REPORT_responded));
}

static void the_tickets_behind_a_number_come_in_pages(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	struct ticket_row *t;
	size_t n, seen = 0;
	uint64_t next = 0, last = INT64_MAX;
	for (int i = 0; i < 7; i++) {
		char peer[32];
		snprintf(peer, sizeof peer, "+8613800000%03d", i);
		(void)opened(f, peer, "urban", "");
	}
	follow(f);
	do {
		ok(report_tickets(f->tx, &q, REPORT_received, NULL, 1, next, 3, &t, &n, &next));
		for (size_t i = 0; i < n; i++, seen++) {
			assert_true(t[i].id < last);
			last = t[i].id;
		}
	} while (next);
	assert_int_equal(seen, 7);
	ok(report_tickets(f->tx, &q, REPORT_received, "路灯", 1, 0, 5, &t, &n, &next));
	assert_int_equal(n, 5);
	ok(report_tickets(f->tx, &q, REPORT_received, "路灯", 1, next, 5, &t, &n, &next));
	assert_int_equal(n, 2);
	ok(report_tickets(f->tx, &q, REPORT_received, "井盖", 1, 0, 5, &t, &n, &next));
	assert_int_equal(n, 0);
}

static void what_was_merged_or_is_held_leaves_the_numbers_again(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	struct ticket_row a = opened(f, "+8613800000001", "urban", ""), b = opened(f, "+8613800000002", "urban", "");
	follow(f);
	assert_int_equal(count(f, &q, REPORT_received), 2);
	ok(ticket_set_merged(f->tx, a.id, b.id));
	ok(event_append(f->tx, a.id, "merged", "li", "{}"));
	b.flags |= FLAG_HELD;
	changed(f, &b);
	follow(f);
	assert_int_equal(count(f, &q, REPORT_received), 0);
	assert_int_equal(behind(f, &q, REPORT_received), 0);
	ok(ticket_set_merged(f->tx, a.id, 0));
	ok(event_append(f->tx, a.id, "unmerged", "li", "{}"));
	follow(f);
	assert_int_equal(count(f, &q, REPORT_received), 1);
}

static struct survey_row rated(struct fixture *f, const struct ticket_row *t, const char *token, int rating, int solved, bool counted)
{
	struct survey_row s = { .ticket = t->id, .conversation = t->conversation, .token = token, .channel = "sms", .agent = "li",
		.department = "urban", .created_at = noon, .expires_at = noon + DAY, .raw = "", .comment = "", .category = "",
		.text_version = "", .counted = counted };
	ok(survey_insert(f->tx, &s));
	ok(survey_update(f->tx, &s, SURVEY_ASKED));
	if (rating == 0)
		return s;
	s.rating = rating;
	s.solved = solved;
	s.answered_at = noon;
	ok(survey_update(f->tx, &s, SURVEY_ANSWERED));
	ok(event_append(f->tx, t->id, "rated", "citizen", "{}"));
	return s;
}

static void the_newest_answered_question_is_the_citizens_word(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	struct ticket_row t = opened(f, "+8613800000001", "urban", "");
	rated(f, &t, "a", 1, SOLVED_NO, true);
	rated(f, &t, "b", 5, SOLVED_YES, true);
	rated(f, &t, "c", 0, 0, true);
	follow(f);
	assert_int_equal(count(f, &q, REPORT_rated), 1);
	assert_int_equal(count(f, &q, REPORT_satisfied), 1);
	assert_int_equal(count(f, &q, REPORT_solved), 1);
	assert_int_equal(behind(f, &q, REPORT_satisfied), 1);
	struct ticket_row law = opened(f, "+8613800000002", "police", "");
	rated(f, &law, "d", 1, SOLVED_NO, false);
	follow(f);
	assert_int_equal(count(f, &q, REPORT_rated), 1);
	assert_int_equal(count(f, &q, REPORT_uncounted), 1);
	assert_int_equal(count(f, &q, REPORT_said), 2);
}

static void lines_come_by_department_category_channel_and_day(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	struct report_line *l;
	size_t n;
	(void)opened(f, "+8613800000001", "urban", "street-light");
	(void)opened(f, "+8613800000002", "police", "");
	(void)opened(f, "+8613800000003", "urban", "waste");
	tx_set_now(f->tx, noon - DAY);
	(void)opened(f, "+8613800000004", "", "");
	tx_set_now(f->tx, noon);
	follow(f);
	ok(report_load(f->tx, &q, REPORT_BY_DEPARTMENT, &l, &n));
	assert_int_equal(n, 3);
	assert_string_equal(l[0].key, "");
	assert_string_equal(l[2].key, "urban");
	assert_int_equal(l[2].n[REPORT_received], 2);
	ok(report_load(f->tx, &q, REPORT_BY_CATEGORY, &l, &n));
	assert_int_equal(n, 3);
	ok(report_load(f->tx, &q, REPORT_BY_CHANNEL, &l, &n));
	assert_int_equal(n, 1);
	assert_string_equal(l[0].key, "sms");
	ok(report_load(f->tx, &q, REPORT_BY_DAY, &l, &n));
	assert_int_equal(n, 2);
	assert_int_equal(l[0].day, report_day(noon) - 1);
	assert_int_equal(l[1].n[REPORT_received], 3);
	q.to = report_day(noon) - 1;
	assert_int_equal(count(f, &q, REPORT_received), 1);
	assert_int_equal(behind(f, &q, REPORT_received), 1);
	q.from = q.to = report_day(noon) - 5;
	assert_int_equal(count(f, &q, REPORT_received), 0);
}

static void the_first_decision_on_a_suggestion_counts(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	struct ticket_row a = opened(f, "+8613800000001", "urban", ""), b = opened(f, "+8613800000002", "urban", "");
	ok(suggested_put(f->tx, a.id, SUGGESTED_CATEGORY, "waste", "waste"));
	ok(suggested_put(f->tx, a.id, SUGGESTED_CATEGORY, "waste", "greening"));
	ok(suggested_put(f->tx, b.id, SUGGESTED_CATEGORY, "waste", "greening"));
	ok(suggested_put(f->tx, b.id, SUGGESTED_DEPARTMENT, "urban", "urban"));
	follow(f);
	assert_int_equal(count(f, &q, REPORT_category_suggested), 2);
	assert_int_equal(count(f, &q, REPORT_category_taken), 1);
	assert_int_equal(count(f, &q, REPORT_department_suggested), 1);
	assert_int_equal(behind(f, &q, REPORT_category_taken), 1);
}

static void what_was_there_before_the_reports_is_followed_from_the_first_event_on(void **state)
{
	struct fixture *f = *state;
	struct report_query q = these_days();
	int64_t at;
	for (int i = 0; i < 150; i++) {
		char peer[32];
		snprintf(peer, sizeof peer, "+8613800001%03d", i);
		(void)opened(f, peer, "urban", "");
	}
	ok(report_as_of(f->tx, &at));
	assert_int_equal(at, 0);
	assert_int_equal(follow(f), 100);
	reopen(f);
	assert_int_equal(follow(f), 50);
	assert_int_equal(count(f, &q, REPORT_received), 150);
	ok(report_as_of(f->tx, &at));
	assert_int_equal(at, noon);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ticket_is_counted_once_and_anew_when_it_changes),
		TEST(every_number_has_as_many_tickets_behind_it),
		TEST(the_tickets_behind_a_number_come_in_pages),
		TEST(what_was_merged_or_is_held_leaves_the_numbers_again),
		TEST(the_newest_answered_question_is_the_citizens_word),
		TEST(lines_come_by_department_category_channel_and_day),
		TEST(the_first_decision_on_a_suggestion_counts),
		TEST(what_was_there_before_the_reports_is_followed_from_the_first_event_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
