#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/search.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "tests/unit/store/fixture.h"

static void numbers_rise_by_day_and_kind_of_channel(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row a = a_ticket(f, &c, "甲"), b = a_ticket(f, &c, "乙"), other = a;
	char want[TICKET_NUMBER_MAX];
	ticket_number(20261122, 20, 1, want);
	assert_string_equal(a.number, want);
	ticket_number(20261122, 20, 2, want);
	assert_string_equal(b.number, want);
	ok(ticket_insert(f->tx, &other, 10));
	ticket_number(20261122, 10, 1, want);
	assert_string_equal(other.number, want);
	tx_set_now(f->tx, noon + 86400000);
	struct ticket_row next = a_ticket(f, &c, "丙");
	ticket_number(20261123, 20, 1, want);
	assert_string_equal(next.number, want);
}

static void a_serial_is_not_given_again_after_a_restart(void **state)
{
	struct fixture *f = *state;
	char want[TICKET_NUMBER_MAX];
	struct conversation_row c = a_citizen(f, "+8613800000001");
	a_ticket(f, &c, "甲");
	reopen(f);
	struct ticket_row t = a_ticket(f, &c, "乙");
	ticket_number(20261122, 20, 2, want);
	assert_string_equal(t.number, want);
}

static void a_day_of_more_than_a_million_goes_on_with_the_next_code(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	a_ticket(f, &c, "甲");
	commit(f);
	meddle(f, "UPDATE serial SET last = 999998");
	commit(f);
	struct ticket_row last = a_ticket(f, &c, "乙"), next = a_ticket(f, &c, "丙");
	assert_memory_equal(last.number, "2026112220999999", 16);
	assert_memory_equal(next.number, "2026112221000000", 16);
	assert_true(ticket_number_valid(next.number));
}

static void a_day_that_has_given_every_number_says_so(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	commit(f);
	meddle(f, "UPDATE serial SET last = 9999999");
	commit(f);
	assert_int_equal(ticket_insert(f->tx, &t, 20), E_RANGE);
}

static void a_ticket_comes_back_as_it_was_stored(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = { .conversation = c.id, .channel = "sms", .kind = "sms", .account = "12345", .peer = "p",
		.peer_name = "王芳", .language = "en", .title = "灯", .nature = "求助", .category = "c1", .department = "d1",
		.assignee = "li", .state = TICKET_HANDLING, .flags = FLAG_SUPERVISED | FLAG_RETURNED, .priority = 1, .rounds = 2,
		.bounces = 3, .opened_at = 10, .due_at = 11, .accepted_at = 12, .dispatched_at = 13, .replied_at = 14,
		.closed_at = 15, .last_at = 16, .last_text = "路灯坏了", .last_from = "citizen" }, g;
	ok(ticket_insert(f->tx, &t, 20));
	commit(f);
	ok(ticket_get(f->tx, t.id, &g));
	assert_int_equal(g.conversation, c.id);
	assert_string_equal(g.peer_name, "王芳");
	assert_string_equal(g.language, "en");
	assert_string_equal(g.category, "c1");
	assert_string_equal(g.assignee, "li");
	assert_int_equal(g.state, TICKET_HANDLING);
	assert_int_equal(g.flags, FLAG_SUPERVISED | FLAG_RETURNED);
	assert_int_equal(g.priority + g.rounds + g.bounces, 6);
	assert_int_equal(g.opened_at, 10);
	assert_int_equal(g.due_at, 11);
	assert_int_equal(g.closed_at, 15);
	assert_int_equal(g.last_at, 16);
	assert_string_equal(g.last_text, "路灯坏了");
	assert_int_equal(g.version, 1);
	assert_int_equal(g.updated_at, noon);
	ok(ticket_get_number(f->tx, g.number, &t));
	assert_int_equal(t.id, g.id);
	assert_int_equal(ticket_get(f->tx, 1, &t), E_NOTFOUND);
	assert_int_equal(ticket_get_number(f->tx, "nothing", &t), E_NOTFOUND);
}

