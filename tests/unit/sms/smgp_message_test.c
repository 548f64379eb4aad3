/* Messages and receipts over SMGP, in and out. */
#include "adapters/sms/segment.h"
#include "tests/unit/sms/smgw.h"

/* --- out --- */

static void a_short_text_asks_for_a_report_and_costs_nothing(void **state)
{
	(void)state;
	begin();
	send_out(message(1, "hi"));
	UNTIL(gw.sent_count);
	const struct smgp_submit *m = &got(SMGP_SUBMIT, 0)->pdu.submit;
	assert_int_equal(m->msg_type, 6);
	assert_int_equal(m->need_report, 1);
	assert_string_equal(m->service_id, "HELP");
	assert_string_equal(m->fee_type, "00");
	assert_string_equal(m->fixed_fee, "000000");
	assert_int_equal(m->msg_format, 0);
	assert_string_equal(m->src_term, "10620012345");
	assert_string_equal(m->charge_term, "");
	assert_int_equal(m->dest_term.count, 1);
	assert_memory_equal(m->dest_term.p, "13800138000\0\0\0\0\0\0\0\0\0", 21);
	assert_int_equal(m->tlvs.n, 0);
	assert_int_equal(gw.sent[0].sent, SENT_ACCEPTED);
	assert_int_equal(gw.sent[0].ids, 1);
	assert_true(gw.sent[0].receipts);
	assert_string_equal(gw.sent[0].id[0], "10003a11220015000001");
}

static void a_long_text_goes_in_parts_with_header_and_parameters(void **state)
{
	(void)state;
	char text[20 * 16 + 1] = "";
	for (size_t i = 0; i < 20; i++)
		memcpy(text + i * 16, "水管漏水\xf0\x9f\x98\x80", 16);
	begin();
	send_out(message(1, text));
	UNTIL(gw.sent_count);
	assert_int_equal(gw.sent[0].ids, 2);
	assert_true(gw.sent[0].receipts);
	size_t total = 0;
	for (unsigned i = 0; i < 2; i++) {
		const struct smgp_submit *m = &got(SMGP_SUBMIT, i)->pdu.submit;
		struct udh u;
		assert_int_equal(m->msg_format, 8);
		assert_in_range(m->content.n, 7, 140);
		assert_int_equal(udh_read(m->content.p, m->content.n, &u), 1);
		assert_int_equal(u.total, 2);
		assert_int_equal(u.index, i + 1);
		assert_int_equal(smgp_tlv_u8(&m->tlvs, SMGP_TLV_TP_UDHI), 1);
		assert_int_equal(smgp_tlv_u8(&m->tlvs, SMGP_TLV_PK_TOTAL), 2);
		assert_int_equal(smgp_tlv_u8(&m->tlvs, SMGP_TLV_PK_NUMBER), i + 1);
		total += m->content.n - u.len;
	}
	assert_int_equal(total, 20 * 12);
}

static void status_accepts_repeats_or_refuses(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	begin();
	smgp()->carrier.link[0]->hold.hold_min_ms = 50;
	send_out(message(1, "refused"));
	UNTIL(got_count(SMGP_SUBMIT) == 1);
	answer_submit(got(SMGP_SUBMIT, 0), 74, 1);
	UNTIL(gw.sent_count == 1);
	assert_int_equal(gw.sent[0].sent, SENT_REFUSED);
	assert_string_equal(gw.sent[0].reason, "forbidden hours (74)");
	send_out(message(2, "busy"));
	UNTIL(got_count(SMGP_SUBMIT) == 2);
	answer_submit(got(SMGP_SUBMIT, 1), 1, 1);
	UNTIL(got_count(SMGP_SUBMIT) == 3); /* after the hold */
	assert_int_not_equal(got(SMGP_SUBMIT, 2)->pdu.sequence, got(SMGP_SUBMIT, 1)->pdu.sequence);
	answer_submit(got(SMGP_SUBMIT, 2), 0, 3);
	UNTIL(gw.sent_count == 2);
	assert_int_equal(gw.sent[1].sent, SENT_ACCEPTED);
}

