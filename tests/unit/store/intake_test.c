/* What came in: once, in pieces, kept aside, and the view that a decision is made on. */
#include "gateway/store/conversation.h"
#include "gateway/store/intake.h"
#include "gateway/store/kept.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/receipt.h"
#include "gateway/store/segment.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/view.h"
#include "tests/unit/store/fixture.h"

static struct rules rules;

static struct view view_of(struct fixture *f, const char *channel, bool threads, const struct msg_in *m,
	struct conversation_row *c)
{
	struct view v;
	rules_defaults(&rules);
	ok(view_load(f->tx, channel, threads, m, &rules, &v, c));
	return v;
}

static struct view view_text(struct fixture *f, const char *peer, const char *text)
{
	struct conversation_row c;
	return view_of(f, "sms", false, &(struct msg_in){ .peer = peer, .text = text, .verified = true }, &c);
}

/* --- once --- */

static void a_message_is_known_by_channel_and_id(void **state)
{
	struct fixture *f = *state;
	struct intake_row row = { .message = 5, .seq = 2, .ticket = "20261122", .at = noon, .outcome = OUTCOME_APPEND }, g;
	assert_int_equal(intake_find(f->tx, "sms", "id-1", &g), E_NOTFOUND);
	ok(intake_insert(f->tx, "sms", "id-1", &row));
	assert_int_equal(intake_insert(f->tx, "sms", "id-1", &row), E_EXISTS);
	ok(intake_insert(f->tx, "mail", "id-1", &(struct intake_row){ .reason = "empty", .outcome = OUTCOME_REFUSE }));
	ok(intake_find(f->tx, "sms", "id-1", &g));
	assert_int_equal(g.message, 5);
	assert_int_equal(g.seq, 2);
	assert_string_equal(g.ticket, "20261122");
	assert_int_equal(g.outcome, OUTCOME_APPEND);
	ok(intake_find(f->tx, "mail", "id-1", &g));
	assert_string_equal(g.reason, "empty");
	assert_null(g.ticket);
}

static void a_fingerprint_that_recurs_replaces_the_row(void **state)
{
	struct fixture *f = *state;
	struct intake_row g;
	ok(intake_insert(f->tx, "sms", "fp:1", &(struct intake_row){ .message = 1, .at = 1 }));
	ok(intake_replace(f->tx, "sms", "fp:1", &(struct intake_row){ .message = 2, .at = 2 }));
	ok(intake_find(f->tx, "sms", "fp:1", &g));
	assert_int_equal(g.message, 2);
	assert_int_equal(g.at, 2);
}

/* --- the view --- */

static void a_new_citizen_has_an_empty_view(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c;
	struct view v = view_of(f, "sms", true, &(struct msg_in){ .peer = "nobody", .text = "你好" }, &c);
	assert_int_equal(c.id, 0);
	assert_int_equal(v.conversation, 0);
	assert_int_equal(v.tickets, 0);
	assert_int_equal(v.now, noon);
	assert_true(v.threads);
}

static void the_view_holds_the_newest_tickets_first(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), other = a_citizen(f, "+8613800000002");
	struct ticket_row t;
	a_ticket(f, &other, "别人");
	for (unsigned i = 0; i < VIEW_TICKETS + 4; i++)
		t = a_ticket(f, &c, "题");
	t.state = TICKET_CLOSED;
	t.flags = FLAG_REOPENED;
	t.rounds = 2;
	t.closed_at = noon - 5;
	t.last_at = noon - 4;
	ok(ticket_update(f->tx, &t));
	struct view v = view_text(f, "+8613800000001", "你好");
	assert_int_equal(v.conversation, c.id);
	assert_int_equal(v.tickets, VIEW_TICKETS);
	assert_int_equal(v.ticket[0].id, t.id);
	assert_string_equal(v.ticket[0].number, t.number);
	assert_int_equal(v.ticket[0].state, TICKET_CLOSED);
	assert_int_equal(v.ticket[0].flags, FLAG_REOPENED);
	assert_int_equal(v.ticket[0].rounds, 2);
	assert_int_equal(v.ticket[0].closed_at, noon - 5);
	assert_int_equal(v.ticket[0].last_at, noon - 4);
	assert_true(v.ticket[0].own);
	assert_true(v.ticket[1].id > v.ticket[2].id);
}

