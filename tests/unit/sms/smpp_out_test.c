/* What becomes of messages to citizens over SMPP. */
#include "tests/unit/sms/smsc.h"

static struct got *submit(unsigned n)
{
	UNTIL(got(SMPP_SUBMIT_SM, n));
	return got(SMPP_SUBMIT_SM, n);
}

static char *repeated(const char *s, size_t times)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < times; i++)
		buf_adds(&b, s);
	return buf_take_str(&b);
}

static void a_short_text_is_one_submit_that_asks_for_a_receipt(void **state)
{
	(void)state;
	begin();
	struct msg_out *m = message(1, "ticket 5 € ok");
	assert_int_equal(send_out(m), 0);
	const struct smpp_message *s = &submit(0)->pdu.message;
	assert_string_equal(s->source, "12345");
	assert_string_equal(s->dest, "8613800138000");
	assert_int_equal(s->dest_ton, 1);
	assert_int_equal(s->dest_npi, 1);
	assert_int_equal(s->source_ton, 0);
	assert_int_equal(s->registered_delivery, 1);
	assert_int_equal(s->esm_class, 0);
	assert_int_equal(s->data_coding, 0);
	assert_memory_equal(s->short_message.p, "ticket 5 \x1B\x65 ok", 14);
	const struct fake_sent *r = result(0);
	assert_ptr_equal(r->msg, m);
	assert_int_equal(r->sent, SENT_ACCEPTED);
	assert_int_equal(r->ids, 1);
	assert_string_equal(r->id[0], "1");
	assert_true(r->receipts);
	assert_null(r->reason);
}

static void numbers_get_the_type_that_was_configured(void **state)
{
	(void)state;
	config.source_ton = 3, config.source_npi = 0, config.dest_ton = 0, config.dest_npi = 8;
	config.service_type = "CMT";
	begin();
	struct msg_out *m = message(1, "x");
	m->account = NULL;
	send_out(m);
	const struct smpp_message *s = &submit(0)->pdu.message;
	assert_string_equal(s->source, "12345");
	assert_string_equal(s->service_type, "CMT");
	assert_int_equal(s->source_ton, 3);
	assert_int_equal(s->source_npi, 0);
	assert_int_equal(s->dest_ton, 0);
	assert_int_equal(s->dest_npi, 8);
}

static void a_number_abroad_whose_type_is_not_said_is_no_strangers_at_home(void **state)
{
	(void)state;
	static const struct { int ton; const char *peer, *dest; } rows[] = { { 0, "+13105550123", "0013105550123" },
		{ 2, "+13105550123", "0013105550123" }, { 1, "+13105550123", "13105550123" }, { -1, "+13105550123", "13105550123" },
		{ 0, "+85291234567", "85291234567" }, { 0, "+8613800138000", "8613800138000" }, { 0, "10086", "10086" } };
	begin();
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		config.dest_ton = rows[i].ton;
		send_out(message_to(i, rows[i].peer, "x"));
		assert_string_equal(submit(i)->pdu.message.dest, rows[i].dest);
	}
}

static void a_chinese_text_goes_as_ucs2(void **state)
{
	(void)state;
	begin();
	struct msg_out *m = message(1, "路灯😀");
	send_out(m);
	assert_int_equal(submit(0)->pdu.message.data_coding, 8);
	assert_memory_equal(submit(0)->pdu.message.short_message.p, "\x8d\xef\x70\x6f\xd8\x3d\xde\x00", 8);
}

static void a_reply_with_accents_goes_out_whatever_the_alphabet(void **state)
{
	(void)state;
	static const enum coding alphabet[] = { CODING_GSM, CODING_LATIN1, CODING_ASCII, CODING_GB };
	static const size_t length[] = { 127, 128, 150 };
	begin();
	for (unsigned i = 0; i < 12; i++) {
		smpp()->carrier.submit_config.narrow = alphabet[i / 3];
		char *text = repeated("é", length[i % 3]);
		send_out(message(1, text));
		assert_int_equal(result(i)->sent, SENT_ACCEPTED);
		free(text);
	}
}

