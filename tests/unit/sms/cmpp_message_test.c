/* What the CMPP adapter does with messages of both directions and with reports. */
#include "adapters/sms/fields.h"
#include "gateway/base/clock.h"
#include "tests/unit/sms/ismg.h"

static char *repeated(const char *s, size_t times)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < times; i++)
		buf_adds(&b, s);
	return buf_take_str(&b);
}

/* As it should be known: with the year, which Msg_Id does not say and which is this one but around New Year. */
static void assert_known_as(const struct msg_in *m, const char *id, const char *part)
{
	char whole[64];
	(void)snprintf(whole, sizeof whole, "%s#%d%s", id, clock_day(m->received_at) / 10000, part);
	assert_string_equal(m->external_id, whole);
}

/* --- in --- */

static void a_message_is_answered_only_when_it_is_stored(void **state)
{
	(void)state;
	begin();
	struct cmpp_pdu pdu = deliver(7, 0x773de1403039004dull, 8, "\x8d\xef\x70\x6f", 4);
	say(conn(), &pdu);
	const struct fake_in *in = nth(0);
	assert_int_equal(in->what, FAKE_TAKE);
	assert_int_equal(in->msg.kind, MSG_TEXT);
	assert_string_equal(in->msg.text, "路灯");
	assert_string_equal(in->msg.peer, "+8613800138000");
	assert_string_equal(in->msg.account, "12345");
	assert_known_as(&in->msg, "773de1403039004d", "");
	assert_true(in->msg.verified);
	run_for(50);
	assert_null(deliver_resp(7));
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(result_of(7), 0);
	assert_true(deliver_resp(7)->pdu.message_resp.msg_id == 0x773de1403039004dull);
}

static void each_verdict_has_its_result(void **state)
{
	(void)state;
	begin();
	static const struct { enum taken verdict; uint32_t result; } rows[] = { { TAKEN_STORED, 0 }, { TAKEN_DUPLICATE, 0 },
		{ TAKEN_REFUSED, 0 }, { TAKEN_RETRY, 8 } };
	for (uint32_t i = 0; i < 4; i++)
		say_text(i + 1, i + 1, "1");
	nth(3);
	for (uint32_t i = 4; i-- > 0;) /* in any order */
		fake_gateway_answer_as(&gw, i, rows[i].verdict);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(result_of(i + 1), rows[i].result);
}

static void an_answer_is_never_given_on_another_link(void **state)
{
	(void)state;
	begin();
	say_text(7, 0x71, "once");
	nth(0);
	stream_close(conn(), true);
	UNTIL(peer.conns == 2 && gw.up);
	fake_gateway_answer(&gw, TAKEN_STORED);
	say_text(7, 0x71, "once"); /* delivered again */
	assert_string_equal(nth(1)->msg.external_id, nth(0)->msg.external_id);
	run_for(30);
	assert_null(deliver_resp(7));
	fake_gateway_answer(&gw, TAKEN_DUPLICATE);
	assert_int_equal(result_of(7), 0);
}

static void every_format_is_read(void **state)
{
	(void)state;
	static const struct { uint8_t fmt; const char *bytes; const char *text; } rows[] = { { 0, "a@$_", "a@$_" },
		{ 8, "\x8d\xef\x70\x6f", "路灯" }, { 15, "\xc2\xb7\xb5\xc6", "路灯" }, { 0x19, "\x8d\xef\x70\x6f", "路灯" },
		{ 8, "\xd8\x3d\xde\x01", "😁" } };
	begin();
	for (uint32_t i = 0; i < 5; i++) {
		struct cmpp_pdu pdu = deliver(i + 1, i + 1, rows[i].fmt, rows[i].bytes, strlen(rows[i].bytes));
		say(conn(), &pdu);
		assert_string_equal(nth(i)->msg.text, rows[i].text);
	}
}