static void the_window_stays_closed_until_an_answer_opens_it(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	config.window = 2;
	begin();
	assert_int_equal(send_out(message(1, "a")), 0);
	assert_int_equal(send_out(message(2, "b")), 0);
	assert_int_equal(send_out(message(3, "c")), E_AGAIN);
	UNTIL(got_count(SMGP_SUBMIT) == 2);
	run_for(30);
	assert_int_equal(got_count(SMGP_SUBMIT), 2);
	answer_submit(got(SMGP_SUBMIT, 1), 0, 2); /* in any order */
	UNTIL(gw.ready);
	assert_int_equal(send_out(message(3, "c")), 0);
	UNTIL(got_count(SMGP_SUBMIT) == 3);
}

static void a_number_too_long_is_refused_without_a_word_on_the_wire(void **state)
{
	(void)state;
	begin();
	struct msg_out *m = message(1, "x");
	m->peer = "+4912345678901234567890123";
	send_out(m);
	assert_int_equal(gw.sent_count, 1);
	assert_int_equal(gw.sent[0].sent, SENT_REFUSED);
	m = message(2, "y");
	m->peer = "+4915112345678";
	send_out(m);
	UNTIL(gw.sent_count == 2);
	assert_int_equal(got_count(SMGP_SUBMIT), 1);
	assert_string_equal((const char *)got(SMGP_SUBMIT, 0)->pdu.submit.dest_term.p, "4915112345678");
}

static void a_number_abroad_never_goes_out_as_one_at_home(void **state)
{
	(void)state;
	begin();
	send_out(message_to(1, "+13105550123", "x"));
	UNTIL(got_count(SMGP_SUBMIT) == 1);
	assert_string_equal((const char *)got(SMGP_SUBMIT, 0)->pdu.submit.dest_term.p, "0013105550123");
}

/* --- in --- */

static void a_text_is_answered_only_once_it_is_stored(void **state)
{
	(void)state;
	begin();
	struct smgp_pdu pdu = deliver(9, 0x77, 8, "\x8d\xef\x70\x6f", 4);
	strcpy(pdu.deliver.src_term, "8613800138000");
	say(conn(), &pdu);
	UNTIL(gw.in_count);
	run_for(30);
	assert_null(got(SMGP_DELIVER_RESP, 0));
	const struct msg_in *m = &gw.in[0].msg;
	assert_int_equal(m->kind, MSG_TEXT);
	assert_string_equal(m->text, "路灯");
	assert_string_equal(m->peer, "+8613800138000");
	assert_string_equal(m->account, "10620012345");
	assert_string_equal(m->external_id, "10003a11220015000077#2026");
	assert_true(m->sent_at == 1795356900000);
	assert_true(m->verified);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	const struct got *g = got(SMGP_DELIVER_RESP, 0);
	assert_int_equal(g->pdu.sequence, 9);
	assert_int_equal(g->pdu.answer.status, 0);
	assert_memory_equal(g->pdu.answer.msg_id, pdu.deliver.msg_id, SMGP_MSG_ID);
}

static void what_was_not_kept_is_asked_for_again_and_a_double_is_acknowledged(void **state)
{
	(void)state;
	static const struct { enum taken taken; uint32_t status; } rows[] = {
		{ TAKEN_STORED, 0 }, { TAKEN_DUPLICATE, 0 }, { TAKEN_REFUSED, 0 }, { TAKEN_RETRY, SMGP_BUSY }
	};
	begin();
	for (unsigned i = 0; i < 4; i++) {
		say_text(100 + i, 1, "the same again");
		UNTIL(gw.in_count == i + 1);
		assert_string_equal(gw.in[i].msg.external_id, "10003a11220015000001#2026");
		fake_gateway_answer(&gw, rows[i].taken);
		UNTIL(got_count(SMGP_DELIVER_RESP) == i + 1);
		assert_int_equal(got(SMGP_DELIVER_RESP, i)->pdu.answer.status, rows[i].status);
	}
}

static void ids_of_another_year_differ_and_a_missing_time_does_no_harm(void **state)
{
	(void)state;
	begin();
	struct smgp_pdu pdu = deliver(1, 1, 0, "x", 1);
	strcpy(pdu.deliver.recv_time, "20271122221500");
	say(conn(), &pdu);
	pdu.sequence = 2;
	pdu.deliver.recv_time[0] = '\0';
	say(conn(), &pdu);
	UNTIL(gw.in_count == 2);
	assert_string_equal(gw.in[0].msg.external_id, "10003a11220015000001#2027");
	assert_string_equal(gw.in[1].msg.external_id, "10003a11220015000001");
	assert_true(gw.in[1].msg.sent_at == 0);
}

