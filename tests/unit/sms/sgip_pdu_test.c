/* The SGIP codec against bytes written down from the protocol's tables, and what is decided without a link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/sgip/pdu.h"
#include "adapters/sms/sgip/result.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"

static struct buf wire, words;

static int setup(void **state)
{
	(void)state;
	buf_init(&wire, SGIP_PDU_MAX * 2);
	buf_init(&words, 8192);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&wire);
	buf_fini(&words);
	return 0;
}

#define SEQ "b36a5be82a911c2d00000007" /* node 3010092008 (010 + 92008), 14 July 15:30:05, 7 */
#define BIND "0000003d00000001" SEQ "0178696e7169616f000000000000000000736563726574000000000000000000000000000000000000"
#define RESP "0000001d80000003" SEQ "0b0000000000000000"
#define UNBIND "0000001400000002" SEQ
#define SUBMIT "000000ae00000003" SEQ "313036353530313233343500000000000000000000303030303030303030303030303030303030303030" \
	"01383631333830303133383030300000000000000000393230303848454c5000000000000001300000000000300000000000000200000000000000" \
	"000000000000000000000000000000000000000000000000000001000108000000000a0500030702018def706f0000000000000000"
#define DELIVER "0000005100000004" SEQ "38363133383030313338303030000000000000000031303635353031323334350000000000000000000000" \
	"0008000000048def706f0000000000000000"
#define REPORT "0000004000000005" SEQ "b36a5be82a911c28000000060038363133383030313338303030000000000000000002150000000000000000"

static const struct sgip_sequence seq = { 3010092008u, 714153005, 7 };

static size_t bytes(const char *hex, uint8_t out[512])
{
	size_t n = strlen(hex) / 2;
	assert_true(n <= 512);
	assert_int_equal(crypto_unhex(hex, out, n), 0);
	return n;
}

static void assert_encodes(const struct sgip_pdu *pdu, const char *hex)
{
	uint8_t want[512];
	size_t n = bytes(hex, want);
	buf_clear(&wire);
	assert_true(sgip_pdu_encode(pdu, &wire));
	assert_int_equal(wire.len, n);
	assert_memory_equal(wire.data, want, n);
}

static int decode(const char *hex, struct sgip_pdu *pdu)
{
	static uint8_t raw[512];
	return sgip_pdu_decode(raw, bytes(hex, raw), pdu);
}

static void bind_has_its_bytes(void **state)
{
	(void)state;
	struct sgip_pdu back, pdu = { .command = SGIP_BIND, .sequence = seq,
		.bind = { .login_type = 1, .login_name = "xinqiao", .login_password = "secret" } };
	assert_encodes(&pdu, BIND);
	assert_int_equal(decode(BIND, &back), 1);
	assert_int_equal(back.length, 61);
	assert_true(back.sequence.node == 3010092008u); /* above 2^31 */
	assert_int_equal(back.sequence.time, 714153005);
	assert_int_equal(back.sequence.counter, 7);
	assert_int_equal(back.bind.login_type, 1);
	assert_string_equal(back.bind.login_name, "xinqiao");
	assert_string_equal(back.bind.login_password, "secret");
}

static void answers_have_their_bytes(void **state)
{
	(void)state;
	static const uint32_t commands[] = { SGIP_BIND_RESP, SGIP_SUBMIT_RESP, SGIP_DELIVER_RESP, SGIP_REPORT_RESP };
	for (size_t i = 0; i < 4; i++) {
		char hex[] = RESP;
		struct sgip_pdu back, pdu = { .command = commands[i], .sequence = seq, .answer = { .result = 11 } };
		hex[15] = (char)('0' + (commands[i] & 15));
		assert_encodes(&pdu, hex);
		assert_int_equal(decode(hex, &back), 1);
		assert_int_equal(back.answer.result, 11);
		assert_int_equal(back.length, 29);
	}
}

static void unbind_has_no_body_and_its_answer_may(void **state)
{
	(void)state;
	struct sgip_pdu back, pdu = { .command = SGIP_UNBIND, .sequence = seq };
	assert_encodes(&pdu, UNBIND);
	assert_int_equal(decode(UNBIND, &back), 1);
	assert_int_equal(decode("0000001480000002" SEQ, &back), 1);
	assert_int_equal(back.length, 20);
	assert_int_equal(decode("0000001d80000002" SEQ "000000000000000000", &back), 1);
	assert_int_equal(back.length, 29);
	assert_int_equal(back.command, SGIP_UNBIND_RESP);
}