static void a_text_under_any_number_for_text_is_read(void **state)
{
	(void)state;
	static const struct { uint8_t fmt; const char *bytes; const char *text; } rows[] = { { 1, "lamp", "lamp" }, { 0x10, "lamp", "lamp" },
		{ 0x11, "lamp", "lamp" }, { 0xF0, "lamp", "lamp" }, { 0xF1, "lamp", "lamp" }, { 0xF8, "\x8d\xef\x70\x6f", "路灯" } };
	begin();
	for (uint32_t i = 0; i < 6; i++) {
		struct cmpp_pdu pdu = deliver(i + 1, i + 1, rows[i].fmt, rows[i].bytes, strlen(rows[i].bytes));
		say(conn(), &pdu);
		assert_int_equal(nth(i)->what, FAKE_TAKE);
		assert_string_equal(nth(i)->msg.text, rows[i].text);
		assert_null(nth(i)->msg.raw);
	}
}

static void chinese_under_the_number_of_ascii_is_read_and_its_pdu_kept(void **state)
{
	(void)state;
	static const struct { const char *bytes; size_t n; const char *text; } rows[] = {
		{ "\xc2\xb7\xb5\xc6\xbb\xb5\xc1\xcb", 8, "路灯坏了" }, { "\x8d\xef\x70\x6f\x57\x4f\x4e\x86", 8, "路灯坏了" } };
	begin();
	for (uint32_t i = 0; i < 2; i++) {
		struct cmpp_pdu pdu = deliver(i + 1, i + 1, 0, rows[i].bytes, rows[i].n);
		say(conn(), &pdu);
		const struct msg_in *m = &nth(i)->msg;
		assert_string_equal(m->text, rows[i].text);
		assert_non_null(m->raw);
		assert_non_null(memmem(m->raw, m->raw_n, rows[i].bytes, rows[i].n));
	}
}

static void what_is_no_text_in_its_format_stays_with_the_message(void **state)
{
	(void)state;
	static const struct { uint8_t fmt; const char *bytes; size_t n; } rows[] = { { 15, "\xc2\xb7\xb5\xc6\xff", 5 },
		{ 8, "\x59\x47\x65\x70\x4e", 5 }, { 0, "a\xff", 2 } };
	begin();
	for (uint32_t i = 0; i < 3; i++) {
		struct cmpp_pdu pdu = deliver(i + 1, i + 1, rows[i].fmt, rows[i].bytes, rows[i].n);
		say(conn(), &pdu);
		const struct msg_in *m = &nth(i)->msg;
		assert_non_null(m->raw);
		assert_int_equal(m->raw_n, fields_be32(m->raw));
		assert_int_equal(strlen(m->raw_sha256), 64);
		assert_non_null(memmem(m->raw, m->raw_n, rows[i].bytes, rows[i].n));
	}
}

static void the_alphabet_of_format_0_can_be_said(void **state)
{
	(void)state;
	config.alphabet = CODING_GB;
	begin();
	struct cmpp_pdu pdu = deliver(1, 1, 0, "\xc2\xb7\xb5\xc6", 4);
	say(conn(), &pdu);
	assert_string_equal(nth(0)->msg.text, "路灯");
	assert_null(nth(0)->msg.raw);
}