static void an_update_stores_the_row_and_raises_its_version(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲"), g;
	tx_set_now(f->tx, noon + 5000);
	t.state = TICKET_CLOSED;
	t.title = "新题";
	t.department = "d9";
	t.closed_at = noon + 5000;
	ok(ticket_update(f->tx, &t));
	assert_int_equal(t.version, 2);
	ok(ticket_get(f->tx, t.id, &g));
	assert_int_equal(g.version, 2);
	assert_int_equal(g.state, TICKET_CLOSED);
	assert_string_equal(g.title, "新题");
	assert_string_equal(g.department, "d9");
	assert_int_equal(g.updated_at, noon + 5000);
}

static void whoever_comes_second_gets_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row a = a_ticket(f, &c, "甲"), b = a, g;
	a.title = "first";
	ok(ticket_update(f->tx, &a));
	b.title = "second";
	assert_int_equal(ticket_update(f->tx, &b), E_CONFLICT);
	assert_int_equal(b.version, 1);
	ok(ticket_get(f->tx, a.id, &g));
	assert_string_equal(g.title, "first");
}

static void insert_and_update_are_noted(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	t.title = "乙";
	ok(ticket_update(f->tx, &t));
	assert_int_equal(f->tx->changes, 2);
	assert_int_equal(f->tx->change[0].kind, CHANGE_TICKET);
	assert_string_equal(f->tx->change[0].ticket->title, "甲");
	assert_string_equal(f->tx->change[1].ticket->title, "乙");
	assert_int_equal(f->tx->change[1].ticket->version, 2);
}

/* --- lists --- */

/* The titles, newest first. */
static void expect(struct fixture *f, const struct ticket_query *q, const char *titles)
{
	struct ticket_row *rows;
	struct ticket_query own = *q;
	char got[256] = "";
	uint64_t next;
	size_t n;
	if (!own.limit)
		own.limit = 50;
	ok(ticket_list(f->tx, &own, &rows, &n, &next));
	for (size_t i = 0; i < n; i++)
		strncat(got, rows[i].title, sizeof got - strlen(got) - 1);
	assert_string_equal(got, titles);
}

/* a new; b dispatched to roads, with li; c closed from roads; d refused; e new, held, late, on mail; f handling, roads */
static int six_tickets(void **state)
{
	setup(state);
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), mail = c;
	mail.channel = "mail";
	mail.peer = "a@b.example";
	ok(conversation_insert(f->tx, &mail));
	struct ticket_row t;
	a_ticket(f, &c, "a");
	t = a_ticket(f, &c, "b");
	t.state = TICKET_DISPATCHED;
	t.department = "roads";
	t.assignee = "li";
	t.last_from = "staff";
	ok(ticket_update(f->tx, &t));
	t = a_ticket(f, &c, "c");
	t.state = TICKET_CLOSED;
	t.department = "roads";
	t.closed_at = noon;
	ok(ticket_update(f->tx, &t));
	t = a_ticket(f, &c, "d");
	t.state = TICKET_REFUSED;
	t.closed_at = noon - 86400000;
	ok(ticket_update(f->tx, &t));
	t = a_ticket(f, &mail, "e");
	t.flags = FLAG_HELD;
	t.due_at = noon - 1;
	ok(ticket_update(f->tx, &t));
	t = a_ticket(f, &c, "f");
	t.state = TICKET_HANDLING;
	t.department = "roads";
	t.flags = FLAG_EMERGENCY;
	t.last_from = "system";
	ok(ticket_update(f->tx, &t));
	return 0;
}

