/* What comes again, and what only looks as if it did: ids that carriers count and begin anew, words without an id, late copies of
 * pieces. */
#include "gateway/store/event.h"
#include "gateway/store/place.h"
#include "gateway/store/segment.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000", WANG[] = "+8613900139000";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修", NOISE[] = "小区夜里噪音太大";

static struct msg_in counted(const char *id, const char *peer, const char *text)
{
	return (struct msg_in){ .kind = MSG_TEXT, .external_id = id, .recurs = true, .peer = peer, .account = "12345", .text = text,
		.received_at = clock_now(), .verified = true };
}

static enum taken taken(const struct msg_in *m)
{
	return take(office.sms, m)->taken;
}

/* --- ids that recur --- */

static void an_id_that_recurs_with_the_same_words_is_a_redelivery(void **state)
{
	(void)state;
	struct msg_in m = counted("0007", ZHANG, LAMP);
	struct took *first = take(office.sms, &m), *again = take(office.sms, &m);
	assert_int_equal(first->taken, TAKEN_STORED);
	assert_int_equal(again->taken, TAKEN_DUPLICATE);
	assert_string_equal(again->ticket, first->ticket);
	assert_int_equal(take_at(office.sms, &m, clock_now() + 30LL * 24 * 3600 * 1000).taken, TAKEN_DUPLICATE);
}

static void a_known_id_from_another_citizen_or_with_other_words_is_a_new_message_and_known_again(void **state)
{
	(void)state;
	struct msg_in all[] = { counted("0007", ZHANG, LAMP), counted("0007", WANG, LAMP), counted("0007", ZHANG, NOISE),
		counted("0007", ZHANG, LAMP) };
	all[3].account = "12319";
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_int_equal(taken(&all[i]), TAKEN_STORED);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_int_equal(taken(&all[i]), TAKEN_DUPLICATE);
	assert_int_equal(talk_length(office.sms, WANG), 2);
	assert_true(see(take(office.sms, &all[2])->ticket)->n >= 3);
}

static void what_was_refused_under_an_id_does_not_swallow_what_comes_under_it_later(void **state)
{
	(void)state;
	struct msg_in empty = counted("0007", ZHANG, " \n"), m = counted("0007", ZHANG, LAMP);
	assert_int_equal(taken(&empty), TAKEN_REFUSED);
	assert_int_equal(taken(&m), TAKEN_STORED);
	assert_int_equal(taken(&empty), TAKEN_REFUSED);
	assert_int_equal(quarantined(), 1);
	assert_int_equal(taken(&m), TAKEN_DUPLICATE);
}

static void an_id_that_its_channel_vouches_for_is_enough(void **state)
{
	(void)state;
	struct msg_in m = counted("<1@mx>", ZHANG, LAMP), other = counted("<1@mx>", ZHANG, NOISE);
	m.recurs = other.recurs = false;
	assert_int_equal(taken(&m), TAKEN_STORED);
	assert_int_equal(taken(&other), TAKEN_DUPLICATE);
}

/* --- words without an id --- */

static void the_same_words_are_a_redelivery_only_where_the_answer_may_not_have_arrived(void **state)
{
	(void)state;
	int64_t now = clock_now();
	struct msg_in m = counted(NULL, ZHANG, "还没有人来");
	m.session_at = m.began_at = now - 1000; /* the gateway has run all the time */
	assert_int_equal(take_at(office.sms, &m, now).taken, TAKEN_STORED);
	m.resent = true;
	assert_int_equal(take_at(office.sms, &m, now + 60000).taken, TAKEN_DUPLICATE);
	m.resent = false;
	assert_int_equal(take_at(office.sms, &m, now + 120000).taken, TAKEN_STORED);
}

/* --- pieces --- */

static struct msg_in piece(const char *id, unsigned index, const char *bytes)
{
	return (struct msg_in){ .kind = MSG_PART, .external_id = id, .recurs = true, .peer = ZHANG, .account = "12345",
		.received_at = clock_now(), .session_at = clock_now() - 3600 * 1000, .verified = true, .part = { .key = "zhang/7/3",
		.index = index, .total = 3, .bytes = (const uint8_t *)bytes, .n = strlen(bytes) } };
}

static int waiting_run(struct tx *tx, void *arg, struct err *e)
{
	struct segment_row *s;
	(void)e;
	return segment_list(tx, "sms", "zhang/7/3", &s, arg);
}

static size_t waiting(void)
{
	size_t n = 0;
	assert_int_equal(store_now(office.store, false, waiting_run, &n, NULL), 0);
	return n;
}

