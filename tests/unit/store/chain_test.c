/* What was said, against the chain: whoever changes a word in the database is found out. */
#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/erase.h"
#include "gateway/store/event.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"
#include "gateway/store/verify.h"
#include "tests/unit/store/fixture.h"

static int verify(struct fixture *f, struct event_verified *out, struct err *e)
{
	*e = (struct err){ 0 };
	commit(f);
	return event_verify_anchored(f->tx, NULL, 0, out, NULL, NULL, e);
}

static struct message_row says(struct fixture *f, uint64_t conversation, uint64_t ticket, unsigned from, const char *text)
{
	struct message_row m = { .conversation = conversation, .ticket = ticket, .from = from, .author = from == FROM_CITIZEN ? "张伟" : "li",
		.text = text, .event = from == FROM_CITIZEN ? "" : "reply", .external_id = from == FROM_CITIZEN ? "x1" : NULL, .at = noon,
		.out_state = -1 };
	ok(message_insert(f->tx, &m, NULL));
	return m;
}

/* A citizen writes with a picture, is answered, and a note stands between. */
static struct message_row talk(struct fixture *f)
{
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct attachment_row file[2] = { { .name = "a.jpg", .type = "image/jpeg", .sha256 = "aa11", .size = 3 },
		{ .name = "b.jpg", .type = "image/jpeg", .sha256 = "bb22", .size = 3 } };
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_CITIZEN, .author = "张伟", .subject = "路灯", .text = "路灯不亮",
		.quoted = "> 旧", .at = noon, .out_state = -1, .attachment = file, .attachments = 2, .raw_sha256 = "cc33" };
	ok(message_insert(f->tx, &m, &t));
	ok(event_append(f->tx, t.id, "received", "citizen", "{}"));
	says(f, c.id, t.id, FROM_STAFF, "已派人修理");
	says(f, c.id, t.id, FROM_NOTE, "内部备注");
	ok(event_append(f->tx, t.id, "reply", "li", "{}"));
	return m;
}

static void every_message_is_in_the_chain_over_restarts_and_nodes(void **state)
{
	struct fixture *f = *state;
	struct event_verified v;
	struct err e;
	struct message_row m = talk(f);
	reopen(f);
	says(f, m.conversation, m.ticket, FROM_CITIZEN, "谢谢");
	end(f);
	f->session.node = 9;
	begin(f, noon);
	says(f, m.conversation, m.ticket, FROM_SYSTEM, "不客气");
	if (verify(f, &v, &e) < 0)
		fail_msg("%s", e.words);
	assert_int_equal(v.messages, 5);
	assert_int_equal(v.events, 2);
	assert_int_equal(v.unproven, 0);
	assert_int_equal(v.since, noon);
}

/* The words must say which message, or between which events. */
static void found_out(struct fixture *f, const char *sql, const char *words)
{
	struct event_verified v;
	struct err e;
	char id[40] = "";
	struct message_row m = talk(f);
	if (verify(f, &v, &e) < 0)
		fail_msg("%s", e.words);
	meddle(f, sql);
	assert_int_equal(verify(f, &v, &e), E_CORRUPT);
	if (!words)
		snprintf(id, sizeof id, "message %llu: ", (unsigned long long)m.id);
	if (!strstr(e.words, words ? words : id))
		fail_msg("'%s' does not say '%s'", e.words, words ? words : id);
}

static void one_word_changed_names_the_message(void **state)
{
	found_out(*state, "UPDATE message SET text = '路灯很亮' WHERE text = '路灯不亮'", NULL);
}

static void an_answer_changed_is_noticed(void **state)
{
	found_out(*state, "UPDATE message SET text = '不修' WHERE text = '已派人修理'", "its words are not those that were written");
}

static void a_note_changed_is_noticed(void **state)
{
	found_out(*state, "UPDATE message SET text = '无' WHERE sender = 3", "its words are not those that were written");
}