static void without_an_id_of_the_gateways_each_text_is_known_by_what_it_says(void **state)
{
	(void)state;
	begin();
	struct smgp_pdu pdu = deliver(1, 0, 0, "first", 5);
	memset(pdu.deliver.msg_id, 0, SMGP_MSG_ID);
	say(conn(), &pdu);
	UNTIL(gw.in_count == 1);
	assert_null(gw.in[0].msg.external_id);
	assert_true(gw.in[0].msg.session_at > 0);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SMGP_DELIVER_RESP, 0));
}

static void a_gb_text_is_read(void **state)
{
	(void)state;
	begin();
	struct smgp_pdu pdu = deliver(9, 1, 15, "\xc2\xb7\xb5\xc6\x81\x39\xa1\x36", 8);
	say(conn(), &pdu);
	UNTIL(gw.in_count);
	assert_non_null(strstr(gw.in[0].msg.text, "路灯"));
}

static void parts_are_taken_as_they_come(void **state)
{
	(void)state;
	begin();
	struct buf tlvs;
	buf_init(&tlvs, 100);
	smgp_tlv_add_u8(&tlvs, SMGP_TLV_TP_UDHI, 1);
	struct smgp_pdu pdu = deliver(9, 2, 8, "\x05\x00\x03\x2a\x02\x02\x70\x6f", 8);
	pdu.deliver.tlvs = (struct smgp_octets){ tlvs.data, tlvs.len };
	say(conn(), &pdu);
	UNTIL(gw.in_count == 1);
	const struct msg_in *m = &gw.in[0].msg;
	assert_int_equal(m->kind, MSG_PART);
	assert_int_equal(m->part.index, 2);
	assert_int_equal(m->part.total, 2);
	assert_int_equal(m->part.n, 2);
	assert_memory_equal(m->part.bytes, "\x70\x6f", 2);
	assert_string_equal(m->external_id, "10003a11220015000002#2026.2");
	/* a header and PkTotal without TP_udhi, in 16 bits */
	buf_clear(&tlvs);
	smgp_tlv_add_u8(&tlvs, SMGP_TLV_PK_TOTAL, 3);
	pdu = deliver(10, 3, 8, "\x06\x08\x04\x01\x02\x03\x01\x8d\xef", 9);
	pdu.deliver.tlvs = (struct smgp_octets){ tlvs.data, tlvs.len };
	say(conn(), &pdu);
	UNTIL(gw.in_count == 2);
	assert_int_equal(gw.in[1].msg.kind, MSG_PART);
	assert_string_not_equal(gw.in[1].msg.part.key, m->part.key);
	/* PkTotal without a place, and the content begins with words */
	pdu = deliver(11, 4, 8, "\x8d\xef\x70\x6f", 4);
	pdu.deliver.tlvs = (struct smgp_octets){ tlvs.data, tlvs.len };
	say(conn(), &pdu);
	UNTIL(gw.in_count == 3);
	assert_int_equal(gw.in[2].msg.kind, MSG_TEXT);
	assert_string_equal(gw.in[2].msg.text, "路灯");
	buf_fini(&tlvs);
}

static void parts_by_parameters_alone_are_parts_too(void **state)
{
	(void)state;
	begin();
	struct buf tlvs;
	buf_init(&tlvs, 100);
	for (uint8_t i = 2; i >= 1; i--) {
		buf_clear(&tlvs);
		smgp_tlv_add_u8(&tlvs, SMGP_TLV_PK_TOTAL, 2);
		smgp_tlv_add_u8(&tlvs, SMGP_TLV_PK_NUMBER, i);
		struct smgp_pdu pdu = deliver(i, 7, 8, i == 1 ? "\x8d\xef" : "\x70\x6f", 2);
		pdu.deliver.tlvs = (struct smgp_octets){ tlvs.data, tlvs.len };
		say(conn(), &pdu);
		const struct msg_in *m = &nth(2u - i)->msg;
		assert_int_equal(m->kind, MSG_PART);
		assert_int_equal(m->part.index, i);
		assert_int_equal(m->part.total, 2);
		assert_int_equal(m->part.n, 2);
	}
	assert_string_equal(nth(0)->msg.part.key, nth(1)->msg.part.key);
	assert_string_not_equal(nth(0)->msg.external_id, nth(1)->msg.external_id);
	buf_clear(&tlvs);
	smgp_tlv_add_u8(&tlvs, SMGP_TLV_PK_TOTAL, 1);
	smgp_tlv_add_u8(&tlvs, SMGP_TLV_PK_NUMBER, 1);
	struct smgp_pdu whole = deliver(9, 8, 8, "\x8d\xef", 2);
	whole.deliver.tlvs = (struct smgp_octets){ tlvs.data, tlvs.len };
	say(conn(), &whole);
	assert_int_equal(nth(2)->msg.kind, MSG_TEXT);
	buf_fini(&tlvs);
}