static void a_thread_is_found_by_our_mark_or_the_nearest_known_reference(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), other = a_citizen(f, "+8613800000002"), row;
	struct ticket_row t = a_ticket(f, &c, "甲"), u = a_ticket(f, &c, "乙"), theirs = a_ticket(f, &other, "丙");
	struct message_row in = a_message(f, &c, &t, FROM_CITIZEN, "1"), out = a_reply(f, &c, &u, "2");
	const char *const sent_id[] = { "<ours@city>" };
	ok(intake_insert(f->tx, "sms", "<theirs@x>", &(struct intake_row){ .message = in.id }));
	ok(outbox_set(f->tx, out.id, OUT_SENDING, 0, NULL));
	ok(outbox_handed(f->tx, out.id, OUT_ACCEPTED, NULL, "sms", sent_id, 1));
	const char *const refs[] = { "<unknown@x>", "<ours@city>", "<theirs@x>" };
	struct msg_in m = { .peer = "+8613800000001", .text = "续", .refs = refs, .ref_count = 3 };
	assert_int_equal(view_of(f, "sms", true, &m, &row).thread.id, u.id);
	m.ref_count = 1;
	assert_int_equal(view_of(f, "sms", true, &m, &row).thread.id, 0);
	m.refs = refs + 2;
	struct view v = view_of(f, "sms", true, &m, &row);
	assert_int_equal(v.thread.id, t.id);
	assert_true(v.thread.own);
	m.thread = theirs.number;
	v = view_of(f, "sms", true, &m, &row);
	assert_int_equal(v.thread.id, theirs.id);
	assert_false(v.thread.own);
	assert_int_equal(view_of(f, "mail", true, &(struct msg_in){ .peer = "a@b", .text = "", .refs = refs + 1, .ref_count = 2 },
		&row).thread.id, 0); /* ids are a channel's own */
}

static void a_number_in_the_text_is_asked_and_allowed_only_to_its_citizen(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	char text[100];
	snprintf(text, sizeof text, "查询%s进度", t.number);
	struct view v = view_text(f, "+8613800000001", text);
	assert_int_equal(v.asked.id, t.id);
	assert_true(v.asked_allowed);
	v = view_text(f, "+8613800000002", text); /* somebody else */
	assert_int_equal(v.asked.id, t.id);
	assert_false(v.asked_allowed);
	assert_int_equal(view_text(f, "+8613800000001", "查询20261122200000001进度").asked.id, 0); /* the check digit is wrong */
	/* The same verified address on another channel of the kind. */
	struct conversation_row row;
	struct msg_in m = { .peer = "+8613800000001", .text = text, .verified = true };
	assert_true(view_of(f, "sms2", false, &m, &row).asked_allowed);
	m.verified = false;
	assert_false(view_of(f, "sms2", false, &m, &row).asked_allowed);
}

static void full_width_digits_are_a_number_too(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	char text[100] = "";
	for (const char *d = t.number; *d; d++)
		strncat(text, (const char[]){ (char)0xEF, (char)0xBC, (char)(0x90 + *d - '0'), 0 }, 4);
	assert_int_equal(view_text(f, "+8613800000001", text).asked.id, t.id);
}

static void recent_counts_the_citizens_messages_of_the_window(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	rules_defaults(&rules);
	tx_set_now(f->tx, noon - rules.flood_window_ms - 1);
	a_message(f, &c, &t, FROM_CITIZEN, "old");
	tx_set_now(f->tx, noon);
	assert_int_equal(view_text(f, "+8613800000001", "x").recent, 0);
	a_message(f, &c, &t, FROM_CITIZEN, "1");
	a_message(f, &c, &t, FROM_SYSTEM, "2");
	a_message(f, &c, &t, FROM_NOTE, "3");
	a_message(f, &c, &t, FROM_CITIZEN, "4");
	assert_int_equal(view_text(f, "+8613800000001", "x").recent, 2);
	for (unsigned i = 0; i < rules.flood_messages; i++)
		a_message(f, &c, &t, FROM_CITIZEN, "again");
	assert_true(view_text(f, "+8613800000001", "x").recent > rules.flood_messages);
}

/* --- the survey in the view --- */

static struct survey_row a_survey(struct fixture *f, const struct conversation_row *c, const struct ticket_row *t,
	const char *token)
{
	struct survey_row s = { .ticket = t->id, .conversation = c->id, .token = token, .channel = "sms", .scale = SURVEY_ONE_BEST,
		.created_at = tx_now(f->tx), .expires_at = tx_now(f->tx) + 1000 };
	ok(survey_insert(f->tx, &s));
	struct message_row m = { .conversation = c->id, .ticket = t->id, .from = FROM_SYSTEM, .text = "请评价", .event = "closed",
		.survey = s.id, .at = tx_now(f->tx) };
	ok(message_insert(f->tx, &m, t));
	ok(outbox_insert(f->tx, &m, "sms", 0));
	s.message = m.id;
	ok(survey_update(f->tx, &s, SURVEY_QUEUED));
	return s;
}

