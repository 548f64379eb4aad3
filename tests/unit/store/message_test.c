#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"
#include "tests/unit/store/fixture.h"

static void a_citizen_is_one_conversation_a_channel(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), again = c, g;
	assert_int_equal(conversation_insert(f->tx, &again), E_EXISTS);
	again.channel = "sms2";
	ok(conversation_insert(f->tx, &again));
	ok(conversation_find(f->tx, "sms", "+8613800000001", &g));
	assert_int_equal(g.id, c.id);
	assert_int_equal(conversation_find(f->tx, "mail", "+8613800000001", &g), E_NOTFOUND);
	assert_int_equal(conversation_get(f->tx, 12, &g), E_NOTFOUND);
}

static void an_update_of_a_conversation_leaves_its_numbers_alone(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), g;
	struct ticket_row t = a_ticket(f, &c, "甲");
	a_message(f, &c, &t, FROM_CITIZEN, "一");
	c.peer_name = "王芳";
	c.subject = "路灯";
	c.language = "en";
	c.read_seq = 1;
	c.last_seq = 0; /* as it was when the caller read it */
	ok(conversation_update(f->tx, &c));
	ok(conversation_get(f->tx, c.id, &g));
	assert_string_equal(g.peer_name, "王芳");
	assert_string_equal(g.subject, "路灯");
	assert_string_equal(g.language, "en");
	assert_int_equal(g.read_seq, 1);
	assert_int_equal(g.last_seq, 1);
	c.id = 5;
	assert_int_equal(conversation_update(f->tx, &c), E_NOTFOUND);
}

static void a_guide_goes_on_only_as_its_table_says(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), g;
	assert_int_equal(conversation_guide(f->tx, &c, GUIDE_WHERE, 11), E_CONFLICT);
	ok(conversation_get(f->tx, c.id, &g));
	assert_int_equal(g.guide, GUIDE_OFF);
	ok(conversation_guide(f->tx, &g, GUIDE_WHAT, 0));
	ok(conversation_guide(f->tx, &g, GUIDE_WHERE, 11));
	ok(conversation_get(f->tx, c.id, &c));
	assert_int_equal(c.guide, GUIDE_WHERE);
	assert_int_equal(c.guide_ticket, 11);
	assert_int_equal(c.guide_at, noon);
	ok(conversation_guide(f->tx, &c, GUIDE_WHAT, 0)); /* he begins again */
	assert_int_equal(conversation_guide(f->tx, &c, GUIDE_CONTACT, 11), E_CONFLICT);
	meddle(f, "UPDATE conversation SET guide = 9"); /* as a later version may */
	ok(conversation_get(f->tx, c.id, &c));
	ok(conversation_guide(f->tx, &c, GUIDE_WHAT, 0));
}

static void sequence_numbers_run_without_gaps_and_notes_have_none(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), d = a_citizen(f, "+8613800000002"), g;
	struct ticket_row t = a_ticket(f, &c, "甲"), u = a_ticket(f, &d, "乙");
	assert_int_equal(a_message(f, &c, &t, FROM_CITIZEN, "一").seq, 1);
	assert_int_equal(a_message(f, &d, &u, FROM_CITIZEN, "别人").seq, 1);
	struct message_row note = { .conversation = c.id, .ticket = t.id, .from = FROM_NOTE, .text = "内部", .seq = 9 };
	ok(message_insert(f->tx, &note, &t));
	assert_int_equal(note.seq, 0);
	tx_set_now(f->tx, noon + 1000);
	assert_int_equal(a_message(f, &c, &t, FROM_STAFF, "二").seq, 2);
	commit(f);
	assert_int_equal(a_message(f, &c, &t, FROM_SYSTEM, "三").seq, 3);
	ok(conversation_get(f->tx, c.id, &g));
	assert_int_equal(g.last_seq, 3);
	assert_int_equal(g.last_at, noon + 1000);
}

/* Another node may have taken the number that this one has read. */
static void a_number_that_was_taken_meanwhile_is_not_given_again(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	assert_int_equal(a_message(f, &c, &t, FROM_CITIZEN, "一").seq, 1);
	meddle(f, "UPDATE conversation SET last_seq = 5");
	assert_int_equal(a_message(f, &c, &t, FROM_CITIZEN, "二").seq, 6);
}

static void a_message_needs_its_conversation(void **state)
{
	struct fixture *f = *state;
	struct message_row m = { .conversation = 99, .text = "x" };
	assert_int_equal(message_insert(f->tx, &m, NULL), E_NOTFOUND);
}

static void a_held_file_is_settled_by_its_bytes(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000002");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct attachment_row att[3] = { { .name = "a", .type = "x/y", .sha256 = "s1", .scan = SCAN_WAITING },
		{ .name = "b", .type = "x/y", .sha256 = "s2", .scan = SCAN_WAITING },
		{ .name = "c", .type = "x/y", .sha256 = "s1", .scan = SCAN_WAITING } }, one, *same;
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_CITIZEN, .author = "", .text = "x", .at = 5,
		.attachment = att, .attachments = 3 }, g;
	size_t n;
	ok(message_insert(f->tx, &m, &t));
	ok(attachment_waiting(f->tx, 0, &one));
	assert_string_equal(one.name, "a");
	ok(attachment_scanned(f->tx, "s1", SCAN_INFECTED, "Bad FOUND", &same, &n));
	assert_int_equal(n, 2);
	ok(message_get(f->tx, m.id, &g));
	assert_int_equal(g.attachment[2].scan, SCAN_INFECTED);
	assert_string_equal(g.attachment[2].scan_words, "Bad FOUND");
	ok(attachment_waiting(f->tx, one.id, &one));
	assert_string_equal(one.name, "b");
	ok(attachment_release(f->tx));
	assert_int_equal(attachment_waiting(f->tx, 0, &one), E_NOTFOUND);
	ok(message_get(f->tx, m.id, &g));
	assert_int_equal(g.attachment[0].scan, SCAN_INFECTED); /* what was found stays found */
}

