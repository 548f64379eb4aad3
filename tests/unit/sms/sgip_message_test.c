/* What goes over the SGIP adapter's connections: submits and their answers, messages, reports. */
#include "tests/unit/sms/smg.h"

/* --- out --- */

static void a_submit_has_86_in_front_and_asks_for_every_report(void **state)
{
	(void)state;
	static const struct { const char *peer, *wire; } rows[] = { { "+8613800138000", "8613800138000" },
		{ "13800138000", "8613800138000" }, { "+85291234567", "85291234567" }, { "10086", "10086" },
		{ "+13105550123", "0013105550123" } };
	begin();
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(sgip_adapter.send(adapter, message_to(i + 1, rows[i].peer, "hello")), 0);
		assert_int_equal(result(i)->sent, SENT_ACCEPTED);
		const struct sgip_submit *m = &got(SGIP_SUBMIT, i)->pdu.submit;
		assert_string_equal((const char *)m->user_number.p, rows[i].wire);
		assert_int_equal(m->report_flag, 1);
	}
	const struct sgip_pdu *p = &got(SGIP_SUBMIT, 0)->pdu;
	assert_int_equal(p->length, 143 + 21 + 5);
	assert_string_equal(p->submit.sp_number, "10655012345");
	assert_string_equal(p->submit.corp_id, "92008");
	assert_string_equal(p->submit.charge_number, "000000000000000000000");
	assert_int_equal(p->submit.fee_type, 1);
	assert_int_equal(p->submit.message_coding, 0);
}

static void the_sequence_of_a_submit_is_its_id(void **state)
{
	(void)state;
	char id[SGIP_ID_MAX];
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	sgip_adapter.send(adapter, message_to(2, "+8613800138000", "y"));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(result(i)->ids, 1);
		assert_string_equal(result(i)->id[0], sgip_id(&got(SGIP_SUBMIT, i)->pdu.sequence, id));
		assert_true(result(i)->receipts);
		assert_memory_equal(result(i)->id[0], "b36a5be8", 8);
	}
	assert_string_not_equal(result(0)->id[0], result(1)->id[0]);
}

static void a_long_text_goes_in_parts_with_a_header(void **state)
{
	(void)state;
	static char text[3 * 150 + 1];
	for (int i = 0; i < 150; i++)
		memcpy(text + 3 * i, "路", 3);
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", text));
	assert_int_equal(result(0)->ids, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct sgip_submit *m = &got(SGIP_SUBMIT, i)->pdu.submit;
		assert_int_equal(m->tp_udhi, 1);
		assert_int_equal(m->message_coding, 8);
		assert_int_equal(m->content.n, i < 2 ? 140 : 6 + 2 * (150 - 2 * 67));
		assert_int_equal(m->content.p[4], 3);
		assert_int_equal(m->content.p[5], i + 1);
	}
}

static void a_busy_node_is_waited_for_and_a_refusal_is_final(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.link[0]->hold.hold_min_ms = 30;
	smg.submit_result = 11;
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	UNTIL(got_count(SGIP_SUBMIT) == 2);
	smg.submit_result = 0;
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	smg.submit_result = 6;
	sgip_adapter.send(adapter, message_to(2, "+8613800138000", "y"));
	assert_int_equal(result(1)->sent, SENT_REFUSED);
	assert_string_equal(result(1)->reason, "the number is wrong (6)");
}

static void answers_out_of_order_twice_and_to_nothing_are_each_taken_once(void **state)
{
	(void)state;
	smg.hold_submits = true;
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	sgip_adapter.send(adapter, message_to(2, "+8613800138000", "y"));
	UNTIL(got_count(SGIP_SUBMIT) == 2);
	struct got other = *got(SGIP_SUBMIT, 0);
	other.pdu.sequence.node = 1; /* somebody else's */
	answer(&other, 0);
	answer(got(SGIP_SUBMIT, 1), 0);
	answer(got(SGIP_SUBMIT, 1), 6);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	assert_int_equal(gw.sent[0].msg->id, 2);
	run_for(20);
	assert_int_equal(gw.sent_count, 1);
	answer(got(SGIP_SUBMIT, 0), 0);
	assert_int_equal(result(1)->msg->id, 1);
}