static void a_late_copy_of_a_piece_makes_no_message(void **state)
{
	(void)state;
	static const char *const ids[2][4] = { { NULL, NULL, NULL, NULL }, { "1", "2", "3", "4" } };
	for (size_t i = 0; i < 2; i++) { /* without an id, and under another */
		int64_t long_ago = clock_now() - 12 * 60 * 1000 - (int64_t)i * 24 * 3600 * 1000;
		struct msg_in a = piece(ids[i][0], 1, i ? "甲" : "子"), b = piece(ids[i][1], 2, "乙"), c = piece(ids[i][2], 3, "丙"),
			copy = piece(ids[i][3], 2, "乙");
		b.session_at = long_ago - 3600 * 1000; /* over the same link */
		copy.session_at = b.session_at;
		take_at(office.sms, &a, long_ago);
		take_at(office.sms, &b, long_ago);
		assert_true(take_at(office.sms, &c, long_ago).message != 0);
		struct intake_done late = take_at(office.sms, &copy, long_ago + 30000);
		assert_int_equal(late.taken, TAKEN_STORED);
		assert_int_equal(late.message, 0);
		pieces_tick(office.flow);
		UNTIL(waiting() == 0);
		assert_int_equal(talk_length(office.sms, ZHANG), 2 * (i + 1)); /* and its receipt */
	}
}

static void a_long_message_that_a_citizen_sends_a_second_time_is_a_second_message(void **state)
{
	(void)state;
	struct msg_in a = piece(NULL, 1, "甲"), b = piece(NULL, 2, "乙"), c = piece(NULL, 3, "丙");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(take(office.sms, &a)->seq, 0);
		assert_int_equal(take(office.sms, &b)->seq, 0);
		assert_true(take(office.sms, &c)->seq > 0);
	}
	struct msg_in resent = piece(NULL, 2, "乙");
	resent.resent = true;
	assert_int_equal(taken(&resent), TAKEN_DUPLICATE);
	assert_int_equal(waiting(), 0);
}

static int gaps_run(struct tx *tx, void *arg, struct err *e)
{
	struct event_row *row;
	size_t n;
	(void)e;
	int rc = event_list(tx, "0", 100, &row, &n, NULL);
	for (size_t i = 0; rc == 0 && i < n; i++)
		*(size_t *)arg += strcmp(row[i].kind, "partial") == 0;
	return rc;
}

static void a_late_copy_does_not_spoil_the_next_message_under_its_reference(void **state)
{
	(void)state;
	struct msg_in a = piece(NULL, 1, "甲"), b = piece(NULL, 2, "乙"), c = piece(NULL, 3, "丙");
	struct msg_in x = piece(NULL, 1, "路灯"), y = piece(NULL, 2, "坏了"), z = piece(NULL, 3, "三天");
	size_t gaps = 0;
	take(office.sms, &a);
	take(office.sms, &b);
	take(office.sms, &c);
	take(office.sms, &b);
	take(office.sms, &x);
	take(office.sms, &y);
	struct took *last = take(office.sms, &z);
	const struct seen *s = see(last->ticket);
	size_t at = 0;
	while (at < s->n && s->m[at].seq != last->seq)
		at++;
	assert_true(at < s->n);
	assert_string_equal(s->m[at].text, "路灯坏了三天");
	assert_int_equal(store_now(office.store, false, gaps_run, &gaps, NULL), 0);
	assert_int_equal(gaps, 0);
}

static void a_piece_under_a_known_id_with_other_octets_is_a_piece_of_its_own(void **state)
{
	(void)state;
	struct msg_in a = piece("0007.1", 1, "甲"), b = piece("0007.2", 2, "乙"), c = piece("0007.3", 3, "丙");
	struct msg_in x = piece("0007.1", 1, "路灯"), y = piece("0007.2", 2, "坏了"), z = piece("0007.3", 3, "三天");
	take(office.sms, &a);
	assert_int_equal(taken(&a), TAKEN_DUPLICATE);
	take(office.sms, &b);
	take(office.sms, &c);
	assert_int_equal(taken(&b), TAKEN_DUPLICATE);
	assert_int_equal(taken(&x), TAKEN_STORED);
	assert_int_equal(taken(&y), TAKEN_STORED);
	assert_true(take(office.sms, &z)->seq > 0);
	assert_int_equal(taken(&z), TAKEN_DUPLICATE);
	assert_int_equal(taken(&c), TAKEN_DUPLICATE);
	assert_int_equal(waiting(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_id_that_recurs_with_the_same_words_is_a_redelivery),
		TEST(a_known_id_from_another_citizen_or_with_other_words_is_a_new_message_and_known_again),
		TEST(what_was_refused_under_an_id_does_not_swallow_what_comes_under_it_later),
		TEST(an_id_that_its_channel_vouches_for_is_enough),
		TEST(the_same_words_are_a_redelivery_only_where_the_answer_may_not_have_arrived),
		TEST(a_late_copy_of_a_piece_makes_no_message),
		TEST(a_long_message_that_a_citizen_sends_a_second_time_is_a_second_message),
		TEST(a_late_copy_does_not_spoil_the_next_message_under_its_reference),
		TEST(a_piece_under_a_known_id_with_other_octets_is_a_piece_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