static void a_message_comes_back_with_its_attachments_and_state(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct attachment_row att[2] = { { .name = "图.jpg", .type = "image/jpeg", .sha256 = "aa", .size = 5000000000 },
		{ .name = "b.pdf", .type = "application/pdf", .sha256 = "bb", .size = 2 } }, one;
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_CITIZEN, .author = "王芳", .text = "看图\n第二行",
		.subject = "主题", .quoted = "> 引用", .external_id = "<x@y>", .raw_sha256 = "cc", .at = 5, .sent_at = 4,
		.attachment = att, .attachments = 2 }, g;
	ok(message_insert(f->tx, &m, &t));
	ok(message_get(f->tx, m.id, &g));
	assert_string_equal(g.text, "看图\n第二行");
	assert_string_equal(g.author, "王芳");
	assert_string_equal(g.subject, "主题");
	assert_string_equal(g.quoted, "> 引用");
	assert_string_equal(g.external_id, "<x@y>");
	assert_string_equal(g.raw_sha256, "cc");
	assert_string_equal(g.event, "");
	assert_int_equal(g.sent_at, 4);
	assert_int_equal(g.out_state, -1);
	assert_int_equal(g.attachments, 2);
	assert_string_equal(g.attachment[0].name, "图.jpg");
	assert_int_equal(g.attachment[0].size, 5000000000);
	ok(attachment_get(f->tx, g.attachment[1].id, &one));
	assert_string_equal(one.sha256, "bb");
	assert_int_equal(one.ticket, t.id);
	assert_int_equal(attachment_get(f->tx, 3, &one), E_NOTFOUND);
	struct message_row reply = a_reply(f, &c, &t, "好");
	ok(message_get(f->tx, reply.id, &g));
	assert_int_equal(g.out_state, OUT_QUEUED);
	assert_null(g.subject);
	assert_int_equal(message_get(f->tx, 3, &g), E_NOTFOUND);
}

static void staff_see_notes_and_citizens_do_not(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲"), u = a_ticket(f, &c, "乙");
	struct message_row *rows;
	const char **number;
	size_t n;
	a_message(f, &c, &t, FROM_CITIZEN, "1");
	a_message(f, &c, &t, FROM_NOTE, "note");
	a_message(f, &c, &u, FROM_CITIZEN, "2");
	a_reply(f, &c, &t, "3");
	a_message(f, &c, NULL, FROM_SYSTEM, "4");
	ok(message_list_ticket(f->tx, t.id, &rows, &n));
	assert_int_equal(n, 3);
	assert_string_equal(rows[1].text, "note");
	assert_int_equal(rows[2].out_state, OUT_QUEUED);
	ok(message_list_conversation(f->tx, c.id, 0, 50, &rows, &number, &n));
	assert_int_equal(n, 4);
	assert_string_equal(rows[1].text, "2");
	assert_string_equal(number[0], t.number);
	assert_string_equal(number[1], u.number);
	assert_null(number[3]);
	ok(message_list_conversation(f->tx, c.id, 2, 1, &rows, &number, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].text, "3");
	ok(message_list_conversation(f->tx, c.id, 4, 50, &rows, &number, &n));
	assert_int_equal(n, 0);
}

static void a_message_is_noted_with_its_ticket_and_whether_it_goes_out(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	a_message(f, &c, &t, FROM_CITIZEN, "1");
	a_reply(f, &c, &t, "2");
	assert_int_equal(f->tx->changes, 3);
	assert_int_equal(f->tx->change[1].kind, CHANGE_MESSAGE);
	assert_string_equal(f->tx->change[1].ticket->number, t.number);
	assert_false(f->tx->change[1].queued);
	assert_true(f->tx->change[2].queued);
	assert_string_equal(f->tx->change[2].message->text, "2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_citizen_is_one_conversation_a_channel, setup, teardown),
		cmocka_unit_test_setup_teardown(an_update_of_a_conversation_leaves_its_numbers_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_guide_goes_on_only_as_its_table_says, setup, teardown),
		cmocka_unit_test_setup_teardown(sequence_numbers_run_without_gaps_and_notes_have_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_number_that_was_taken_meanwhile_is_not_given_again, setup, teardown),
		cmocka_unit_test_setup_teardown(a_message_needs_its_conversation, setup, teardown),
		cmocka_unit_test_setup_teardown(a_message_comes_back_with_its_attachments_and_state, setup, teardown),
		cmocka_unit_test_setup_teardown(a_held_file_is_settled_by_its_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(staff_see_notes_and_citizens_do_not, setup, teardown),
		cmocka_unit_test_setup_teardown(a_message_is_noted_with_its_ticket_and_whether_it_goes_out, setup_watched, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