static void submit_has_its_bytes(void **state)
{
	(void)state;
	static const uint8_t number[21] = "8613800138000";
	struct sgip_pdu back, pdu = { .command = SGIP_SUBMIT, .sequence = seq,
		.submit = { .sp_number = "10655012345", .charge_number = "000000000000000000000", .user_number = { number, 1 },
			.corp_id = "92008", .service_type = "HELP", .fee_type = 1, .fee_value = "0", .given_value = "0",
			.more_late_to_mt_flag = 2, .report_flag = 1, .tp_udhi = 1, .message_coding = 8,
			.content = { (const uint8_t *)"\x05\x00\x03\x07\x02\x01\x8d\xef\x70\x6f", 10 } } };
	assert_encodes(&pdu, SUBMIT);
	assert_int_equal(decode(SUBMIT, &back), 1);
	assert_string_equal(back.submit.sp_number, "10655012345");
	assert_string_equal(back.submit.charge_number, "000000000000000000000");
	assert_int_equal(back.submit.user_number.count, 1);
	assert_memory_equal(back.submit.user_number.p, number, 21);
	assert_string_equal(back.submit.corp_id, "92008"); /* fills its field: no NUL on the wire */
	assert_string_equal(back.submit.service_type, "HELP");
	assert_int_equal(back.submit.report_flag, 1);
	assert_int_equal(back.submit.tp_udhi, 1);
	assert_int_equal(back.submit.message_coding, 8);
	assert_int_equal(back.submit.content.n, 10);
}

static void deliver_has_its_bytes(void **state)
{
	(void)state;
	struct sgip_pdu back, pdu = { .command = SGIP_DELIVER, .sequence = seq, .deliver = { .user_number = "8613800138000",
		.sp_number = "10655012345", .message_coding = 8, .content = { (const uint8_t *)"\x8d\xef\x70\x6f", 4 } } };
	assert_encodes(&pdu, DELIVER);
	assert_int_equal(decode(DELIVER, &back), 1);
	assert_string_equal(back.deliver.user_number, "8613800138000");
	assert_string_equal(back.deliver.sp_number, "10655012345");
	assert_int_equal(back.deliver.message_coding, 8);
	assert_memory_equal(back.deliver.content.p, "\x8d\xef\x70\x6f", 4);
}

static void report_has_its_bytes(void **state)
{
	(void)state;
	char id[SGIP_ID_MAX];
	struct sgip_pdu back, pdu = { .command = SGIP_REPORT, .sequence = seq, .report = {
		.submit_sequence = { 3010092008u, 714153000, 6 }, .user_number = "8613800138000", .state = 2, .error_code = 21 } };
	assert_encodes(&pdu, REPORT);
	assert_int_equal(decode(REPORT, &back), 1);
	assert_string_equal(sgip_id(&back.report.submit_sequence, id), "b36a5be82a911c2800000006");
	assert_int_equal(back.report.report_type, 0);
	assert_string_equal(back.report.user_number, "8613800138000");
	assert_int_equal(back.report.state, 2);
	assert_int_equal(back.report.error_code, 21);
}

/* --- any bytes --- */

/* Copies exactly n octets to the heap, so that reading one more is seen. */
static int decode_exact(const uint8_t *p, size_t n, struct sgip_pdu *pdu)
{
	uint8_t *copy = test_malloc(n ? n : 1);
	memcpy(copy, p, n);
	int rc = sgip_pdu_decode(n ? copy : copy + 1, n, pdu);
	if (rc != 0 && pdu->fault != SGIP_FAULT_LENGTH) {
		buf_clear(&words);
		sgip_pdu_dump(pdu, &words);
	}
	test_free(copy);
	return rc;
}

