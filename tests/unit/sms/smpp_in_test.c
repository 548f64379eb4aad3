/* What the SMPP adapter does with what the carrier sends. */
#include "gateway/base/clock.h"
#include "tests/unit/sms/smsc.h"

static struct got *response(uint32_t command, uint32_t sequence)
{
	struct got *g;
	for (unsigned n = 0; (g = got(command, n)); n++)
		if (g->pdu.sequence == sequence)
			return g;
	return NULL;
}

static uint32_t status_of(uint32_t sequence)
{
	UNTIL(response(SMPP_DELIVER_SM_RESP, sequence));
	return response(SMPP_DELIVER_SM_RESP, sequence)->pdu.status;
}

static void a_message_is_answered_only_when_it_is_stored(void **state)
{
	(void)state;
	begin();
	say_message(7, 0, 8, "\x8d\xef\x70\x6f", 4, NULL);
	const struct fake_in *in = nth(0);
	assert_int_equal(in->what, FAKE_TAKE);
	assert_int_equal(in->msg.kind, MSG_TEXT);
	assert_string_equal(in->msg.text, "路灯");
	assert_string_equal(in->msg.peer, "+8613800138000");
	assert_string_equal(in->msg.account, "12345");
	assert_null(in->msg.external_id);
	assert_true(in->msg.verified);
	assert_true(in->msg.received_at > 0);
	run_for(50);
	assert_int_equal(got_count(SMPP_DELIVER_SM_RESP), 0);
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(status_of(7), ESME_ROK);
}

static void each_verdict_has_its_status(void **state)
{
	(void)state;
	begin();
	static const struct { enum taken verdict; uint32_t status; } rows[] = { { TAKEN_STORED, 0 }, { TAKEN_DUPLICATE, 0 },
		{ TAKEN_REFUSED, 0 }, { TAKEN_RETRY, ESME_RX_T_APPN } };
	for (uint32_t i = 0; i < 4; i++) {
		say_text(i + 1, "1");
		nth(i);
		fake_gateway_answer(&gw, rows[i].verdict);
		assert_int_equal(status_of(i + 1), rows[i].status);
	}
}

static void verdicts_may_come_in_any_order(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 1; i <= 3; i++)
		say_text(i, "1");
	nth(2);
	fake_gateway_answer_as(&gw, 2, TAKEN_STORED);
	fake_gateway_answer_as(&gw, 0, TAKEN_RETRY);
	fake_gateway_answer_as(&gw, 1, TAKEN_STORED);
	assert_int_equal(status_of(3), 0);
	assert_int_equal(status_of(1), ESME_RX_T_APPN);
	assert_int_equal(status_of(2), 0);
}

static void every_alphabet_is_read(void **state)
{
	(void)state;
	config.alphabet = CODING_GB;
	begin();
	static const struct { uint8_t data_coding; const char *bytes; size_t n; const char *text; } rows[] = {
		{ 0, "\xC2\xB7\xB5\xC6", 4, "路灯" }, { 15, "\xC2\xB7", 2, "路" }, { 1, "a@b", 3, "a@b" }, { 3, "caf\xE9", 4, "café" },
		{ 8, "\xD8\x3D\xDE\x00", 4, "😀" }, { 0xF1, "a\0b", 3, "a@b" }, { 8, "", 0, "" }
	};
	for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		say_message(i + 1, 0, rows[i].data_coding, rows[i].bytes, rows[i].n, NULL);
		assert_string_equal(nth(i)->msg.text, rows[i].text);
	}
}

static void what_is_in_another_alphabet_than_it_says_is_read_and_kept(void **state)
{
	(void)state;
	begin();
	say_message(1, 0, 0, "\x8d\xef\x70\x6f\x57\x4f\x4e\x86", 8, NULL);
	assert_string_equal(nth(0)->msg.text, "路灯坏了");
	assert_non_null(nth(0)->msg.raw);
	say_message(2, 0, 8, "\x8d\xef\x70", 3, NULL);
	assert_string_equal(nth(1)->msg.text, "路\xEF\xBF\xBD");
	assert_non_null(memmem(nth(1)->msg.raw, nth(1)->msg.raw_n, "\x8d\xef\x70", 3));
	say_message(3, 0, 0, "plain", 5, NULL);
	assert_null(nth(2)->msg.raw);
}