static void what_cannot_be_read_is_set_aside_and_does_not_come_again(void **state)
{
	(void)state;
	begin();
	struct cmpp_pdu binary = deliver(1, 1, 4, "\1\2\3", 3), header = deliver(2, 2, 8, "\x7f\0\3", 3);
	header.deliver.tp_udhi = 1;
	struct cmpp_pdu sender = deliver(3, 3, 0, "x", 1), pseudonym = deliver(4, 4, 0, "x", 1);
	strcpy(sender.deliver.source, "INFO");
	pseudonym.deliver.source_type = 1;
	struct cmpp_pdu report = deliver(5, 5, 0, "short", 5);
	report.deliver.registered_delivery = 1;
	struct cmpp_pdu *const all[] = { &binary, &header, &sender, &pseudonym, &report };
	static const char *const reason[] = { "not-text", "udh-malformed", "sender-no-number", "sender-pseudonym",
		"receipt-malformed" };
	for (unsigned i = 0; i < 5; i++) {
		say(conn(), all[i]);
		assert_int_equal(nth(i)->what, FAKE_QUARANTINE);
		assert_string_equal(gw.in[i].reason, reason[i]);
		assert_true(gw.in[i].raw_len > 100); /* the whole PDU */
		fake_gateway_answer(&gw, TAKEN_STORED);
		assert_int_equal(result_of(i + 1), 0);
	}
	say_hex(conn(), "00000018000000050000000a773de1403039004d31323334"); /* cut inside */
	assert_string_equal(nth(5)->reason, "malformed-pdu");
	fake_gateway_answer(&gw, TAKEN_RETRY);
	assert_int_equal(result_of(10), 8);
	assert_true(gw.up);
}

static void parts_of_a_long_message_are_taken_as_they_come(void **state)
{
	(void)state;
	begin();
	struct cmpp_pdu narrow = deliver(1, 0xAB, 8, "\x05\x00\x03\x4d\x02\x02\x70\x6f", 8);
	struct cmpp_pdu wide = deliver(2, 0xAB, 8, "\x06\x08\x04\x12\x34\x02\x01\x8d\xef", 9);
	narrow.deliver.tp_udhi = wide.deliver.tp_udhi = 1;
	say(conn(), &narrow);
	say(conn(), &wide);
	const struct msg_in *a = &nth(0)->msg, *b = &nth(1)->msg;
	assert_int_equal(a->kind, MSG_PART);
	assert_int_equal(a->part.index, 2);
	assert_int_equal(a->part.total, 2);
	assert_int_equal(a->part.coding, CODING_UCS2);
	assert_memory_equal(a->part.bytes, "\x70\x6f", 2);
	assert_string_equal(a->part.key, "+8613800138000>12345/u77/2");
	assert_known_as(a, "00000000000000ab", ".2"); /* one Msg_Id for both parts */
	assert_known_as(b, "00000000000000ab", ".1");
	assert_string_equal(b->part.key, "+8613800138000>12345/w4660/2");
	struct msg_part parts[] = { b->part, a->part };
	struct buf text;
	buf_init(&text, 1000);
	assert_true(cmpp_adapter.join(parts, 2, &text));
	assert_string_equal(buf_str(&text), "路灯");
	buf_fini(&text);
}

/* --- out --- */

static void a_short_text_is_one_submit_that_asks_for_a_report(void **state)
{
	(void)state;
	begin();
	struct msg_out *m = message(1, "ticket 5 [ok]");
	assert_int_equal(send_out(m), 0);
	const struct cmpp_submit *s = &submit(0)->pdu.submit;
	assert_string_equal(s->dest, "13800138000");
	assert_string_equal(s->src_id, "12345");
	assert_string_equal(s->msg_src, "901234");
	assert_string_equal(s->service_id, "HOTLINE");
	assert_string_equal(s->fee_type, "01");
	assert_int_equal(s->fee_user_type, 2);
	assert_int_equal(s->registered_delivery, 1);
	assert_int_equal(s->pk_total, 1);
	assert_int_equal(s->pk_number, 1);
	assert_int_equal(s->tp_udhi, 0);
	assert_int_equal(s->msg_fmt, 0);
	assert_int_equal(s->content.n, 13);
	assert_memory_equal(s->content.p, "ticket 5 [ok]", 13);
	const struct fake_sent *r = result(0);
	assert_ptr_equal(r->msg, m);
	assert_int_equal(r->sent, SENT_ACCEPTED);
	assert_int_equal(r->ids, 1);
	assert_string_equal(r->id[0], "773de14030390001");
	assert_true(r->receipts);
}