static void lists_filter_by_everything_the_query_names(void **state)
{
	struct fixture *f = *state;
	expect(f, &(struct ticket_query){ .state = -1 }, "fedcba");
	expect(f, &(struct ticket_query){ .state = TICKET_NEW }, "ea");
	expect(f, &(struct ticket_query){ .state = TICKET_CLOSED }, "c");
	expect(f, &(struct ticket_query){ .state = -1, .channel = "mail" }, "e");
	expect(f, &(struct ticket_query){ .state = -1, .department = "roads" }, "fcb");
	expect(f, &(struct ticket_query){ .state = TICKET_CLOSED, .department = "roads" }, "c");
	expect(f, &(struct ticket_query){ .state = -1, .department = "roads", .open_only = true }, "fb");
	expect(f, &(struct ticket_query){ .state = -1, .assignee = "li" }, "b");
	expect(f, &(struct ticket_query){ .state = -1, .flags_any = FLAG_HELD | FLAG_EMERGENCY }, "fe");
	expect(f, &(struct ticket_query){ .state = -1, .flags_any = FLAG_HELD }, "e");
	expect(f, &(struct ticket_query){ .state = -1, .open_only = true }, "feba");
	expect(f, &(struct ticket_query){ .state = TICKET_REFUSED, .open_only = true }, "");
	expect(f, &(struct ticket_query){ .state = -1, .overdue_only = true }, "e");
	expect(f, &(struct ticket_query){ .state = -1, .last_word = 1 }, "ea");
	expect(f, &(struct ticket_query){ .state = -1, .department = "parks" }, "");
	expect(f, &(struct ticket_query){ .state = -1, .unassigned_only = true }, "fea");
	expect(f, &(struct ticket_query){ .state = -1, .unassigned_only = true, .department = "roads" }, "f");
	expect(f, &(struct ticket_query){ .state = -1, .assignee = "li", .open_only = true }, "b");
	expect(f, &(struct ticket_query){ .state = TICKET_NEW, .assignee = "li", .open_only = true }, "");
	expect(f, &(struct ticket_query){ .state = -1, .last_word = 2 }, "b");
	expect(f, &(struct ticket_query){ .state = TICKET_NEW, .channel = "mail", .overdue_only = true, .last_word = 1 }, "e");
}

static void by_deadline_the_nearest_comes_first_and_pages_fit_together(void **state)
{
	struct fixture *f = *state;
	struct ticket_row *rows;
	struct ticket_query q = { .state = -1, .limit = 1, .by_due = true };
	uint64_t next = 0;
	size_t n;
	char got[16] = "";
	ok(ticket_list(f->tx, &(struct ticket_query){ .state = -1, .limit = 50 }, &rows, &n, &next));
	for (size_t i = 0; i < n; i++) { /* f and b due at once, a later, e before all */
		rows[i].due_at = *rows[i].title == 'e' ? noon - 1 : *rows[i].title == 'a' ? noon + 9 : noon + 5;
		ok(ticket_update(f->tx, &rows[i]));
	}
	do {
		ok(ticket_list(f->tx, &q, &rows, &n, &next));
		if (n == 0)
			break;
		strcat(got, rows[0].title);
		q.after = next;
		q.after_due = rows[0].due_at;
	} while (next);
	assert_string_equal(got, "ebfa");
	expect(f, &(struct ticket_query){ .state = -1, .by_due = true, .assignee = "li" }, "b");
}

static void a_list_goes_on_below_its_cursor(void **state)
{
	struct fixture *f = *state;
	struct ticket_row *rows;
	uint64_t next = 0;
	size_t n;
	char got[16] = "";
	unsigned pages = 0;
	do {
		ok(ticket_list(f->tx, &(struct ticket_query){ .state = -1, .limit = 2, .after = next }, &rows, &n, &next));
		for (size_t i = 0; i < n; i++)
			strcat(got, rows[i].title);
		pages++;
	} while (next);
	assert_string_equal(got, "fedcba");
	assert_true(pages <= 4);
	ok(ticket_list(f->tx, &(struct ticket_query){ .state = -1, .limit = 3, .open_only = true }, &rows, &n, &next));
	assert_int_equal(n, 3);
	ok(ticket_list(f->tx, &(struct ticket_query){ .state = -1, .limit = 3, .open_only = true, .after = next }, &rows, &n, &next));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].title, "a");
	assert_int_equal(next, 0);
}

static void a_list_begins_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000009");
	tx_set_now(f->tx, noon + 60000);
	a_ticket(f, &c, "late");
	expect(f, &(struct ticket_query){ .state = -1, .since = noon + 60000 }, "late");
	expect(f, &(struct ticket_query){ .state = -1, .since = noon + 60001 }, "");
	expect(f, &(struct ticket_query){ .state = -1, .since = noon }, "latefedcba");
}