static void what_is_too_long_to_go_along_is_set_aside_beside_its_message(void **state)
{
	(void)state;
	static char text[MSG_RAW_MAX + 1];
	struct buf t;
	begin();
	memset(text, 'a', sizeof text);
	buf_init(&t, 1 << 20);
	smpp_tlv_add(&t, SMPP_TLV_MESSAGE_PAYLOAD, text, sizeof text); /* of an odd length */
	say_message(1, 0, 8, NULL, 0, &t);
	assert_int_equal(nth(0)->what, FAKE_QUARANTINE);
	assert_string_equal(gw.in[0].reason, "not-legible");
	assert_null(gw.in[0].done);
	assert_int_equal(nth(1)->what, FAKE_TAKE);
	assert_null(nth(1)->msg.raw);
	buf_fini(&t);
}

static void parts_with_a_header_keep_their_bytes(void **state)
{
	(void)state;
	begin();
	say_message(1, 0x40, 8, "\5\0\3\x2A\2\2\xDE\x00\x70\x6F", 10, NULL);
	say_message(2, 0x40, 8, "\5\0\3\x2A\2\1\x8D\xEF\xD8\x3D", 10, NULL);
	const struct msg_in *second = &nth(0)->msg, *first = &nth(1)->msg;
	assert_int_equal(first->kind, MSG_PART);
	assert_int_equal(first->part.index, 1);
	assert_int_equal(second->part.index, 2);
	assert_int_equal(first->part.total, 2);
	assert_string_equal(first->part.key, second->part.key);
	assert_int_equal(first->part.n, 4);
	struct msg_part both[] = { first->part, second->part };
	struct buf text;
	buf_init(&text, 1000);
	assert_true(smpp_adapter.join(both, 2, &text));
	assert_string_equal(buf_str(&text), "路😀灯");
	buf_fini(&text);
}

static void parts_by_sar_are_parts_too(void **state)
{
	(void)state;
	begin();
	struct buf t;
	buf_init(&t, 100);
	smpp_tlv_add(&t, SMPP_TLV_SAR_MSG_REF_NUM, "\x12\x34", 2);
	smpp_tlv_add(&t, SMPP_TLV_SAR_TOTAL_SEGMENTS, "\3", 1);
	say_message(1, 0, 0, "two of three?", 13, &t); /* one is missing: no part */
	smpp_tlv_add(&t, SMPP_TLV_SAR_SEGMENT_SEQNUM, "\2", 1);
	say_message(2, 0, 0, "middle", 6, &t);
	say_message(3, 0x40, 0, "\5\0\3\7\2\1one", 9, &t); /* with a UDH the parameters do not count */
	assert_int_equal(nth(0)->msg.kind, MSG_TEXT);
	assert_int_equal(nth(1)->msg.kind, MSG_PART);
	assert_int_equal(nth(1)->msg.part.index, 2);
	assert_int_equal(nth(1)->msg.part.total, 3);
	assert_memory_equal(nth(1)->msg.part.bytes, "middle", 6);
	assert_int_equal(nth(2)->msg.part.total, 2);
	assert_string_not_equal(nth(1)->msg.part.key, nth(2)->msg.part.key);
	buf_fini(&t);
}

static void a_single_part_is_a_whole_message(void **state)
{
	(void)state;
	begin();
	say_message(1, 0x40, 0, "\5\0\3\7\1\1one", 9, NULL);
	assert_int_equal(nth(0)->msg.kind, MSG_TEXT);
	assert_string_equal(nth(0)->msg.text, "one");
}

static void a_payload_parameter_is_read_instead(void **state)
{
	(void)state;
	begin();
	struct buf t;
	buf_init(&t, 100000);
	char *text = malloc(60001);
	memset(text, 'a', 60000);
	text[60000] = '\0';
	smpp_tlv_add(&t, SMPP_TLV_MESSAGE_PAYLOAD, text, 60000);
	say_message(1, 0, 0, NULL, 0, &t);
	assert_string_equal(nth(0)->msg.text, text);
	buf_fini(&t);
	free(text);
}