static void a_submit_without_an_answer_is_written_again_with_its_sequence(void **state)
{
	(void)state;
	smg.hold_submits = true;
	prepare();
	sgip()->carrier.session_config.response_ms = 60;
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	assert_int_equal(result(0)->sent, SENT_UNKNOWN);
	assert_int_equal(got_count(SGIP_SUBMIT), SGIP_SENDS);
	for (unsigned i = 1; i < SGIP_SENDS; i++)
		assert_memory_equal(got(SGIP_SUBMIT, i)->raw, got(SGIP_SUBMIT, 0)->raw, got(SGIP_SUBMIT, 0)->pdu.length);
}

static void a_late_report_can_settle_what_was_never_answered(void **state)
{
	(void)state;
	char id[SGIP_ID_MAX];
	smg.hold_submits = true;
	prepare();
	sgip()->carrier.session_config.response_ms = 60;
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	assert_int_equal(result(0)->sent, SENT_UNKNOWN);
	assert_int_equal(result(0)->ids, 1);
	assert_string_equal(result(0)->id[0], sgip_id(&got(SGIP_SUBMIT, 0)->pdu.sequence, id));
	assert_true(result(0)->receipts);
	say_report(come_in(), &got(SGIP_SUBMIT, 0)->pdu.sequence, 0, 0, 0);
	assert_string_equal(nth(0)->receipt.external_id, result(0)->id[0]);
}

/* --- in --- */

static void a_message_before_the_login_is_not_taken(void **state)
{
	(void)state;
	begin();
	struct stream *s = peer_connect();
	say_text(s, 5, 0, 0, "too early", 9);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 1);
	assert_int_equal(gw.in_count, 0);
}