static void a_survey_is_pending_from_the_moment_it_may_have_arrived(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct outbox_claim *claim;
	size_t n;
	struct survey_row s = a_survey(f, &c, &t, "tok");
	assert_int_equal(view_text(f, "+8613800000001", "1").survey.id, 0); /* still in our queue */
	ok(outbox_claim(f->tx, "sms", 0, 1, &claim, &n));
	assert_int_equal(view_text(f, "+8613800000001", "1").survey.id, s.id);
	s.asked_at = noon + 1;
	ok(survey_update(f->tx, &s, SURVEY_ASKED));
	struct view v = view_text(f, "+8613800000001", "1");
	assert_int_equal(v.survey.id, s.id);
	assert_int_equal(v.survey.ticket, t.id);
	assert_string_equal(v.survey.token, "tok");
	assert_int_equal(v.survey.scale, SURVEY_ONE_BEST);
	assert_int_equal(v.survey.asked_at, noon + 1);
	assert_int_equal(v.survey.answers_seq, 1);
	assert_false(v.survey.answered || v.survey.superseded);
	tx_set_now(f->tx, noon + 1000);
	assert_int_equal(view_text(f, "+8613800000001", "1").survey.id, 0); /* its window is over */
}

static void a_later_word_of_staff_supersedes_the_survey_and_its_thanks_do_not(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct survey_row s = a_survey(f, &c, &t, "tok");
	ok(survey_update(f->tx, &s, SURVEY_ASKED));
	a_message(f, &c, &t, FROM_CITIZEN, "5");
	ok(survey_update(f->tx, &s, SURVEY_ANSWERED));
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_SYSTEM, .text = "谢谢", .event = "thanks-bad" };
	ok(message_insert(f->tx, &m, &t));
	struct view v = view_text(f, "+8613800000001", "5");
	assert_true(v.survey.answered);
	assert_false(v.survey.superseded);
	a_message(f, &c, &t, FROM_NOTE, "内部");
	assert_false(view_text(f, "+8613800000001", "5").survey.superseded);
	a_message(f, &c, &t, FROM_STAFF, "请问几点在家？1 上午 2 下午");
	assert_true(view_text(f, "+8613800000001", "1").survey.superseded);
}

static void a_rating_names_its_survey_by_token_and_only_its_own(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), d = a_citizen(f, "+8613800000002"), row;
	struct ticket_row t = a_ticket(f, &c, "甲"), u = a_ticket(f, &c, "乙");
	struct survey_row first = a_survey(f, &c, &t, "one"), second = a_survey(f, &c, &u, "two");
	struct msg_in m = { .kind = MSG_RATING, .peer = c.peer, .rating = { .survey = "one", .rating = 5 } };
	assert_int_equal(view_of(f, "sms", false, &m, &row).survey.id, first.id);
	m.rating.survey = "two";
	assert_int_equal(view_of(f, "sms", false, &m, &row).survey.id, second.id);
	m.peer = d.peer;
	assert_int_equal(view_of(f, "sms", false, &m, &row).survey.id, 0);
}

/* --- pieces --- */

static void put_piece(struct fixture *f, unsigned index, const char *bytes, int want)
{
	struct segment_row s = { .key = "k1", .peer = "p", .account = "12345", .index = index, .total = 3, .coding = 8,
		.bytes = (const uint8_t *)bytes, .n = strlen(bytes), .at = tx_now(f->tx) };
	assert_int_equal(segment_put(f->tx, "sms", &s), want);
}

static void pieces_come_in_any_order_and_twice(void **state)
{
	struct fixture *f = *state;
	struct segment_row *s;
	size_t n;
	put_piece(f, 3, "ccc", 0);
	put_piece(f, 1, "a", 0);
	put_piece(f, 1, "other", E_EXISTS);
	put_piece(f, 2, "", 0);
	ok(segment_list(f->tx, "sms", "k1", &s, &n));
	assert_int_equal(n, 3);
	assert_int_equal(s[0].index, 1);
	assert_int_equal(s[0].n, 1);
	assert_memory_equal(s[0].bytes, "a", 1);
	assert_int_equal(s[1].n, 0);
	assert_int_equal(s[2].index, 3);
	assert_int_equal(s[2].total, 3);
	assert_int_equal(s[2].coding, 8);
	assert_string_equal(s[2].peer, "p");
	ok(segment_list(f->tx, "sms2", "k1", &s, &n));
	assert_int_equal(n, 0);
	ok(segment_drop(f->tx, "sms", "k1"));
	ok(segment_list(f->tx, "sms", "k1", &s, &n));
	assert_int_equal(n, 0);
}