static void a_long_text_is_accepted_when_its_last_part_is(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	char *text = repeated("路", 150);
	struct msg_out *m = message(1, text);
	send_out(m);
	static const char *const id[] = { "10", "11", "12" };
	submit(2);
	for (unsigned i = 0; i < 3; i++) {
		const struct smpp_message *s = &submit(i)->pdu.message;
		assert_int_equal(s->esm_class, 0x40);
		assert_int_equal(s->registered_delivery, 1);
		const uint8_t *h = s->short_message.p;
		assert_memory_equal(h, "\5\0\3", 3);
		assert_int_equal(h[3], submit(0)->pdu.message.short_message.p[3]);
		assert_int_equal(h[4], 3);
		assert_int_equal(h[5], i + 1);
	}
	answer_submit(submit(2), 0, id[2]);
	answer_submit(submit(0), 0, id[0]);
	run_for(50);
	assert_int_equal(gw.sent_count, 0);
	answer_submit(submit(1), 0, id[1]);
	const struct fake_sent *r = result(0);
	assert_int_equal(r->sent, SENT_ACCEPTED);
	assert_int_equal(r->ids, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(r->id[i], id[i]);
	assert_true(r->receipts);
	free(text);
}

static void two_long_texts_have_two_references(void **state)
{
	(void)state;
	begin();
	char *text = repeated("路", 80);
	struct msg_out *a = message(1, text), *b = message(2, text);
	send_out(a);
	send_out(b);
	assert_int_not_equal(submit(0)->pdu.message.short_message.p[3], submit(2)->pdu.message.short_message.p[3]);
	free(text);
}

static void too_long_a_text_is_refused_at_once(void **state)
{
	(void)state;
	begin();
	char *text = repeated("路", 255 * 67 + 1);
	struct msg_out *m = message(1, text);
	assert_int_equal(send_out(m), 0);
	assert_int_equal(result(0)->sent, SENT_REFUSED);
	assert_non_null(strstr(result(0)->reason, "too long"));
	free(text);
}

static void a_number_too_long_for_the_wire_is_refused(void **state)
{
	(void)state;
	begin();
	struct msg_out *m = message(1, "x");
	m->peer = "+123456789012345678901234";
	assert_int_equal(send_out(m), 0);
	assert_int_equal(result(0)->sent, SENT_REFUSED);
	assert_int_equal(got_count(SMPP_SUBMIT_SM), 0);
}

static void no_more_than_the_window_is_unanswered(void **state)
{
	(void)state;
	config.window = 3;
	smsc.hold_submits = true;
	begin();
	struct msg_out *m[4];
	for (unsigned i = 0; i < 4; i++)
		m[i] = message(i, "x");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(send_out(m[i]), 0);
	assert_int_equal(send_out(m[3]), E_AGAIN);
	submit(2);
	assert_int_equal(gw.ready, 0);
	answer_submit(submit(1), 0, "7");
	assert_ptr_equal(result(0)->msg, m[1]);
	UNTIL(gw.ready == 1);
	assert_int_equal(send_out(m[3]), 0);
	submit(3);
}

static void parts_beyond_the_window_wait(void **state)
{
	(void)state;
	config.window = 2;
	smsc.hold_submits = true;
	begin();
	char *text = repeated("路", 67 * 5);
	struct msg_out *m = message(1, text);
	send_out(m);
	submit(1);
	run_for(50);
	assert_int_equal(got_count(SMPP_SUBMIT_SM), 2);
	for (unsigned i = 0; i < 5; i++)
		answer_submit(submit(i), 0, "7");
	assert_int_equal(result(0)->ids, 5);
	free(text);
}

static void parts_go_no_faster_than_the_pace(void **state)
{
	(void)state;
	config.pace = 50; /* five at once, then one each 20 ms */
	begin();
	char *text = repeated("路", 67 * 20);
	struct msg_out *m = message(1, text);
	uint64_t start = uv_hrtime();
	send_out(m);
	result(0);
	assert_in_range((uv_hrtime() - start) / 1000000, 250, 2000 * slack());
	free(text);
}

static void without_a_link_nothing_is_lent(void **state)
{
	(void)state;
	smsc.mute_bind = true;
	prepare();
	struct err e;
	assert_int_equal(smpp_adapter.start(adapter, &e), 0);
	struct msg_out *m = message(1, "x");
	assert_int_equal(send_out(m), E_AGAIN);
	UNTIL(got(SMPP_BIND_TRANSCEIVER, 0));
	assert_int_equal(gw.ready, 0);
	say_simple(conn(), SMPP_BIND_TRANSCEIVER_RESP, got(SMPP_BIND_TRANSCEIVER, 0)->pdu.sequence, 0);
	UNTIL(gw.ready == 1);
	assert_int_equal(send_out(m), 0);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
}

static void throttling_slows_the_link_and_tries_again(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	struct msg_out *a = message(1, "a"), *b = message(2, "b");
	send_out(a);
	answer_submit(submit(0), ESME_RTHROTTLED, NULL);
	run_for(50);
	uint64_t start = uv_hrtime();
	send_out(b);
	answer_submit(submit(1), 0, "1");
	assert_true(uv_hrtime() - start > 700000000ull);
	answer_submit(submit(2), 0, "2");
	result(1);
	assert_int_equal(submit(1)->pdu.message.short_message.p[0], 'a'); /* before what came later */
	assert_int_equal(gw.sent[0].sent, SENT_ACCEPTED);
	assert_int_equal(gw.sent[1].sent, SENT_ACCEPTED);
}

static void refusals_say_whether_to_try_again(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	answer_submit(submit(0), ESME_RSYSERR, NULL);
	assert_int_equal(result(0)->sent, SENT_RETRY);
	send_out(m);
	answer_submit(submit(1), 0x0B, NULL);
	assert_int_equal(result(1)->sent, SENT_REFUSED);
	assert_string_equal(result(1)->reason, "destination address is invalid (0x0b)");
	send_out(m);
	answer_submit(submit(2), 0x4C1, NULL);
	assert_int_equal(result(2)->sent, SENT_REFUSED);
	send_out(m);
	say_simple(conn(), SMPP_GENERIC_NACK, submit(3)->pdu.sequence, ESME_RINVCMDLEN);
	assert_int_equal(result(3)->sent, SENT_REFUSED);
}

static void one_part_refused_for_good_refuses_the_whole(void **state)
{
	(void)state;
	config.window = 2;
	smsc.hold_submits = true;
	begin();
	char *text = repeated("路", 67 * 4);
	struct msg_out *m = message(1, text);
	send_out(m);
	answer_submit(submit(0), 0x45 + 0x100, NULL);
	run_for(50);
	assert_int_equal(gw.sent_count, 0);
	assert_int_equal(got_count(SMPP_SUBMIT_SM), 2); /* the rest would be of no use */
	answer_submit(submit(1), 0, "9");
	assert_int_equal(result(0)->sent, SENT_REFUSED);
	assert_int_equal(result(0)->ids, 1);
	assert_false(result(0)->receipts);
	free(text);
}

static void a_part_refused_for_now_among_accepted_ones_is_written_again(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	char *text = repeated("路", 80);
	struct msg_out *m = message(1, text);
	send_out(m);
	answer_submit(submit(0), 0, "1");
	answer_submit(submit(1), ESME_RSYSERR, NULL);
	assert_int_equal(submit(2)->pdu.message.short_message.p[5], 2);
	answer_submit(submit(2), 0, "2");
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	assert_int_equal(result(0)->ids, 2);
	free(text);
}

static void no_answer_in_time_is_unknown_and_a_late_one_is_ignored(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	prepare();
	smpp()->carrier.session_config.response_ms = 100;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	assert_int_equal(result(0)->sent, SENT_UNKNOWN);
	assert_string_equal(result(0)->reason, "no answer came in time");
	answer_submit(submit(0), 0, "1");
	answer_submit(submit(0), 0, "1");
	run_for(50);
	assert_int_equal(gw.sent_count, 1);
	assert_true(gw.up);
	assert_int_equal(send_out(m), 0);
	answer_submit(submit(1), 0, "2");
	assert_int_equal(result(1)->sent, SENT_ACCEPTED);
}

static void answers_twice_or_to_nothing_change_nothing(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	struct smpp_pdu stray = { .command = SMPP_SUBMIT_SM_RESP, .sequence = 99999, .message_resp = { .message_id = "x" } };
	say(conn(), &stray);
	answer_submit(submit(0), 0, "1");
	answer_submit(submit(0), ESME_RSYSERR, NULL);
	result(0);
	run_for(50);
	assert_int_equal(gw.sent_count, 1);
	assert_int_equal(gw.sent[0].sent, SENT_ACCEPTED);
	assert_true(gw.up);
}

static void a_response_without_an_id_cannot_promise_receipts(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	struct smpp_pdu header = { .command = SMPP_SUBMIT_SM_RESP, .sequence = submit(0)->pdu.sequence };
	struct buf b;
	buf_init(&b, 100);
	smpp_pdu_encode(&header, &b);
	b.data[3] = 16; /* no body at all */
	say_raw(conn(), b.data, 16);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	assert_int_equal(result(0)->ids, 0);
	assert_false(result(0)->receipts);
	buf_fini(&b);
}

static void a_receipt_may_come_before_the_answer(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	struct got *g = submit(0);
	const char *text = "id:0aF7 stat:DELIVRD err:000";
	say_message(1, 0x04, 0, text, strlen(text), NULL);
	UNTIL(gw.in_count == 1);
	assert_string_equal(gw.in[0].receipt.external_id, "0af7");
	answer_submit(g, 0, "0AF7");
	assert_string_equal(result(0)->id[0], "0af7");
}

static void a_lost_link_tells_what_may_have_arrived_from_what_did_not(void **state)
{
	(void)state;
	config.window = 2;
	smsc.hold_submits = true;
	begin();
	struct msg_out *a = message(1, "a"), *b = message(2, "b");
	char *text = repeated("路", 80);
	a->text = text; /* two parts fill the window: b is lent and not written */
	assert_int_equal(send_out(a), 0);
	assert_int_equal(send_out(b), 0);
	submit(1);
	answer_submit(submit(0), 0, "1");
	UNTIL(submit(2));
	struct msg_out *c = message(3, text);
	assert_int_equal(send_out(c), E_AGAIN);
	stream_close(conn(), true);
	UNTIL(gw.sent_count == 2);
	assert_int_equal(gw.sent[0].sent, SENT_UNKNOWN);
	assert_int_equal(gw.sent[1].sent, SENT_UNKNOWN);
	UNTIL(gw.up);
	UNTIL(gw.ready >= 1);
	assert_int_equal(got_count(SMPP_SUBMIT_SM), 3); /* nothing went out twice */
	free(text);
}

static void what_was_never_written_may_be_sent_again(void **state)
{
	(void)state;
	config.window = 3;
	config.pace = 1;
	smsc.hold_submits = true;
	begin();
	struct msg_out *a = message(1, "a"), *b = message(2, "b");
	assert_int_equal(send_out(a), 0);
	assert_int_equal(send_out(b), 0); /* the pace holds it back */
	submit(0);
	stream_close(conn(), true);
	UNTIL(gw.sent_count == 2);
	assert_ptr_equal(gw.sent[0].msg, a);
	assert_int_equal(gw.sent[0].sent, SENT_UNKNOWN);
	assert_ptr_equal(gw.sent[1].msg, b);
	assert_int_equal(gw.sent[1].sent, SENT_RETRY);
}

static void a_link_lost_between_parts_goes_on_with_the_rest(void **state)
{
	(void)state;
	config.pace = 2;
	begin();
	char *text = repeated("路", 80);
	struct msg_out *m = message(1, text);
	send_out(m);
	submit(0);
	run_for(50); /* the first part is answered, the second waits for the pace */
	stream_close(conn(), true);
	UNTIL(!gw.up);
	assert_int_equal(gw.sent_count, 0);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	assert_int_equal(got_count(SMPP_SUBMIT_SM), 2);
	assert_int_equal(submit(1)->pdu.message.short_message.p[5], 2);
	assert_int_equal(submit(1)->pdu.message.short_message.p[3], submit(0)->pdu.message.short_message.p[3]);
	free(text);
}

static void a_link_that_stays_away_leaves_half_a_message_unknown(void **state)
{
	(void)state;
	config.pace = 2;
	prepare();
	smpp()->carrier.submit_config.keep_ms = 800; /* the pace asks to be woken before that */
	smpp()->carrier.session_config.reconnect_min_ms = 60000;
	begin();
	char *text = repeated("路", 80);
	struct msg_out *m = message(1, text);
	send_out(m);
	submit(0);
	run_for(50);
	stream_close(conn(), true);
	assert_int_equal(result(0)->sent, SENT_UNKNOWN);
	assert_int_equal(result(0)->ids, 1);
	free(text);
}

static void draining_waits_for_answers_then_unbinds(void **state)
{
	(void)state;
	config.pace = 1;
	smsc.hold_submits = true;
	begin();
	struct msg_out *a = message(1, "a"), *b = message(2, "b");
	send_out(a);
	send_out(b);
	submit(0);
	say_text(5, "before");
	UNTIL(gw.in_count == 1);
	smpp_adapter.drain(adapter);
	assert_int_equal(gw.sent_count, 1); /* b was not begun */
	assert_ptr_equal(gw.sent[0].msg, b);
	assert_int_equal(gw.sent[0].sent, SENT_RETRY);
	assert_int_equal(send_out(b), E_CLOSED);
	say_text(6, "after");
	UNTIL(got(SMPP_DELIVER_SM_RESP, 0));
	assert_int_equal(got(SMPP_DELIVER_SM_RESP, 0)->pdu.status, ESME_RX_T_APPN);
	answer_submit(submit(0), 0, "1");
	result(1);
	run_for(50);
	assert_int_equal(gw.drained, 0);
	assert_int_equal(got_count(SMPP_UNBIND), 0);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(gw.drained == 1);
	UNTIL(peer.closed == 1);
	assert_int_equal(got_count(SMPP_UNBIND), 1);
	assert_int_equal(got(SMPP_DELIVER_SM_RESP, 1)->pdu.sequence, 5);
	assert_int_equal(got(SMPP_DELIVER_SM_RESP, 1)->pdu.status, 0);
	assert_int_equal(gw.in_count, 1);
	run_for(100);
	assert_int_equal(peer.conns, 1);
	assert_int_equal(gw.drained, 1);
}

static void draining_without_a_link_ends_at_once(void **state)
{
	(void)state;
	stream_listener_close(&peer.listener);
	prepare();
	struct err e;
	smpp_adapter.start(adapter, &e);
	run_for(30);
	smpp_adapter.drain(adapter);
	UNTIL(gw.drained == 1);
}

static void destroying_ends_every_loan(void **state)
{
	(void)state;
	config.pace = 1;
	smsc.hold_submits = true;
	begin();
	struct msg_out *a = message(1, "a"), *b = message(2, "b");
	send_out(a);
	send_out(b);
	submit(0);
	say_text(5, "waits");
	UNTIL(gw.in_count == 1);
	smpp_adapter.destroy(&adapter);
	assert_null(adapter);
	assert_int_equal(gw.sent_count, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(gw.sent[i].sent, gw.sent[i].msg == a ? SENT_UNKNOWN : SENT_RETRY);
}

static void the_console_counts_parts_as_the_link_cuts_them(void **state)
{
	(void)state;
	assert_int_equal(smpp_adapter.parts(&config, ""), 1);
	char *text = repeated("路", 71);
	assert_int_equal(smpp_adapter.parts(&config, text), 2);
	free(text);
	text = repeated("a", 160);
	assert_int_equal(smpp_adapter.parts(&config, text), 1);
	free(text);
	text = repeated("é", 100);
	static const unsigned parts[] = { [CODING_GSM] = 1, [CODING_LATIN1] = 1, [CODING_ASCII] = 2, [CODING_GB] = 2 };
	static const enum coding alphabet[] = { CODING_GSM, CODING_LATIN1, CODING_ASCII, CODING_GB };
	for (unsigned i = 0; i < 4; i++) {
		config.alphabet = (int)alphabet[i];
		assert_int_equal(smpp_adapter.parts(&config, text), parts[alphabet[i]]);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_short_text_is_one_submit_that_asks_for_a_receipt),
		TEST(numbers_get_the_type_that_was_configured),
		TEST(a_number_abroad_whose_type_is_not_said_is_no_strangers_at_home),
		TEST(a_chinese_text_goes_as_ucs2),
		TEST(a_reply_with_accents_goes_out_whatever_the_alphabet),
		TEST(a_long_text_is_accepted_when_its_last_part_is),
		TEST(two_long_texts_have_two_references),
		TEST(too_long_a_text_is_refused_at_once),
		TEST(a_number_too_long_for_the_wire_is_refused),
		TEST(no_more_than_the_window_is_unanswered),
		TEST(parts_beyond_the_window_wait),
		TEST(parts_go_no_faster_than_the_pace),
		TEST(without_a_link_nothing_is_lent),
		TEST(throttling_slows_the_link_and_tries_again),
		TEST(refusals_say_whether_to_try_again),
		TEST(one_part_refused_for_good_refuses_the_whole),
		TEST(a_part_refused_for_now_among_accepted_ones_is_written_again),
		TEST(no_answer_in_time_is_unknown_and_a_late_one_is_ignored),
		TEST(answers_twice_or_to_nothing_change_nothing),
		TEST(a_response_without_an_id_cannot_promise_receipts),
		TEST(a_receipt_may_come_before_the_answer),
		TEST(a_lost_link_tells_what_may_have_arrived_from_what_did_not),
		TEST(what_was_never_written_may_be_sent_again),
		TEST(a_link_lost_between_parts_goes_on_with_the_rest),
		TEST(a_link_that_stays_away_leaves_half_a_message_unknown),
		TEST(draining_waits_for_answers_then_unbinds),
		TEST(draining_without_a_link_ends_at_once),
		TEST(destroying_ends_every_loan),
		TEST(the_console_counts_parts_as_the_link_cuts_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