static void a_message_is_answered_once_it_is_kept(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_text(s, 7, 0, 8, "\x8d\xef\x70\x6f", 4);
	const struct msg_in *m = &nth(0)->msg;
	assert_string_equal(m->text, "路灯");
	assert_string_equal(m->peer, "+8613800138000");
	assert_string_equal(m->account, "10655012345");
	assert_true(m->verified);
	struct sgip_sequence q = { SMG_NODE, 1128093000, 7 };
	char id[SGIP_ID_MAX], external[SGIP_ID_MAX + 8];
	(void)snprintf(external, sizeof external, "%s#%d", sgip_id(&q, id), sgip_year(q.time, m->received_at));
	assert_string_equal(m->external_id, external);
	run_for(20);
	assert_null(got(SGIP_DELIVER_RESP, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 0);
	assert_memory_equal(&got(SGIP_DELIVER_RESP, 0)->pdu.sequence, &q, sizeof q);
	say_text(s, 8, 0, 0, "again", 5);
	nth(1);
	fake_gateway_answer(&gw, TAKEN_RETRY);
	UNTIL(got(SGIP_DELIVER_RESP, 1));
	assert_int_equal(got(SGIP_DELIVER_RESP, 1)->pdu.answer.result, 11);
}

static void parts_keep_their_places(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in(), *other = come_in(); /* parts may come over two connections */
	say_text(s, 20, 1, 8, "\x05\x00\x03\x21\x02\x02\x70\x6f", 8);
	say_text(other, 21, 1, 8, "\x05\x00\x03\x21\x02\x01\x8d\xef", 8);
	UNTIL(gw.in_count == 2);
	assert_string_equal(nth(0)->msg.part.key, nth(1)->msg.part.key);
	assert_int_equal(nth(0)->msg.part.index + nth(1)->msg.part.index, 3);
	assert_int_equal(nth(0)->msg.part.total, 2);
	say_text(s, 22, 1, 8, "\x50\x00\x03", 3); /* a header that runs past the end */
	assert_string_equal(nth(2)->reason, "udh-malformed");
	say_text(s, 23, 0, 4, "\x01\x02", 2);
	assert_string_equal(nth(3)->reason, "not-text");
}

static void what_is_in_another_alphabet_than_it_says_is_read_and_kept(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_text(s, 30, 0, 0, "\xc2\xb7\xb5\xc6\xbb\xb5\xc1\xcb", 8);
	assert_string_equal(nth(0)->msg.text, "路灯坏了");
	assert_non_null(nth(0)->msg.raw);
	say_text(s, 31, 0, 15, "\xc2\xb7\xff", 3);
	assert_string_equal(nth(1)->msg.text, "路\xEF\xBF\xBD");
	assert_non_null(memmem(nth(1)->msg.raw, nth(1)->msg.raw_n, "\xc2\xb7\xff", 3));
	say_text(s, 32, 0, 0xF1, "lamp", 4);
	assert_string_equal(nth(2)->msg.text, "lamp");
}

static void reports_say_what_became_of_a_submit(void **state)
{
	(void)state;
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	const char *id = result(0)->id[0];
	struct sgip_sequence q = got(SGIP_SUBMIT, 0)->pdu.sequence;
	struct stream *s = come_in();
	say_report(s, &q, 0, 1, 0);
	assert_string_equal(nth(0)->receipt.external_id, id);
	assert_int_equal(nth(0)->receipt.state, OUT_ACCEPTED); /* waiting: not final */
	say_report(s, &q, 0, 0, 0);
	assert_int_equal(nth(1)->receipt.state, OUT_DELIVERED);
	assert_null(nth(1)->receipt.reason);
	say_report(s, &q, 0, 2, 21);
	assert_int_equal(nth(2)->receipt.state, OUT_FAILED);
	assert_string_equal(nth(2)->receipt.reason, "unreachable (21)");
	say_report(s, &q, 1, 0, 0); /* about a DELIVER somebody forwarded */
	assert_int_equal(nth(3)->what, FAKE_QUARANTINE);
	for (unsigned i = 0; i < 4; i++)
		fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got_count(SGIP_REPORT_RESP) == 4);
}

static void what_cannot_be_read_is_kept_aside_and_answered(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_hex(s, "00000018" "00000004" "b8c49fe1433cc45800000009" "38363133");
	assert_string_equal(nth(0)->reason, "malformed-pdu");
	assert_int_equal(nth(0)->raw_len, 24);
	fake_gateway_answer(&gw, TAKEN_REFUSED);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 5);
	say_hex(s, "00000014" "00001000" "b8c49fe1433cc4580000000a"); /* TRACE: not for an SP */
	UNTIL(got(0x80001000, 0));
	assert_int_equal(got(0x80001000, 0)->raw[20], 5);
	unsigned closed = peer.closed;
	say_hex(s, "00000013");
	UNTIL(peer.closed > closed);
	assert_string_equal(nth(1)->reason, "malformed-pdu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_submit_has_86_in_front_and_asks_for_every_report),
		TEST(the_sequence_of_a_submit_is_its_id),
		TEST(a_long_text_goes_in_parts_with_a_header),
		TEST(a_busy_node_is_waited_for_and_a_refusal_is_final),
		TEST(answers_out_of_order_twice_and_to_nothing_are_each_taken_once),
		TEST(a_submit_without_an_answer_is_written_again_with_its_sequence),
		TEST(a_late_report_can_settle_what_was_never_answered),
		TEST(a_message_before_the_login_is_not_taken),
		TEST(a_message_is_answered_once_it_is_kept),
		TEST(parts_keep_their_places),
		TEST(what_is_in_another_alphabet_than_it_says_is_read_and_kept),
		TEST(reports_say_what_became_of_a_submit),
		TEST(what_cannot_be_read_is_kept_aside_and_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