static void long_texts_stay_below_the_lengths_of_their_format(void **state)
{
	(void)state;
	static const struct { const char *piece; unsigned times, parts; size_t first; uint8_t fmt; } rows[] = {
		{ "a", 159, 1, 159, 0 }, { "a", 160, 2, 159, 0 }, { "路", 70, 1, 140, 8 }, { "路", 71, 2, 140, 8 },
		{ "é", 3, 1, 6, 8 }, { "😁", 36, 2, 6 + 132, 8 } };
	begin();
	for (unsigned i = 0, n = 0; i < sizeof rows / sizeof rows[0]; n += rows[i++].parts) {
		char *text = repeated(rows[i].piece, rows[i].times);
		struct msg_out *m = message(i, text);
		send_out(m);
		result(i);
		const struct cmpp_submit *s = &submit(n)->pdu.submit;
		assert_int_equal(gw.sent[i].ids, rows[i].parts);
		assert_int_equal(cmpp_adapter.parts(&config, text), rows[i].parts);
		assert_int_equal(s->content.n, rows[i].first);
		assert_int_equal(s->msg_fmt, rows[i].fmt);
		free(text);
	}
}

static void a_long_text_is_accepted_when_its_last_part_is(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	begin();
	char *text = repeated("路", 150);
	struct msg_out *m = message(1, text);
	send_out(m);
	submit(2);
	for (unsigned i = 0; i < 3; i++) {
		const struct cmpp_submit *s = &submit(i)->pdu.submit;
		assert_int_equal(s->tp_udhi, 1);
		assert_int_equal(s->pk_total, 3);
		assert_int_equal(s->pk_number, i + 1);
		assert_memory_equal(s->content.p, "\5\0\3", 3);
		assert_int_equal(s->content.p[3], submit(0)->pdu.submit.content.p[3]);
		assert_int_equal(s->content.p[4], 3);
		assert_int_equal(s->content.p[5], i + 1);
	}
	answer_submit(submit(2), 0, 0x12);
	answer_submit(submit(0), 0, 0x10);
	run_for(30);
	assert_int_equal(gw.sent_count, 0);
	answer_submit(submit(1), 0, 0x11);
	assert_int_equal(result(0)->ids, 3);
	assert_string_equal(result(0)->id[1], "0000000000000011");
	free(text);
}

static void no_more_than_the_window_is_unanswered(void **state)
{
	(void)state;
	config.window = 2;
	ismg.hold_submits = true;
	begin();
	struct msg_out *m[3];
	for (unsigned i = 0; i < 3; i++)
		m[i] = message(i, "x");
	assert_int_equal(send_out(m[0]), 0);
	assert_int_equal(send_out(m[1]), 0);
	assert_int_equal(send_out(m[2]), E_AGAIN);
	submit(1);
	answer_submit(submit(1), 0, 1);
	assert_ptr_equal(result(0)->msg, m[1]);
	UNTIL(gw.ready == 1);
	assert_int_equal(send_out(m[2]), 0);
	submit(2);
}

static void an_unanswered_submit_is_sent_three_times_then_unknown(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	prepare();
	cmpp()->carrier.session_config.response_ms = 60;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	assert_int_equal(result(0)->sent, SENT_UNKNOWN);
	assert_int_equal(got_count(CMPP_SUBMIT), 3);
	for (unsigned i = 1; i < 3; i++)
		assert_memory_equal(got(CMPP_SUBMIT, i)->raw, got(CMPP_SUBMIT, 0)->raw, got(CMPP_SUBMIT, 0)->pdu.length);
	answer_submit(got(CMPP_SUBMIT, 2), 0, 1); /* too late */
	run_for(30);
	assert_int_equal(gw.sent_count, 1);
	assert_int_equal(peer.conns, 1);
	assert_true(gw.up);
}