static void words_in_both_places_are_all_kept(void **state)
{
	(void)state;
	begin();
	struct buf t;
	buf_init(&t, 1000);
	smpp_tlv_add(&t, SMPP_TLV_MESSAGE_PAYLOAD, "\x8d\xef\x70\x6f", 4);
	say_message(1, 0, 8, "\x57\x4f\x4e\x86", 4, &t);
	assert_string_equal(nth(0)->msg.text, "坏了\n路灯");
	say_message(2, 0, 8, "\x8d\xef", 2, &t);
	assert_string_equal(nth(1)->msg.text, "路灯");
	say_message(3, 0x40, 8, "\5\0\3\x2A\2\1\x57\x4f", 8, &t);
	assert_int_equal(nth(2)->msg.part.n, 6);
	buf_fini(&t);
}

static void what_is_in_a_national_table_is_set_aside_and_not_read_as_other_words(void **state)
{
	(void)state;
	begin();
	say_message(1, 0x40, 0, "\3\x24\1\1\x1B\x47", 6, NULL); /* Turkish, by an escape */
	say_message(2, 0x40, 0, "\3\x25\1\6\x21\x22", 6, NULL); /* Hindi, all of it */
	say_message(3, 0x40, 0, "\3\x24\1\1plain", 9, NULL);
	say_message(4, 0x40, 0, "\3\x25\1\0plain", 9, NULL);
	say_message(5, 0x40, 8, "\3\x25\1\1\x8d\xef", 6, NULL);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(nth(i)->what, FAKE_QUARANTINE);
		assert_string_equal(nth(i)->reason, "not-text");
	}
	assert_string_equal(nth(2)->msg.text, "plain");
	assert_string_equal(nth(3)->msg.text, "plain");
	assert_string_equal(nth(4)->msg.text, "路");
}

static void data_sm_is_a_message_too(void **state)
{
	(void)state;
	begin();
	say_hex(conn(), "0000002f 00000103 00000000 00000002 00 0101 3836313338303031333830303000 0000 313200"
		"00 00 08 0424 0002 8def");
	assert_string_equal(nth(0)->msg.text, "路");
	assert_string_equal(nth(0)->msg.peer, "+8613800138000");
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(response(SMPP_DATA_SM_RESP, 2));
}

static void what_is_no_text_is_set_aside_and_acknowledged(void **state)
{
	(void)state;
	begin();
	say_message(1, 0, 4, "\1\2\3", 3, NULL);
	say_message(2, 0x40, 0, "\x20\0\3", 3, NULL);
	assert_int_equal(nth(0)->what, FAKE_QUARANTINE);
	assert_string_equal(nth(0)->reason, "not-text");
	assert_string_equal(nth(1)->reason, "udh-malformed");
	assert_true(nth(0)->raw_len > 16);
	fake_gateway_answer(&gw, TAKEN_STORED);
	fake_gateway_answer(&gw, TAKEN_RETRY);
	assert_int_equal(status_of(1), ESME_ROK);
	assert_int_equal(status_of(2), ESME_RX_T_APPN);
}

static void a_sender_that_is_no_number_is_set_aside(void **state)
{
	(void)state;
	begin();
	struct smpp_pdu pdu = { .command = SMPP_DELIVER_SM, .sequence = 5,
		.message = { .source = "BANK", .source_ton = 5, .dest = "12345", .short_message = { (const uint8_t *)"x", 1 } } };
	say(conn(), &pdu);
	assert_string_equal(nth(0)->reason, "sender-no-number");
	assert_string_equal(nth(0)->peer, "BANK");
}

/* --- what comes again --- */

static void break_the_link(void)
{
	stream_close(conn(), true);
	UNTIL(!gw.up);
	UNTIL(gw.up);
}

/* What is said now, as the n-th thing: may it be what was said before? */
static bool said_again(uint32_t sequence, unsigned n)
{
	say_text(sequence, "1");
	return nth(n)->msg.resent;
}