/* An import opens tickets of long ago under ids of today. */
static void what_was_opened_earlier_than_it_came_in_is_listed_by_when_it_was_opened(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000009");
	tx_set_now(f->tx, noon - 400 * 86400000LL);
	a_ticket(f, &c, "old");
	expect(f, &(struct ticket_query){ .state = -1, .since = noon - 401 * 86400000LL }, "oldfedcba");
	expect(f, &(struct ticket_query){ .state = -1, .since = noon - 1 }, "fedcba");
}

static struct ticket_row a_matter(struct fixture *f, const struct conversation_row *c, const char *words)
{
	struct ticket_row t = a_ticket(f, c, words);
	a_message(f, c, &t, FROM_CITIZEN, words);
	return t;
}

/* Everything that is there by now. */
static void index_all(struct fixture *f)
{
	size_t n = 1;
	tx_set_now(f->tx, tx_now(f->tx) + 60000);
	while (n)
		ok(search_index(f->tx, 3, &n));
}

static void search_all(struct fixture *f, const struct ticket_row *u)
{
	expect(f, &(struct ticket_query){ .state = -1, .text = "路灯" }, "路灯不亮");
	expect(f, &(struct ticket_query){ .state = -1, .text = "亮" }, "路灯不亮");
	expect(f, &(struct ticket_query){ .state = -1, .text = "三号门口" }, "路灯不亮");
	expect(f, &(struct ticket_query){ .state = -1, .text = "门口 幸福" }, "路灯不亮");
	expect(f, &(struct ticket_query){ .state = -1, .text = "门三口" }, "");
	expect(f, &(struct ticket_query){ .state = -1, .text = "ＬＡＭＰ" }, "路灯不亮");
	expect(f, &(struct ticket_query){ .state = -1, .text = "la" }, "路灯不亮");
	expect(f, &(struct ticket_query){ .state = -1, .text = "amp" }, "");
	expect(f, &(struct ticket_query){ .state = TICKET_NEW, .open_only = true, .text = "路灯" }, "路灯不亮");
	expect(f, &(struct ticket_query){ .state = TICKET_CLOSED, .text = "路灯" }, "");
	expect(f, &(struct ticket_query){ .state = -1, .text = "没有这个词" }, "");
	expect(f, &(struct ticket_query){ .state = -1, .text = "100%_s" }, "100%_sure!");
	expect(f, &(struct ticket_query){ .state = -1, .text = "%" }, "100%_sure!");
	expect(f, &(struct ticket_query){ .state = -1, .text = "sure!" }, "100%_sure!");
	expect(f, &(struct ticket_query){ .state = -1, .text = u->number }, "100%_sure!");
	expect(f, &(struct ticket_query){ .state = TICKET_CLOSED, .text = u->number }, "");
	expect(f, &(struct ticket_query){ .state = -1, .text = "'; DROP TABLE ticket; --" }, "");
	expect(f, &(struct ticket_query){ .state = -1, .text = "\" OR \"" }, "");
	expect(f, &(struct ticket_query){ .state = -1, .text = "lamp* NOT 路灯" }, "");
	expect(f, &(struct ticket_query){ .state = -1, .text = " " }, "");
}

static void a_search_finds_words_and_numbers_before_and_after_they_are_indexed(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000002");
	struct ticket_row t = a_matter(f, &c, "路灯不亮"), u = a_matter(f, &c, "100%_sure!");
	a_message(f, &c, &t, FROM_CITIZEN, "幸福路三号门口的Lamp坏了");
	search_all(f, &u);
	index_all(f);
	search_all(f, &u);
	expect(f, &(struct ticket_query){ .state = -1, .limit = 1 }, "100%_sure!");
}

static void what_is_not_indexed_yet_comes_before_what_is(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000002");
	a_matter(f, &c, "路灯甲");
	a_matter(f, &c, "路灯乙");
	index_all(f);
	a_matter(f, &c, "路灯丙");
	expect(f, &(struct ticket_query){ .state = -1, .text = "路灯" }, "路灯丙路灯乙路灯甲");
}