static void a_changed_subject_is_noticed(void **state)
{
	found_out(*state, "UPDATE message SET subject = NULL WHERE subject = '路灯'", NULL);
}

static void words_moved_between_text_and_quotation_are_noticed(void **state)
{
	found_out(*state, "UPDATE message SET text = '路灯', quoted = '不亮> 旧' WHERE subject = '路灯'", NULL);
}

static void another_file_in_the_place_of_one_is_noticed(void **state)
{
	found_out(*state, "UPDATE attachment SET sha256 = 'aa12' WHERE sha256 = 'aa11'", NULL);
}

static void another_author_is_noticed(void **state)
{
	found_out(*state, "UPDATE message SET author = 'wang' WHERE text = '已派人修理'", "reply): it was changed after it was written, or a message");
}

static void another_time_is_noticed(void **state)
{
	found_out(*state, "UPDATE message SET at = at + 1 WHERE text = '路灯不亮'", "received): it was changed after it was written, or a message");
}

static void a_message_taken_out_is_noticed(void **state)
{
	found_out(*state, "DELETE FROM message WHERE text = '已派人修理'", "reply): it was changed after it was written, or a message");
}

static void a_message_put_in_is_noticed(void **state)
{
	found_out(*state, "INSERT INTO message (id, conversation, ticket, seq, sender, survey, at, sent_at, attachments, author, event, text)"
		" SELECT id + 4194304, conversation, ticket, 0, 3, 0, at, 0, 0, 'li', '', '办好了' FROM message WHERE text = '已派人修理'",
		"the chain does not know it");
}

static void a_digest_made_anew_is_noticed(void **state)
{
	found_out(*state, "UPDATE message SET digest = (SELECT digest FROM message WHERE sender = 3), salt = (SELECT salt FROM message WHERE"
		" sender = 3), text = '内部备注' WHERE text = '已派人修理'", "or a message");
}

static void words_taken_away_as_if_he_had_been_erased_are_noticed(void **state)
{
	found_out(*state, "UPDATE message SET text = '', salt = NULL WHERE text = '已派人修理'", "nobody erased that citizen");
}

static void a_salt_alone_taken_away_is_noticed(void **state)
{
	found_out(*state, "UPDATE message SET salt = NULL WHERE text = '已派人修理'", "has words again");
}

static void the_last_message_is_not_out_of_reach(void **state)
{
	struct fixture *f = *state;
	struct event_verified v;
	struct err e;
	struct message_row m = talk(f);
	says(f, m.conversation, m.ticket, FROM_CITIZEN, "还没修好");
	ok(verify(f, &v, &e));
	meddle(f, "DELETE FROM message WHERE text = '还没修好'");
	assert_int_equal(verify(f, &v, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, "a message since its last event was changed, or is missing"));
}

static void what_was_erased_verifies_and_what_was_not_still_counts(void **state)
{
	struct fixture *f = *state;
	struct event_verified v;
	struct erased out;
	struct err e;
	struct message_row m = talk(f);
	struct ticket_row t;
	struct conversation_row other = a_citizen(f, "+8613900000002");
	says(f, other.id, 0, FROM_CITIZEN, "别人的话");
	ok(ticket_get(f->tx, m.ticket, &t));
	t.state = TICKET_CLOSED;
	ok(ticket_update(f->tx, &t));
	ok(erase_conversation(f->tx, m.conversation, "command", "asked for it", &out, &e));
	assert_int_equal(out.messages, 3);
	if (verify(f, &v, &e) < 0)
		fail_msg("%s", e.words);
	assert_int_equal(v.messages, 4);
	meddle(f, "UPDATE message SET text = '从未说过' WHERE sender = 3");
	assert_int_equal(verify(f, &v, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, "has words again"));
	meddle(f, "UPDATE message SET text = '' WHERE sender = 3");
	ok(verify(f, &v, &e));
	meddle(f, "UPDATE message SET text = '', salt = NULL WHERE text = '别人的话'"); /* he was not erased */
	assert_int_equal(verify(f, &v, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, "nobody erased that citizen"));
}