static void words_that_were_not_answered_before_their_link_broke_are_expected_again_once(void **state)
{
	(void)state;
	int64_t before = clock_now();
	begin();
	assert_false(said_again(1, 0));
	assert_in_range(nth(0)->msg.session_at, before, clock_now());
	assert_in_range(nth(0)->msg.began_at, before, nth(0)->msg.session_at);
	run_for(10);
	break_the_link();
	assert_true(said_again(1, 1));
	assert_true(nth(1)->msg.session_at > nth(0)->msg.session_at);
	assert_int_equal(nth(1)->msg.began_at, nth(0)->msg.began_at);
	assert_false(said_again(2, 2));
}

static void an_answer_that_nothing_followed_may_have_been_lost(void **state)
{
	(void)state;
	begin();
	assert_false(said_again(1, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(status_of(1), ESME_ROK);
	break_the_link();
	assert_true(said_again(1, 1));
	fake_gateway_answer(&gw, TAKEN_DUPLICATE); /* and this one too */
	UNTIL(got_count(SMPP_DELIVER_SM_RESP) == 2);
	break_the_link();
	assert_true(said_again(1, 2));
}

static void what_was_not_kept_is_not_known_and_still_expected(void **state)
{
	(void)state;
	begin();
	assert_false(said_again(1, 0));
	fake_gateway_answer(&gw, TAKEN_RETRY);
	UNTIL(got_count(SMPP_DELIVER_SM_RESP) == 1);
	break_the_link();
	assert_false(said_again(2, 1)); /* the first that can be kept */
	break_the_link();
	assert_true(said_again(2, 2));
	fake_gateway_answer(&gw, TAKEN_STORED); /* of the link before */
	fake_gateway_answer(&gw, TAKEN_RETRY);
	UNTIL(got_count(SMPP_DELIVER_SM_RESP) == 2);
	assert_true(said_again(3, 3));
}

static void an_answer_before_a_request_that_was_answered_has_arrived(void **state)
{
	(void)state;
	begin();
	assert_false(said_again(1, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(status_of(1), ESME_ROK);
	assert_int_equal(send_out(message(1, "x")), 0);
	UNTIL(gw.sent_count == 1);
	break_the_link();
	assert_false(said_again(2, 1));
}

static void an_answer_after_which_the_carrier_went_on_speaking_has_arrived(void **state)
{
	(void)state;
	begin();
	smpp()->carrier.settle_ms = 40;
	assert_false(said_again(1, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(status_of(1), ESME_ROK);
	run_for(80);
	say_simple(conn(), SMPP_ENQUIRE_LINK, 77, 0);
	UNTIL(got_count(SMPP_ENQUIRE_LINK | SMPP_RESPONSE) == 1);
	break_the_link();
	assert_false(said_again(2, 1));
}

static void a_carriers_own_id_is_kept(void **state)
{
	(void)state;
	begin();
	struct buf t;
	buf_init(&t, 100);
	smpp_tlv_add(&t, SMPP_TLV_RECEIPTED_MESSAGE_ID, "MO-77", 6);
	say_message(1, 0, 0, "hi", 2, &t);
	assert_string_equal(nth(0)->msg.external_id, "MO-77");
	buf_fini(&t);
}

static void receipts_are_read_from_the_text(void **state)
{
	(void)state;
	config.message_id = IDS_RESP_HEX;
	begin();
	const char *text = "ID:0439041101 Sub:001 dlvrd:001 submit date:2611221030 done date:2611221031 "
		"stat:UNDELIV err:045 text:";
	say_message(3, 0x04, 0, text, strlen(text), NULL);
	const struct fake_in *in = nth(0);
	assert_int_equal(in->what, FAKE_RECEIPT);
	assert_string_equal(in->receipt.external_id, "439041101");
	assert_string_equal(in->receipt.peer, "+8613800138000");
	assert_int_equal(in->receipt.state, OUT_FAILED);
	assert_string_equal(in->receipt.reason, "UNDELIV err 045");
	assert_int_equal(in->receipt.at, 1795314660000);
	run_for(30);
	assert_null(response(SMPP_DELIVER_SM_RESP, 3));
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(status_of(3), ESME_ROK);
}

static void receipt_parameters_go_before_the_text(void **state)
{
	(void)state;
	begin();
	struct buf t;
	buf_init(&t, 100);
	smpp_tlv_add(&t, SMPP_TLV_RECEIPTED_MESSAGE_ID, "ABC1", 5);
	smpp_tlv_add(&t, SMPP_TLV_MESSAGE_STATE, "\2", 1);
	say_message(1, 0x04, 0, "id:other stat:UNDELIV err:001", 29, &t);
	say_message(2, 0x04, 0, NULL, 0, &t);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(nth(i)->what, FAKE_RECEIPT);
		assert_string_equal(nth(i)->receipt.external_id, "abc1");
		assert_int_equal(nth(i)->receipt.state, OUT_DELIVERED);
		assert_null(nth(i)->receipt.reason);
	}
	buf_fini(&t);
}

static void a_receipt_that_says_nothing_is_set_aside(void **state)
{
	(void)state;
	begin();
	say_message(1, 0x04, 0, "delivered, thanks", 17, NULL);
	say_message(2, 0x04, 0, "id:77", 5, NULL);
	assert_string_equal(nth(0)->reason, "receipt-without-id");
	assert_string_equal(nth(1)->reason, "receipt-without-state");
}

static void a_malformed_body_is_set_aside_and_answered_with_its_fault(void **state)
{
	(void)state;
	begin();
	say_hex(conn(), "00000025 00000005 00000000 00000009 00 0101 3100 0000 3200 00 00 00 00 00 00 00 00 00 05 6869");
	say_text(10, "still in step");
	assert_int_equal(nth(0)->what, FAKE_QUARANTINE);
	assert_string_equal(nth(0)->reason, "malformed-pdu");
	assert_int_equal(nth(0)->raw_len, 0x25);
	assert_string_equal(nth(1)->msg.text, "still in step");
	assert_null(response(SMPP_DELIVER_SM_RESP, 9));
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(status_of(9), ESME_RINVCMDLEN);
}

static void what_is_refused_again_is_kept_once(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 0; i < 3; i++) {
		char hex[160];
		snprintf(hex, sizeof hex, "00000025 00000005 00000000 000000%02x 00 0101 3100 0000 3200 00 00 00 00 00 00 00 00 00 05 6869", 9 + i);
		say_hex(conn(), hex);
		nth(i ? 1 : 0);
		fake_gateway_answer(&gw, i ? TAKEN_REFUSED : TAKEN_RETRY); /* the first time it could not be kept */
		assert_int_equal(status_of(9 + i), i ? ESME_RINVCMDLEN : ESME_RX_T_APPN);
	}
	assert_int_equal(gw.in_count, 2);
	say_hex(conn(), "00000025 00000005 00000000 0000000d 00 0101 3100 0000 3200 00 00 00 00 00 00 00 00 00 05 686a"); /* another */
	nth(2);
}

static void words_are_taken_although_an_octet_stands_behind_them(void **state)
{
	(void)state;
	begin();
	struct buf t;
	buf_init(&t, 100);
	smpp_tlv_add(&t, SMPP_TLV_SAR_MSG_REF_NUM, "\x12\x34", 2);
	smpp_tlv_add(&t, SMPP_TLV_SAR_TOTAL_SEGMENTS, "\2", 1);
	smpp_tlv_add(&t, SMPP_TLV_SAR_SEGMENT_SEQNUM, "\2", 1);
	buf_u8(&t, 0);
	say_message(1, 0, 8, "\x8d\xef\x70\x6f", 4, &t);
	assert_int_equal(nth(0)->what, FAKE_TAKE);
	assert_int_equal(nth(0)->msg.kind, MSG_PART); /* what stands before it counts */
	buf_clear(&t);
	buf_adds(&t, "x");
	say_message(2, 0, 8, "\x8d\xef\x70\x6f", 4, &t);
	assert_string_equal(nth(1)->msg.text, "路灯");
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(status_of(1), ESME_ROK);
	say_message(3, 0, 8, NULL, 0, &t); /* no words at all */
	assert_int_equal(nth(2)->what, FAKE_QUARANTINE);
	buf_fini(&t);
}

static void bytes_may_come_one_at_a_time(void **state)
{
	(void)state;
	begin();
	struct smpp_pdu pdu = { .command = SMPP_DELIVER_SM, .sequence = 1,
		.message = { .source = "13800138000", .dest = "12345", .short_message = { (const uint8_t *)"slow", 4 } } };
	struct buf b;
	buf_init(&b, 1000);
	smpp_pdu_encode(&pdu, &b);
	for (size_t i = 0; i < b.len; i++) {
		say_raw(conn(), b.data + i, 1);
		uv_run(&loop, UV_RUN_NOWAIT);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_string_equal(nth(0)->msg.text, "slow");
	buf_fini(&b);
}

static void a_pdu_cut_by_the_end_of_the_link_is_not_taken(void **state)
{
	(void)state;
	begin();
	say_hex(conn(), "00000031 00000005 00000000 00000009 00 0101 3133");
	stream_close(conn(), true);
	UNTIL(!gw.up);
	UNTIL(gw.up);
	assert_int_equal(gw.in_count, 0);
	say_text(1, "again");
	assert_string_equal(nth(0)->msg.text, "again");
}

static void a_verdict_for_a_lost_link_is_not_written_on_the_next(void **state)
{
	(void)state;
	begin();
	say_text(77, "before");
	nth(0);
	stream_close(conn(), true);
	UNTIL(!gw.up);
	UNTIL(gw.up);
	fake_gateway_answer(&gw, TAKEN_STORED);
	run_for(50);
	assert_null(response(SMPP_DELIVER_SM_RESP, 77));
}

static void a_full_gateway_stops_the_reading_and_loses_nothing(void **state)
{
	(void)state;
	enum { MANY = 12000 };
	begin();
	for (uint32_t i = 1; i <= MANY; i++)
		say_text(i, "a text that is long enough to fill the socket buffers of both sides before all are read");
	UNTIL(gw.in_count >= CARRIER_TAKES_MAX);
	run_for(100);
	size_t stopped_at = gw.in_count;
	assert_in_range(stopped_at, CARRIER_TAKES_MAX, CARRIER_TAKES_MAX + 1500);
	run_for(50);
	assert_int_equal(gw.in_count, stopped_at);
	gw.automatic = true;
	while (fake_gateway_answer(&gw, TAKEN_STORED))
		;
	UNTIL(gw.in_count == MANY && gw.in_answered == MANY);
	UNTIL(got_count(SMPP_DELIVER_SM_RESP) == MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_is_answered_only_when_it_is_stored),
		TEST(each_verdict_has_its_status),
		TEST(verdicts_may_come_in_any_order),
		TEST(every_alphabet_is_read),
		TEST(what_is_in_another_alphabet_than_it_says_is_read_and_kept),
		TEST(what_is_too_long_to_go_along_is_set_aside_beside_its_message),
		TEST(parts_with_a_header_keep_their_bytes),
		TEST(parts_by_sar_are_parts_too),
		TEST(a_single_part_is_a_whole_message),
		TEST(a_payload_parameter_is_read_instead),
		TEST(words_in_both_places_are_all_kept),
		TEST(what_is_in_a_national_table_is_set_aside_and_not_read_as_other_words),
		TEST(data_sm_is_a_message_too),
		TEST(what_is_no_text_is_set_aside_and_acknowledged),
		TEST(a_sender_that_is_no_number_is_set_aside),
		TEST(words_that_were_not_answered_before_their_link_broke_are_expected_again_once),
		TEST(an_answer_that_nothing_followed_may_have_been_lost),
		TEST(what_was_not_kept_is_not_known_and_still_expected),
		TEST(an_answer_before_a_request_that_was_answered_has_arrived),
		TEST(an_answer_after_which_the_carrier_went_on_speaking_has_arrived),
		TEST(a_carriers_own_id_is_kept),
		TEST(receipts_are_read_from_the_text),
		TEST(receipt_parameters_go_before_the_text),
		TEST(a_receipt_that_says_nothing_is_set_aside),
		TEST(a_malformed_body_is_set_aside_and_answered_with_its_fault),
		TEST(what_is_refused_again_is_kept_once),
		TEST(words_are_taken_although_an_octet_stands_behind_them),
		TEST(bytes_may_come_one_at_a_time),
		TEST(a_pdu_cut_by_the_end_of_the_link_is_not_taken),
		TEST(a_verdict_for_a_lost_link_is_not_written_on_the_next),
		TEST(a_full_gateway_stops_the_reading_and_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