static void pieces_are_stale_by_the_first_that_came(void **state)
{
	struct fixture *f = *state;
	const char **channel, **key;
	size_t n;
	put_piece(f, 2, "b", 0);
	tx_set_now(f->tx, noon + 1000);
	put_piece(f, 1, "a", 0);
	ok(segment_stale(f->tx, "", noon, 10, &channel, &key, &n));
	assert_int_equal(n, 0);
	ok(segment_stale(f->tx, "", noon + 1, 10, &channel, &key, &n));
	assert_int_equal(n, 1);
	assert_string_equal(channel[0], "sms");
	assert_string_equal(key[0], "k1");
}

/* --- aside --- */

static void quarantine_keeps_raw_bytes_and_says_when_it_cuts(void **state)
{
	struct fixture *f = *state;
	struct quarantine_row *q;
	size_t n;
	static char big[QUARANTINE_RAW_MAX + 10];
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = "sms", .reason = "malformed", .raw = "a\0b", .n = 3, .at = 1 }));
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = "sms", .reason = "empty", .peer = "p",
		.note = "why", .raw = big, .n = sizeof big, .raw_sha256 = "aa", .at = 2 }));
	ok(quarantine_list(f->tx, 0, 10, &q, &n));
	assert_int_equal(n, 2);
	assert_string_equal(q[0].reason, "empty");
	assert_int_equal(q[0].n, QUARANTINE_RAW_MAX);
	assert_string_equal(q[0].note, "why; cut to 65536 of 65546 bytes");
	assert_int_equal(q[1].n, 3);
	assert_memory_equal(q[1].raw, "a\0b", 3);
	assert_string_equal(q[1].note, "");
	ok(quarantine_list(f->tx, q[0].id, 10, &q, &n));
	assert_int_equal(n, 1);
}

static void small_things_are_kept_by_space_and_key(void **state)
{
	struct fixture *f = *state;
	const char *value;
	assert_int_equal(kept_get(f->tx, "cursor", "inbox", &value), E_NOTFOUND);
	ok(kept_put(f->tx, "cursor", "inbox", "1:5"));
	ok(kept_put(f->tx, "other", "inbox", "x"));
	ok(kept_put(f->tx, "cursor", "inbox", "1:6"));
	ok(kept_get(f->tx, "cursor", "inbox", &value));
	assert_string_equal(value, "1:6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_is_known_by_channel_and_id, setup, teardown),
		cmocka_unit_test_setup_teardown(a_fingerprint_that_recurs_replaces_the_row, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_citizen_has_an_empty_view, setup, teardown),
		cmocka_unit_test_setup_teardown(the_view_holds_the_newest_tickets_first, setup, teardown),
		cmocka_unit_test_setup_teardown(a_thread_is_found_by_our_mark_or_the_nearest_known_reference, setup, teardown),
		cmocka_unit_test_setup_teardown(a_number_in_the_text_is_asked_and_allowed_only_to_its_citizen, setup, teardown),
		cmocka_unit_test_setup_teardown(full_width_digits_are_a_number_too, setup, teardown),
		cmocka_unit_test_setup_teardown(recent_counts_the_citizens_messages_of_the_window, setup, teardown),
		cmocka_unit_test_setup_teardown(a_survey_is_pending_from_the_moment_it_may_have_arrived, setup, teardown),
		cmocka_unit_test_setup_teardown(a_later_word_of_staff_supersedes_the_survey_and_its_thanks_do_not, setup, teardown),
		cmocka_unit_test_setup_teardown(a_rating_names_its_survey_by_token_and_only_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(pieces_come_in_any_order_and_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(pieces_are_stale_by_the_first_that_came, setup, teardown),
		cmocka_unit_test_setup_teardown(quarantine_keeps_raw_bytes_and_says_when_it_cuts, setup, teardown),
		cmocka_unit_test_setup_teardown(small_things_are_kept_by_space_and_key, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