static void an_answer_to_the_second_sending_counts_once(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	prepare();
	cmpp()->carrier.session_config.response_ms = 80;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	submit(1);
	answer_submit(submit(1), 0, 9);
	answer_submit(submit(1), 3, 0); /* and what it says of the double */
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	run_for(200);
	assert_int_equal(gw.sent_count, 1);
	assert_int_equal(got_count(CMPP_SUBMIT), 2);
}

static void a_duplicate_sequence_may_have_been_accepted_before(void **state)
{
	(void)state;
	ismg.result = 3;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	assert_int_equal(result(0)->sent, SENT_UNKNOWN);
	assert_string_equal(result(0)->reason, "duplicate sequence (3)");
}

static void flow_control_slows_the_link_and_tries_again(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	begin();
	struct msg_out *m = message(1, "x");
	uint64_t start_at = uv_hrtime();
	send_out(m);
	answer_submit(submit(0), 8, 0);
	answer_submit(submit(1), 0, 2);
	assert_true(uv_hrtime() - start_at > 700000000ull);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	assert_int_not_equal(submit(0)->pdu.sequence, submit(1)->pdu.sequence); /* another request, not the old one again */
}

static void every_other_result_is_final(void **state)
{
	(void)state;
	static const uint32_t rows[] = { 1, 2, 4, 5, 6, 7, 9, 13, 150 };
	begin();
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ismg.result = rows[i];
		struct msg_out *m = message(i, "x");
		send_out(m);
		assert_int_equal(result(i)->sent, SENT_REFUSED);
	}
	assert_string_equal(result(7)->reason, "Dest_terminal_Id is wrong (13)");
}

static void a_lost_link_tells_what_may_have_arrived_from_what_did_not(void **state)
{
	(void)state;
	config.pace = 1;
	ismg.hold_submits = true;
	begin();
	struct msg_out *a = message(1, "a"), *b = message(2, "b");
	send_out(a);
	send_out(b); /* the pace holds it back */
	submit(0);
	stream_close(conn(), true);
	UNTIL(gw.sent_count == 2);
	assert_int_equal(gw.sent[0].sent, SENT_UNKNOWN);
	assert_int_equal(gw.sent[1].sent, SENT_RETRY);
	UNTIL(peer.conns == 2 && gw.up);
	assert_int_equal(got_count(CMPP_SUBMIT), 1); /* nothing is sent again on another link */
}

static void a_number_too_long_for_the_wire_is_refused(void **state)
{
	(void)state;
	begin();
	struct msg_out *m = message(1, "x");
	m->peer = "+1234567890123456789012345678901234";
	assert_int_equal(send_out(m), 0);
	assert_int_equal(result(0)->sent, SENT_REFUSED);
	m->peer = "+8521234567";
	send_out(m);
	assert_string_equal(submit(0)->pdu.submit.dest, "8521234567");
}

static void a_number_abroad_never_goes_out_as_one_at_home(void **state)
{
	(void)state;
	begin();
	struct msg_out *m = message(1, "x");
	m->peer = "+13105550123";
	assert_int_equal(send_out(m), 0);
	assert_string_equal(submit(0)->pdu.submit.dest, "0013105550123");
}

/* --- reports --- */

static void reports_of_both_widths_are_read_in_both_versions(void **state)
{
	(void)state;
	static const struct { int version; uint8_t width; } rows[] = { { SPEAK_30, CMPP_V30 }, { SPEAK_30, CMPP_V20 },
		{ SPEAK_20, CMPP_V20 }, { SPEAK_20, CMPP_V30 } };
	int64_t done;
	assert_int_equal(clock_parse("2026-07-14 15:31", &done), 0);
	for (unsigned i = 0; i < 4; i++) {
		config.version = rows[i].version;
		ismg.version = CMPP_V30;
		begin();
		say_report(i + 1, 0x773de1403039004dull, "DELIVRD", rows[i].width);
		const struct fake_in *in = nth(i);
		assert_int_equal(in->what, FAKE_RECEIPT);
		assert_string_equal(in->receipt.external_id, "773de1403039004d");
		assert_int_equal(in->receipt.state, OUT_DELIVERED);
		assert_null(in->receipt.reason);
		assert_true(in->receipt.at == done);
		fake_gateway_answer(&gw, TAKEN_STORED);
		assert_int_equal(result_of(i + 1), 0);
		cmpp_adapter.destroy(&adapter);
		gw.up = false;
		run_for(20);
	}
}