static void every_command_comes_back_as_it_went(void **state)
{
	(void)state;
	struct sgip_pdu pdu, back;
	struct buf again;
	buf_init(&again, SGIP_PDU_MAX);
	size_t i = 0;
	for (; sgip_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		buf_clear(&again);
		assert_true(sgip_pdu_encode(&pdu, &wire));
		assert_int_equal(decode_exact(wire.data, wire.len, &back), 1);
		assert_int_equal(back.length, wire.len);
		assert_int_equal(sgip_pdu_decode(wire.data, wire.len, &back), 1);
		assert_true(sgip_pdu_encode(&back, &again));
		assert_int_equal(again.len, wire.len);
		assert_memory_equal(again.data, wire.data, wire.len);
	}
	assert_int_equal(i, 10);
	buf_fini(&again);
}

static void any_prefix_asks_for_more(void **state)
{
	(void)state;
	struct sgip_pdu pdu, back;
	for (size_t i = 0; sgip_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(sgip_pdu_encode(&pdu, &wire));
		for (size_t n = 0; n < wire.len; n++)
			assert_int_equal(decode_exact(wire.data, n, &back), 0);
	}
}

static void any_flipped_bit_is_read_within_bounds(void **state)
{
	(void)state;
	struct sgip_pdu pdu, back;
	for (size_t i = 0; sgip_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(sgip_pdu_encode(&pdu, &wire));
		for (size_t bit = 0; bit < wire.len * 8; bit++) {
			wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			decode_exact(wire.data, wire.len, &back);
			wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void any_length_is_read_within_bounds(void **state)
{
	(void)state;
	struct sgip_pdu pdu, back;
	for (size_t i = 0; sgip_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(sgip_pdu_encode(&pdu, &wire));
		size_t whole = wire.len;
		for (size_t n = 0; n < whole; n++) {
			wire.data[2] = (uint8_t)(n >> 8);
			wire.data[3] = (uint8_t)n;
			assert_int_not_equal(decode_exact(wire.data, n < 4 ? 4 : n, &back), 0);
			assert_true(n >= SGIP_HEADER || back.fault == SGIP_FAULT_LENGTH);
		}
	}
}

static void random_contents_survive_encode_and_decode(void **state)
{
	(void)state;
	uint32_t r = 11;
	struct sgip_pdu back;
	uint8_t text[1024];
	for (int round = 0; round < 2000; round++) {
		r = r * 1664525u + 1013904223u;
		size_t n = (r >> 8) % (sizeof text + 1);
		memset(text, (int)(r >> 24), sizeof text);
		struct sgip_pdu pdu = { .command = SGIP_DELIVER, .sequence = { r, r >> 3, ~r },
			.deliver = { .message_coding = (uint8_t)r, .content = { text, n } } };
		(void)snprintf(pdu.deliver.user_number, sizeof pdu.deliver.user_number, "%u%u", r, r);
		buf_clear(&wire);
		assert_true(sgip_pdu_encode(&pdu, &wire));
		assert_int_equal(sgip_pdu_decode(wire.data, wire.len, &back), 1);
		assert_memory_equal(&back.sequence, &pdu.sequence, sizeof seq);
		assert_string_equal(back.deliver.user_number, pdu.deliver.user_number);
		assert_int_equal(back.deliver.content.n, n);
		assert_memory_equal(back.deliver.content.p, text, n);
	}
}

static void lengths_out_of_bounds_are_said_at_once(void **state)
{
	(void)state;
	struct sgip_pdu pdu;
	assert_int_equal(decode("00000013", &pdu), -1);
	assert_int_equal(pdu.fault, SGIP_FAULT_LENGTH);
	assert_int_equal(decode("00001001", &pdu), -1);
	assert_int_equal(decode("ffffffff00000004", &pdu), -1);
	assert_int_equal(decode("00001000", &pdu), 0);
}

static void faults_leave_a_header_that_can_be_answered(void **state)
{
	(void)state;
	struct sgip_pdu pdu;
	char hex[] = DELIVER;
	assert_int_equal(decode("0000001400000077" SEQ, &pdu), -1);
	assert_int_equal(pdu.fault, SGIP_FAULT_COMMAND);
	assert_memory_equal(&pdu.sequence, &seq, sizeof seq);
	/* MessageLength of four octets says more than there is, and more than there may be */
	memcpy(strstr(hex, "00000004" "8def"), "0000000d", 8);
	assert_int_equal(decode(hex, &pdu), -1);
	assert_int_equal(pdu.fault, SGIP_FAULT_BODY);
	assert_string_equal(pdu.field, "content");
	assert_string_equal(pdu.deliver.user_number, ""); /* blank, not half */
	memcpy(strstr(hex, "0000000d" "8def"), "fffffffc", 8);
	assert_int_equal(decode(hex, &pdu), -1);
	assert_string_equal(pdu.field, "content");
}

static void fields_too_long_are_not_written_cut(void **state)
{
	(void)state;
	static const uint8_t many[1025];
	struct sgip_pdu pdu = { .command = SGIP_SUBMIT };
	buf_adds(&wire, "kept");
	pdu.submit.content = (struct sgip_octets){ many, 1025 };
	assert_false(sgip_pdu_encode(&pdu, &wire));
	assert_string_equal(buf_str(&wire), "kept");
	assert_false(SGIP_SET(pdu.submit.corp_id, "123456"));
	assert_string_equal(pdu.submit.corp_id, "");
	assert_true(SGIP_SET(pdu.submit.corp_id, "12345"));
}

static void the_printable_form_is_one_line_and_keeps_secrets(void **state)
{
	(void)state;
	struct sgip_pdu pdu = { .command = SGIP_BIND, .sequence = seq,
		.bind = { .login_name = "a\nb\x1b", .login_password = "secret" } };
	sgip_pdu_dump(&pdu, &words);
	assert_non_null(strstr(buf_str(&words), "seq=3010092008-714153005-7"));
	assert_non_null(strstr(buf_str(&words), "login_name=a?b? "));
	assert_null(strstr(buf_str(&words), "secret"));
	buf_clear(&words);
	assert_int_equal(decode(DELIVER, &pdu), 1);
	sgip_pdu_dump(&pdu, &words);
	assert_null(strstr(buf_str(&words), "13800138000"));
	assert_non_null(strstr(buf_str(&words), "content=4 octets"));
}

/* --- decisions --- */

static void only_a_busy_node_is_tried_again(void **state)
{
	(void)state;
	char text[SGIP_RESULT_MAX];
	assert_int_equal(sgip_result_answer(0), SUBMIT_ACCEPTED);
	assert_int_equal(sgip_result_answer(11), SUBMIT_THROTTLED);
	for (unsigned r = 1; r < 256; r++)
		if (r != 11)
			assert_int_equal(sgip_result_answer((uint8_t)r), SUBMIT_NEVER);
	assert_string_equal(sgip_result_words(11, text), "the node is busy (11)");
	assert_string_equal(sgip_result_words(33, text), "the SMSC's queue is full (33)");
	assert_string_equal(sgip_result_words(200, text), "refused (200)");
}

static void a_sequence_around_new_year_has_the_year_it_was_made_in(void **state)
{
	(void)state;
	int64_t january, december, july;
	clock_parse("2027-01-01 00:01", &january);
	clock_parse("2026-12-31 23:59", &december);
	clock_parse("2026-07-14 15:30", &july);
	assert_int_equal(sgip_year(1231235959, january), 2026);
	assert_int_equal(sgip_year(101000100, january), 2027);
	assert_int_equal(sgip_year(101000000, december), 2027); /* a clock that is ahead */
	assert_int_equal(sgip_year(1231235900, december), 2026);
	assert_int_equal(sgip_year(714153000, july), 2026);
	assert_int_equal(sgip_year(UINT32_MAX, july), 2026);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bind_has_its_bytes),
		TEST(answers_have_their_bytes),
		TEST(unbind_has_no_body_and_its_answer_may),
		TEST(submit_has_its_bytes),
		TEST(deliver_has_its_bytes),
		TEST(report_has_its_bytes),
		TEST(every_command_comes_back_as_it_went),
		TEST(any_prefix_asks_for_more),
		TEST(any_flipped_bit_is_read_within_bounds),
		TEST(any_length_is_read_within_bounds),
		TEST(random_contents_survive_encode_and_decode),
		TEST(lengths_out_of_bounds_are_said_at_once),
		TEST(faults_leave_a_header_that_can_be_answered),
		TEST(fields_too_long_are_not_written_cut),
		TEST(the_printable_form_is_one_line_and_keeps_secrets),
		TEST(only_a_busy_node_is_tried_again),
		TEST(a_sequence_around_new_year_has_the_year_it_was_made_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