static void what_is_in_another_alphabet_than_it_says_is_read_and_kept(void **state)
{
	(void)state;
	begin();
	struct smgp_pdu gb = deliver(1, 1, 0, "\xc2\xb7\xb5\xc6\xbb\xb5\xc1\xcb", 8), broken = deliver(2, 2, 15, "\xc2\xb7\xff", 3),
		flash = deliver(3, 3, 0x11, "lamp", 4);
	say(conn(), &gb);
	assert_string_equal(nth(0)->msg.text, "路灯坏了");
	assert_non_null(nth(0)->msg.raw);
	say(conn(), &broken);
	assert_string_equal(nth(1)->msg.text, "路\xEF\xBF\xBD");
	assert_non_null(memmem(nth(1)->msg.raw, nth(1)->msg.raw_n, "\xc2\xb7\xff", 3));
	say(conn(), &flash);
	assert_string_equal(nth(2)->msg.text, "lamp");
}

static void what_cannot_be_read_is_set_aside_and_acknowledged(void **state)
{
	(void)state;
	struct buf tlvs;
	buf_init(&tlvs, 100);
	smgp_tlv_add_u8(&tlvs, SMGP_TLV_TP_UDHI, 1);
	gw.automatic = true;
	begin();
	struct smgp_pdu pdu[5] = { deliver(1, 1, 4, "\1\2", 2), deliver(2, 2, 0, "x", 1), deliver(3, 3, 8, "\x09\x00", 2),
		deliver(4, 4, 0, "no report", 9), deliver(5, 5, 0, "id:0123456789 sub:001 dlvrd:001", 31) };
	static const char *const reason[] = { "not-text", "sender-no-number", "udh-malformed", "receipt-without-id",
		"receipt-without-state" };
	strcpy(pdu[1].deliver.src_term, "INFO");
	pdu[2].deliver.tlvs = (struct smgp_octets){ tlvs.data, tlvs.len };
	pdu[3].deliver.is_report = pdu[4].deliver.is_report = 1;
	for (unsigned i = 0; i < 5; i++) {
		say(conn(), &pdu[i]);
		UNTIL(got_count(SMGP_DELIVER_RESP) == i + 1);
		assert_int_equal(gw.in[i].what, FAKE_QUARANTINE);
		assert_string_equal(gw.in[i].reason, reason[i]);
		assert_int_equal(got(SMGP_DELIVER_RESP, i)->pdu.answer.status, 0);
	}
	buf_fini(&tlvs);
}

static void an_answer_for_a_broken_link_is_not_written_to_the_next(void **state)
{
	(void)state;
	begin();
	say_text(9, 1, "and gone");
	UNTIL(gw.in_count);
	stream_close(conn(), false);
	UNTIL(peer.conns == 2 && gw.up);
	fake_gateway_answer(&gw, TAKEN_STORED);
	run_for(50);
	assert_null(got(SMGP_DELIVER_RESP, 0));
	say_text(1, 1, "and gone");
	UNTIL(gw.in_count == 2);
	assert_string_equal(gw.in[1].msg.external_id, gw.in[0].msg.external_id);
	fake_gateway_answer(&gw, TAKEN_DUPLICATE);
	UNTIL(got(SMGP_DELIVER_RESP, 0));
}