static void words_of_reports_have_their_states(void **state)
{
	(void)state;
	static const struct { const char *stat; enum out_state state; const char *reason; } rows[] = {
		{ "EXPIRED", OUT_EXPIRED, "EXPIRED" }, { "UNDELIV", OUT_FAILED, "UNDELIV" }, { "REJECTD", OUT_FAILED, "REJECTD" },
		{ "ACCEPTD", OUT_ACCEPTED, "ACCEPTD" }, { "MB:0001", OUT_FAILED, "MB:0001" }, { "0471", OUT_FAILED, "0471" },
		{ "\x01\xff", OUT_FAILED, "??" }, { "", OUT_FAILED, "UNKNOWN" } };
	begin();
	for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		say_report(i + 1, i + 1, rows[i].stat, CMPP_V30);
		assert_int_equal(nth(i)->receipt.state, rows[i].state);
		assert_string_equal(nth(i)->receipt.reason, rows[i].reason);
	}
}

static void a_report_may_come_before_the_answer(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	struct got *g = submit(0);
	say_report(1, 0xFEDC, "DELIVRD", CMPP_V30);
	assert_string_equal(nth(0)->receipt.external_id, "000000000000fedc");
	answer_submit(g, 0, 0xFEDC);
	assert_string_equal(result(0)->id[0], "000000000000fedc");
}

static void a_report_is_answered_like_a_message(void **state)
{
	(void)state;
	begin();
	say_report(1, 1, "DELIVRD", CMPP_V30);
	nth(0);
	run_for(30);
	assert_null(deliver_resp(1));
	fake_gateway_answer(&gw, TAKEN_RETRY);
	assert_int_equal(result_of(1), 8);
	assert_true(deliver_resp(1)->pdu.message_resp.msg_id == 0x10001); /* the report's own id */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_is_answered_only_when_it_is_stored),
		TEST(each_verdict_has_its_result),
		TEST(an_answer_is_never_given_on_another_link),
		TEST(every_format_is_read),
		TEST(a_text_under_any_number_for_text_is_read),
		TEST(chinese_under_the_number_of_ascii_is_read_and_its_pdu_kept),
		TEST(what_is_no_text_in_its_format_stays_with_the_message),
		TEST(the_alphabet_of_format_0_can_be_said),
		TEST(what_cannot_be_read_is_set_aside_and_does_not_come_again),
		TEST(parts_of_a_long_message_are_taken_as_they_come),
		TEST(a_short_text_is_one_submit_that_asks_for_a_report),
		TEST(long_texts_stay_below_the_lengths_of_their_format),
		TEST(a_long_text_is_accepted_when_its_last_part_is),
		TEST(no_more_than_the_window_is_unanswered),
		TEST(an_unanswered_submit_is_sent_three_times_then_unknown),
		TEST(an_answer_to_the_second_sending_counts_once),
		TEST(a_duplicate_sequence_may_have_been_accepted_before),
		TEST(flow_control_slows_the_link_and_tries_again),
		TEST(every_other_result_is_final),
		TEST(a_lost_link_tells_what_may_have_arrived_from_what_did_not),
		TEST(a_number_too_long_for_the_wire_is_refused),
		TEST(a_number_abroad_never_goes_out_as_one_at_home),
		TEST(reports_of_both_widths_are_read_in_both_versions),
		TEST(words_of_reports_have_their_states),
		TEST(a_report_may_come_before_the_answer),
		TEST(a_report_is_answered_like_a_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