static void what_we_reword_is_told_and_verifies(void **state)
{
	struct fixture *f = *state;
	struct event_verified v;
	struct err e;
	struct message_row m = talk(f), code = says(f, m.conversation, 0, FROM_SYSTEM, "验证码 123456");
	ok(message_get(f->tx, code.id, &code));
	ok(message_reword(f->tx, &code, "验证码 ******"));
	if (verify(f, &v, &e) < 0)
		fail_msg("%s", e.words);
	assert_int_equal(v.events, 3);
	meddle(f, "UPDATE message SET text = '验证码 654321' WHERE text = '验证码 ******'");
	assert_int_equal(verify(f, &v, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, "its words are not those that were written"));
}

static void messages_from_before_are_counted_apart(void **state)
{
	struct fixture *f = *state;
	struct event_verified v;
	struct err e;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	says(f, c.id, 0, FROM_CITIZEN, "旧的");
	ok(event_append(f->tx, 0, "login", "li", "{}"));
	commit(f);
	/* As an older version left it: the chain of events knows of no message. */
	meddle(f, "UPDATE message SET salt = NULL, digest = NULL");
	meddle(f, "DELETE FROM event");
	meddle(f, "DELETE FROM node");
	end(f);
	begin(f, noon);
	tx_set_now(f->tx, noon + 1000);
	ok(event_append(f->tx, 0, "login", "li", "{}"));
	ok(verify(f, &v, &e));
	assert_int_equal(v.messages, 0);
	assert_int_equal(v.unproven, 1);
	assert_int_equal(v.since, 0);
	says(f, c.id, 0, FROM_CITIZEN, "新的");
	ok(event_append(f->tx, 0, "login", "li", "{}"));
	if (verify(f, &v, &e) < 0)
		fail_msg("%s", e.words);
	assert_int_equal(v.messages, 1);
	assert_int_equal(v.unproven, 1);
	meddle(f, "UPDATE message SET text = '改了' WHERE text = '新的'");
	assert_int_equal(verify(f, &v, &e), E_CORRUPT);
}

static void equal_words_have_unequal_digests(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	for (unsigned i = 0; i < 200; i++)
		says(f, c.id, 0, FROM_CITIZEN, "1");
	commit(f);
	int64_t n = 0;
	struct event_verified v;
	struct err e;
	ok(verify(f, &v, &e));
	assert_int_equal(v.messages, 200);
	meddle(f, "DELETE FROM message WHERE id NOT IN (SELECT MIN(id) FROM message GROUP BY digest)");
	ok(tx_one(f->tx, STMT_conversation_seq, PARAMS(v_id(c.id)), fill_int, &n));
	ok(verify(f, &v, &e)); /* nothing was taken: no digest was there twice */
	assert_int_equal(v.messages, n);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_message_is_in_the_chain_over_restarts_and_nodes),
		TEST(one_word_changed_names_the_message),
		TEST(an_answer_changed_is_noticed),
		TEST(a_note_changed_is_noticed),
		TEST(a_changed_subject_is_noticed),
		TEST(words_moved_between_text_and_quotation_are_noticed),
		TEST(another_file_in_the_place_of_one_is_noticed),
		TEST(another_author_is_noticed),
		TEST(another_time_is_noticed),
		TEST(a_message_taken_out_is_noticed),
		TEST(a_message_put_in_is_noticed),
		TEST(a_digest_made_anew_is_noticed),
		TEST(words_taken_away_as_if_he_had_been_erased_are_noticed),
		TEST(a_salt_alone_taken_away_is_noticed),
		TEST(the_last_message_is_not_out_of_reach),
		TEST(what_was_erased_verifies_and_what_was_not_still_counts),
		TEST(what_we_reword_is_told_and_verifies),
		TEST(messages_from_before_are_counted_apart),
		TEST(equal_words_have_unequal_digests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
