/* What a citizen's own client is given of the conversation: all of it in order, without what staff write for
 * themselves. */
#include "tests/unit/flow/office.h"

static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

static struct page { bool done; int rc; size_t n; bool more; struct history_item item[20]; } page;

static void on_page(struct adapter *a, void *arg, int rc, const struct history_item *item, size_t n, bool more)
{
	(void)a;
	assert_ptr_equal(arg, &page);
	assert_in_range(n, 0, 20);
	page = (struct page){ .done = true, .rc = rc, .n = n, .more = more };
	for (size_t i = 0; i < n; i++) {
		page.item[i] = item[i];
		page.item[i].text = keep(item[i].text);
		page.item[i].author = keep(item[i].author);
		page.item[i].ticket = keep(item[i].ticket);
		page.item[i].survey = keep(item[i].survey);
		page.item[i].external_id = keep(item[i].external_id);
	}
}

static void read_page(const char *peer, int64_t after, unsigned limit)
{
	page.done = false;
	office.chat->host->history(&office.chat->base, peer, after, limit, on_page, &page);
	assert_false(page.done);
	UNTIL(page.done);
	assert_int_equal(page.rc, 0);
}

static void both_sides_in_order_without_notes(void **state)
{
	(void)state;
	struct took *t = write_in(office.chat, "visitor", LAMP);
	step(t->ticket, STEP_NOTE, "内部说明");
	step(t->ticket, STEP_REPLY, "修好了");
	step(t->ticket, STEP_CLOSE, NULL);
	read_page("visitor", 0, 20);
	assert_int_equal(page.n, 4);
	assert_false(page.more);
	static const int from[] = { HISTORY_CITIZEN, HISTORY_SYSTEM, HISTORY_STAFF, HISTORY_SYSTEM };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(page.item[i].seq, i + 1);
		assert_int_equal(page.item[i].from, from[i]);
		assert_string_equal(page.item[i].ticket, t->ticket);
		assert_null(strstr(page.item[i].text, "内部说明"));
	}
	assert_string_equal(page.item[0].text, LAMP);
	assert_string_equal(page.item[2].author, "李工");
	assert_string_equal(page.item[2].text, "修好了");
	assert_int_equal(page.item[2].kind, OUT_TEXT);
	assert_int_equal(page.item[3].kind, OUT_SURVEY);
	assert_string_equal(page.item[3].survey, see(t->ticket)->survey.token);
	assert_true(page.item[3].survey_open);
}

static void an_answered_survey_is_no_longer_open(void **state)
{
	(void)state;
	struct took *t = write_in(office.chat, "visitor", LAMP);
	step(t->ticket, STEP_REPLY, "修好了");
	step(t->ticket, STEP_CLOSE, NULL);
	UNTIL(see(t->ticket)->survey.state == SURVEY_ASKED);
	write_in(office.chat, "visitor", "非常满意");
	read_page("visitor", 0, 20);
	assert_string_equal(page.item[3].survey, see(t->ticket)->survey.token);
	assert_false(page.item[3].survey_open);
}

static void pages_join_without_gap_or_overlap(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 7; i++)
		write_in(office.chat, "visitor", arena_printf(office.arena, "第%u条：%s", i, LAMP));
	size_t all = talk_length(office.chat, "visitor");
	int64_t after = 0;
	size_t pages = 0;
	do {
		read_page("visitor", after, 3);
		for (size_t i = 0; i < page.n; i++)
			assert_int_equal(page.item[i].seq, after + 1 + (int64_t)i);
		assert_int_equal(page.more, (size_t)after + page.n < all);
		after += (int64_t)page.n;
		pages++;
	} while (page.more);
	assert_int_equal(after, all);
	assert_int_equal(pages, (all + 2) / 3);
}

static void the_last_page_that_is_just_full_is_the_last(void **state)
{
	(void)state;
	write_in(office.chat, "visitor", LAMP);
	read_page("visitor", 0, 2);
	assert_int_equal(page.n, 2);
	assert_false(page.more);
	read_page("visitor", 2, 2);
	assert_int_equal(page.n, 0);
}

static void whoever_never_wrote_has_none(void **state)
{
	(void)state;
	write_in(office.chat, "visitor", LAMP);
	read_page("somebody else", 0, 20);
	assert_int_equal(page.n, 0);
	write_in(office.sms, "visitor", LAMP);
	read_page("visitor", 0, 20);
	assert_int_equal(page.n, 2); /* the other channel's conversation is another one */
}

static bool drain_done;

static void on_drained(void *arg)
{
	(void)arg;
	drain_done = true;
}

static void a_page_under_way_is_given_before_the_drain_ends(void **state)
{
	(void)state;
	write_in(office.chat, "visitor", LAMP);
	page.done = drain_done = false;
	office.chat->host->history(&office.chat->base, "visitor", 0, 20, on_page, &page);
	flow_drain(office.flow, 60000, on_drained, NULL);
	UNTIL(drain_done);
	assert_true(page.done);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides_in_order_without_notes),
		TEST(an_answered_survey_is_no_longer_open),
		TEST(pages_join_without_gap_or_overlap),
		TEST(the_last_page_that_is_just_full_is_the_last),
		TEST(whoever_never_wrote_has_none),
		TEST(a_page_under_way_is_given_before_the_drain_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