static void a_ticket_with_many_fitting_messages_is_on_one_page_only(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000002");
	struct ticket_row t[7], *rows;
	for (size_t i = 0; i < 7; i++)
		t[i] = a_matter(f, &c, "路灯");
	for (size_t i = 0; i < 300; i++)
		a_message(f, &c, &t[i * 5 % 7], FROM_CITIZEN, i % 2 ? "路灯还是不亮" : "请问呢");
	for (int indexed = 0; indexed < 2; indexed++) {
		struct ticket_query q = { .state = -1, .text = "路灯", .limit = 2 };
		unsigned seen[7] = { 0 }, pages = 0;
		do {
			size_t n;
			uint64_t next;
			ok(ticket_list(f->tx, &q, &rows, &n, &next));
			q.after = next;
			assert_in_range(pages, 0, 4);
			for (size_t i = 0; i < n; i++)
				for (size_t k = 0; k < 7; k++)
					seen[k] += rows[i].id == t[k].id;
			pages++;
		} while (q.after);
		for (size_t k = 0; k < 7; k++)
			assert_int_equal(seen[k], 1);
		assert_int_equal(pages, 4);
		index_all(f);
	}
}

static void counts_say_what_lists_would_show(void **state)
{
	struct fixture *f = *state;
	struct ticket_counts c;
	ok(ticket_count(f->tx, NULL, &c));
	assert_int_equal(c.by_state[TICKET_NEW], 2);
	assert_int_equal(c.by_state[TICKET_DISPATCHED], 1);
	assert_int_equal(c.by_state[TICKET_HANDLING], 1);
	assert_int_equal(c.overdue, 1);
	assert_int_equal(c.held, 1);
	assert_int_equal(c.emergency, 1);
	assert_int_equal(c.unassigned, 3);
	assert_int_equal(c.waiting, 2);
	assert_int_equal(c.opened_today, 6);
	assert_int_equal(c.closed_today, 1);
	ok(ticket_count(f->tx, "roads", &c));
	assert_int_equal(c.by_state[TICKET_NEW], 0);
	assert_int_equal(c.unassigned, 1);
	assert_int_equal(c.opened_today, 3);
	assert_int_equal(c.closed_today, 1);
	tx_set_now(f->tx, noon + 12 * 3600000LL); /* midnight in Shanghai: another day */
	ok(ticket_count(f->tx, NULL, &c));
	assert_int_equal(c.opened_today, 0);
	assert_int_equal(c.closed_today, 0);
	assert_int_equal(c.overdue, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_rise_by_day_and_kind_of_channel, setup, teardown),
		cmocka_unit_test_setup_teardown(a_serial_is_not_given_again_after_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(a_day_of_more_than_a_million_goes_on_with_the_next_code, setup, teardown),
		cmocka_unit_test_setup_teardown(a_day_that_has_given_every_number_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(a_ticket_comes_back_as_it_was_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(an_update_stores_the_row_and_raises_its_version, setup, teardown),
		cmocka_unit_test_setup_teardown(whoever_comes_second_gets_a_conflict, setup, teardown),
		cmocka_unit_test_setup_teardown(insert_and_update_are_noted, setup_watched, teardown),
		cmocka_unit_test_setup_teardown(lists_filter_by_everything_the_query_names, six_tickets, teardown),
		cmocka_unit_test_setup_teardown(by_deadline_the_nearest_comes_first_and_pages_fit_together, six_tickets, teardown),
		cmocka_unit_test_setup_teardown(a_list_goes_on_below_its_cursor, six_tickets, teardown),
		cmocka_unit_test_setup_teardown(a_list_begins_at_a_time, six_tickets, teardown),
		cmocka_unit_test_setup_teardown(what_was_opened_earlier_than_it_came_in_is_listed_by_when_it_was_opened, six_tickets,
			teardown),
		cmocka_unit_test_setup_teardown(a_search_finds_words_and_numbers_before_and_after_they_are_indexed, six_tickets,
			teardown),
		cmocka_unit_test_setup_teardown(what_is_not_indexed_yet_comes_before_what_is, six_tickets, teardown),
		cmocka_unit_test_setup_teardown(a_ticket_with_many_fitting_messages_is_on_one_page_only, six_tickets, teardown),
		cmocka_unit_test_setup_teardown(counts_say_what_lists_would_show, six_tickets, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