static void a_flood_is_not_read_on_until_it_is_stored(void **state)
{
	(void)state;
	enum { MORE = 2000 }; /* with half of the takes given back there is room for all of them */
	begin();
	gw.counting_only = true;
	struct buf b;
	buf_init(&b, 8 << 20);
	for (unsigned i = 0; i < CARRIER_TAKES_MAX + MORE; i++) {
		struct smgp_pdu pdu = deliver(i + 1, i, 0, "x", 1);
		assert_true(smgp_pdu_encode(&pdu, SMGP_30, &b));
	}
	say_raw(conn(), b.data, b.len);
	UNTIL(smgp()->carrier.takes >= CARRIER_TAKES_MAX);
	run_for(50);
	assert_in_range(gw.in_count, CARRIER_TAKES_MAX, CARRIER_TAKES_MAX + MORE - 1);
	while (fake_gateway_answer(&gw, TAKEN_RETRY))
		if (smgp()->carrier.takes <= CARRIER_TAKES_MAX / 2)
			break;
	UNTIL(gw.in_count == CARRIER_TAKES_MAX + MORE);
	buf_fini(&b);
}

/* --- receipts --- */

static void a_report_settles_the_part_it_names(void **state)
{
	(void)state;
	begin();
	say_report(1, 5, "DELIVRD", "000", 122);
	UNTIL(gw.in_count == 1);
	const struct receipt *r = &gw.in[0].receipt;
	assert_int_equal(gw.in[0].what, FAKE_RECEIPT);
	assert_string_equal(r->external_id, "10003a11220015000005");
	assert_int_equal(r->state, OUT_DELIVERED);
	assert_null(r->reason);
	assert_string_equal(r->peer, "+8613800138000");
	assert_true(r->at == 1795356960000);
	assert_null(got(SMGP_DELIVER_RESP, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	say_report(2, 6, "UNDELIV", "007", 96); /* the text is cut off */
	say_report(3, 7, "EXPIRED", "", 88);
	say_report(4, 8, "ACCEPTD", "000", 122);
	say_report(5, 9, "XX:0001", "999", 122);
	UNTIL(gw.in_count == 5);
	static const enum out_state want[] = { OUT_FAILED, OUT_EXPIRED, OUT_ACCEPTED, OUT_FAILED };
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(gw.in[i + 1].receipt.state, want[i]);
	assert_string_equal(gw.in[1].receipt.reason, "UNDELIV err 007");
	assert_string_equal(gw.in[4].receipt.reason, "XX:0001 err 999");
}

static void a_report_may_overtake_the_answer_to_its_submit(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	begin();
	send_out(message(1, "quick"));
	UNTIL(got(SMGP_SUBMIT, 0));
	say_report(1, 42, "DELIVRD", "000", 122);
	UNTIL(gw.in_count == 1);
	assert_int_equal(gw.sent_count, 0);
	answer_submit(got(SMGP_SUBMIT, 0), 0, 42);
	UNTIL(gw.sent_count);
	assert_string_equal(gw.sent[0].id[0], gw.in[0].receipt.external_id);
}

#define MESSAGE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MESSAGE_TEST(a_short_text_asks_for_a_report_and_costs_nothing),
		MESSAGE_TEST(a_long_text_goes_in_parts_with_header_and_parameters),
		MESSAGE_TEST(status_accepts_repeats_or_refuses),
		MESSAGE_TEST(the_window_stays_closed_until_an_answer_opens_it),
		MESSAGE_TEST(a_number_too_long_is_refused_without_a_word_on_the_wire),
		MESSAGE_TEST(a_number_abroad_never_goes_out_as_one_at_home),
		MESSAGE_TEST(a_text_is_answered_only_once_it_is_stored),
		MESSAGE_TEST(what_was_not_kept_is_asked_for_again_and_a_double_is_acknowledged),
		MESSAGE_TEST(ids_of_another_year_differ_and_a_missing_time_does_no_harm),
		MESSAGE_TEST(without_an_id_of_the_gateways_each_text_is_known_by_what_it_says),
		MESSAGE_TEST(a_gb_text_is_read),
		MESSAGE_TEST(parts_are_taken_as_they_come),
		MESSAGE_TEST(parts_by_parameters_alone_are_parts_too),
		MESSAGE_TEST(what_is_in_another_alphabet_than_it_says_is_read_and_kept),
		MESSAGE_TEST(what_cannot_be_read_is_set_aside_and_acknowledged),
		MESSAGE_TEST(an_answer_for_a_broken_link_is_not_written_to_the_next),
		MESSAGE_TEST(a_flood_is_not_read_on_until_it_is_stored),
		MESSAGE_TEST(a_report_settles_the_part_it_names),
		MESSAGE_TEST(a_report_may_overtake_the_answer_to_its_submit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
