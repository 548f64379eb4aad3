/* The CMPP codec against bytes written down from the specification's tables, and the login's digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/fields.h"
#include "adapters/sms/cmpp/login.h"
#include "adapters/sms/cmpp/pdu.h"
#include "adapters/sms/cmpp/result.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"

/* Each PDU in 2.0 and in 3.0. */
static const char *const CONNECT[] = {
	"00000027000000010000000139303132333414bbae3f66c49a37397e316e4100d79e202a911c28",
	"00000027000000010000000139303132333414bbae3f66c49a37397e316e4100d79e302a911c28"
};
static const char *const CONNECT_RESP[] = {
	"0000001e8000000100000001005f8e41a4fab8c39a9c12f4c61aa13a0d20",
	"00000021800000010000000100000000aea37e7fa096f670b99516a42a09e12a30"
};
static const char *const SUBMIT[] = {
	"000000a90000000400000005000000000000000002010100484f544c494e450000000200000000000000000000000000"
		"000000000000000000010839303132333430313030303030300000000000000000000000000000000000000000000000"
		"000000000000000000000031303038363132330000000000000000000000000001313338303031333830303000000000"
		"0000000000000a0500030702018def706f0000000000000000",
	"000000cd0000000400000005000000000000000002010100484f544c494e450000000200000000000000000000000000"
		"000000000000000000000000000000000000000000010839303132333430313030303030300000000000000000000000"
		"000000000000000000000000000000000000000000000031303038363132330000000000000000000000000001313338"
		"3030313338303030000000000000000000000000000000000000000000000a0500030702018def706f00000000000000"
		"00000000000000000000000000"
};
static const char *const SUBMIT_RESP[] = {
	"000000158000000400000005773de1403039004d00",
	"000000188000000400000005773de1403039004d00000000"
};
static const char *const DELIVER[] = {
	"000000590000000500000009773de1403039004d313030383631323300000000000000000000000000484f544c494e45"
		"00000000000f3836313338303031333830303000000000000000000004c2b7b5c64c31000000000000",
	"000000710000000500000009773de1403039004d313030383631323300000000000000000000000000484f544c494e45"
		"00000000000f3836313338303031333830303000000000000000000000000000000000000000000004c2b7b5c64c3100"
		"0000000000000000000000000000000000"
};
static const char *const DELIVER_RESP[] = {
	"000000158000000500000009773de1403039004d08",
	"000000188000000500000009773de1403039004d00000008"
};
static const char *const REPORT[] = {
	"00000091000000050000000a773de1403039004e31303038363132330000000000000000000000000000000000000000"
		"000000000000383631333830303133383030300000000000000000013c773de1403039004d44454c4956524432363037"
		"313431353330323630373134313533313836313338303031333830303000000000000000000000000700000000000000"
		"00",
	"000000b4000000050000000a773de1403039004e31303038363132330000000000000000000000000000000000000000"
		"0000000000003836313338303031333830303000000000000000000000000000000000000000000147773de140303900"
		"4d44454c4956524432363037313431353330323630373134313533313836313338303031333830303000000000000000"
		"000000000000000000000000000000070000000000000000000000000000000000000000"
};
static const char *const QUERY[] = {
	"000000270000000600000003323032363037313400484f544c494e450000000000000000000000",
	"000000270000000600000003323032363037313400484f544c494e450000000000000000000000"
};
static const char *const QUERY_RESP[] = {
	"0000003f8000000600000003323032363037313400484f544c494e450000000000000100000002000000030000000400"
		"000005000000060000000700000008",
	"0000003f8000000600000003323032363037313400484f544c494e450000000000000100000002000000030000000400"
		"000005000000060000000700000008"
};
static const char *const CANCEL[] = {
	"000000140000000700000004773de1403039004d",
	"000000140000000700000004773de1403039004d"
};
static const char *const CANCEL_RESP[] = {
	"0000000d800000070000000401",
	"00000010800000070000000400000001"
};
static const char *const TERMINATE[] = {
	"0000000c0000000200000006",
	"0000000c0000000200000006"
};
static const char *const TERMINATE_RESP[] = {
	"0000000c8000000200000006",
	"0000000c8000000200000006"
};
static const char *const ACTIVE_TEST[] = {
	"0000000c0000000800000006",
	"0000000c0000000800000006"
};
static const char *const ACTIVE_TEST_RESP[] = {
	"0000000d800000080000000600",
	"0000000d800000080000000600"
};

static const uint8_t VERSIONS[] = { CMPP_V20, CMPP_V30 };
static const uint64_t MSG_ID = 0x773de1403039004dull;
static struct buf wire, words;

static int setup(void **state)
{
	(void)state;
	buf_init(&wire, CMPP_PDU_MAX * 2);
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

static size_t bytes(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;
	assert_int_equal(crypto_unhex(hex, out, n), 0);
	return n;
}

/* The fields give the bytes, and the bytes the same bytes again. */
static void assert_golden(struct cmpp_pdu pdu, unsigned v, const char *const *hex)
{
	uint8_t want[512];
	size_t n = bytes(hex[v], want);
	pdu.version = VERSIONS[v];
	buf_clear(&wire);
	assert_true(cmpp_pdu_encode(&pdu, &wire));
	assert_int_equal(wire.len, n);
	assert_memory_equal(wire.data, want, n);
	struct cmpp_pdu back;
	assert_int_equal(cmpp_pdu_decode(want, n, VERSIONS[v], &back), 1);
	assert_int_equal(back.command, pdu.command);
	assert_int_equal(back.sequence, pdu.sequence);
	buf_clear(&wire);
	assert_true(cmpp_pdu_encode(&back, &wire));
	assert_int_equal(wire.len, n);
	assert_memory_equal(wire.data, want, n);
}

static struct cmpp_pdu decoded(const char *hex, uint8_t version)
{
	static uint8_t raw[512];
	struct cmpp_pdu pdu;
	assert_int_equal(cmpp_pdu_decode(raw, bytes(hex, raw), version, &pdu), 1);
	return pdu;
}

static void connect_has_its_bytes(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++) {
		struct cmpp_pdu pdu = { .command = CMPP_CONNECT, .sequence = 1,
			.connect = { .source_addr = "901234", .version = VERSIONS[v], .timestamp = 714153000 } };
		cmpp_authenticator("901234", false, "secret", 714153000, pdu.connect.authenticator);
		assert_golden(pdu, v, CONNECT);
	}
}

static void connect_resp_is_read_by_its_length(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++)
		for (unsigned spoken = 0; spoken < 2; spoken++) {
			struct cmpp_pdu pdu = decoded(CONNECT_RESP[v], VERSIONS[spoken]);
			assert_int_equal(pdu.version, VERSIONS[v]);
			assert_int_equal(pdu.connect_resp.status, 0);
			assert_int_equal(pdu.connect_resp.version, VERSIONS[v]);
			assert_golden(pdu, v, CONNECT_RESP);
		}
}

static void submit_has_its_bytes(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++) {
		struct cmpp_pdu pdu = { .command = CMPP_SUBMIT, .sequence = 5,
			.submit = { .pk_total = 2, .pk_number = 1, .registered_delivery = 1, .service_id = "HOTLINE", .fee_user_type = 2,
				.tp_udhi = 1, .msg_fmt = 8, .msg_src = "901234", .fee_type = "01", .fee_code = "000000",
				.src_id = "10086123", .dest_count = 1, .dest = "13800138000",
				.content = { (const uint8_t *)"\x05\x00\x03\x07\x02\x01\x8d\xef\x70\x6f", 10 } } };
		assert_golden(pdu, v, SUBMIT);
		assert_int_equal(wire.len, v ? 163 + 32 + 10 : 138 + 21 + 10);
	}
}

static void submit_resp_is_read_by_its_length(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++) {
		struct cmpp_pdu pdu = decoded(SUBMIT_RESP[v], VERSIONS[!v]);
		assert_true(pdu.message_resp.msg_id == MSG_ID);
		assert_int_equal(pdu.message_resp.result, 0);
		assert_golden(pdu, v, SUBMIT_RESP);
	}
}

static void deliver_is_read(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++) {
		struct cmpp_pdu pdu = decoded(DELIVER[v], VERSIONS[v]);
		const struct cmpp_deliver *d = &pdu.deliver;
		assert_true(d->msg_id == MSG_ID);
		assert_string_equal(d->dest, "10086123");
		assert_string_equal(d->source, "8613800138000");
		assert_string_equal(d->service_id, "HOTLINE");
		assert_string_equal(d->link_id, "L1");
		assert_int_equal(d->msg_fmt, 15);
		assert_int_equal(d->registered_delivery, 0);
		assert_int_equal(d->content.n, 4);
		assert_memory_equal(d->content.p, "\xc2\xb7\xb5\xc6", 4);
		assert_golden(pdu, v, DELIVER);
		struct cmpp_pdu answer = { .command = CMPP_DELIVER_RESP, .sequence = 9,
			.message_resp = { .msg_id = MSG_ID, .result = 8 } };
		assert_golden(answer, v, DELIVER_RESP);
	}
}

static void reports_are_told_apart_by_length_not_by_version(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++) {
		struct cmpp_pdu pdu = decoded(REPORT[v], VERSIONS[v]);
		struct cmpp_report r;
		assert_golden(pdu, v, REPORT);
		assert_int_equal(pdu.deliver.registered_delivery, 1);
		assert_int_equal(pdu.deliver.content.n, v ? 71 : 60);
		assert_true(cmpp_report_decode(pdu.deliver.content.p, pdu.deliver.content.n, &r));
		assert_true(r.msg_id == MSG_ID && pdu.deliver.msg_id == MSG_ID + 1);
		assert_string_equal(r.stat, "DELIVRD");
		assert_string_equal(r.submit_time, "2607141530");
		assert_string_equal(r.done_time, "2607141531");
		assert_string_equal(r.dest, "8613800138000");
		assert_int_equal(r.smsc_sequence, 7);
		buf_clear(&wire);
		assert_true(cmpp_report_encode(&r, VERSIONS[v], &wire));
		assert_int_equal(wire.len, pdu.deliver.content.n);
		assert_memory_equal(wire.data, pdu.deliver.content.p, wire.len);
	}
	uint8_t raw[256] = { 0 };
	for (size_t n = 0; n < sizeof raw; n++) {
		struct cmpp_report r;
		assert_int_equal(cmpp_report_decode(raw, n, &r), n == 60 || n == 71);
	}
}

static void queries_and_cancels_have_their_bytes(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++) {
		struct cmpp_pdu pdu = { .command = CMPP_QUERY, .sequence = 3, .query = { .day = "20260714", .query_code = "HOTLINE" } };
		assert_golden(pdu, v, QUERY);
		pdu = decoded(QUERY_RESP[v], VERSIONS[v]);
		assert_int_equal(pdu.query_resp.mt_messages, 1);
		assert_int_equal(pdu.query_resp.mo_failed, 8);
		assert_golden(pdu, v, QUERY_RESP);
		pdu = (struct cmpp_pdu){ .command = CMPP_CANCEL, .sequence = 4, .cancel = { MSG_ID } };
		assert_golden(pdu, v, CANCEL);
		pdu = decoded(CANCEL_RESP[v], VERSIONS[!v]);
		assert_int_equal(pdu.cancel_resp.result, 1);
		assert_golden(pdu, v, CANCEL_RESP);
	}
}

static void keep_alive_and_end_have_their_bytes(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 2; v++) {
		assert_golden((struct cmpp_pdu){ .command = CMPP_TERMINATE, .sequence = 6 }, v, TERMINATE);
		assert_golden((struct cmpp_pdu){ .command = CMPP_TERMINATE_RESP, .sequence = 6 }, v, TERMINATE_RESP);
		assert_golden((struct cmpp_pdu){ .command = CMPP_ACTIVE_TEST, .sequence = 6 }, v, ACTIVE_TEST);
		assert_golden((struct cmpp_pdu){ .command = CMPP_ACTIVE_TEST_RESP, .sequence = 6 }, v, ACTIVE_TEST_RESP);
	}
	struct cmpp_pdu pdu = decoded("0000000c8000000800000006", CMPP_V30); /* without the reserved octet */
	assert_int_equal(pdu.active_resp.reserved, 0);
}

static void a_number_may_fill_its_whole_field(void **state)
{
	(void)state;
	struct cmpp_pdu pdu = decoded(DELIVER[0], CMPP_V20), back;
	strcpy(pdu.deliver.source, "123456789012345678901");
	buf_clear(&wire);
	assert_true(cmpp_pdu_encode(&pdu, &wire));
	assert_int_equal(cmpp_pdu_decode(wire.data, wire.len, CMPP_V20, &back), 1);
	assert_string_equal(back.deliver.source, "123456789012345678901");
	strcpy(pdu.deliver.source, "1234567890123456789012");
	buf_clear(&wire);
	buf_adds(&wire, "kept");
	assert_false(cmpp_pdu_encode(&pdu, &wire)); /* 3.0 could carry it */
	assert_string_equal(buf_str(&wire), "kept");
}

/* In a block of exactly n bytes, so that a sanitizer sees a read past the end. */
static int decode_exact(const uint8_t *p, size_t n, uint8_t version, struct cmpp_pdu *pdu)
{
	uint8_t *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, p, n);
	int rc = cmpp_pdu_decode(copy, n, version, pdu);
	if (rc > 0) { /* what points into the bytes can be read */
		buf_clear(&words);
		cmpp_pdu_dump(pdu, &words);
		struct buf again;
		buf_init(&again, CMPP_PDU_MAX);
		if (cmpp_pdu_encode(pdu, &again))
			assert_true(again.len <= pdu->length + 1); /* ACTIVE_TEST_RESP gets its octet */
		buf_fini(&again);
	}
	free(copy);
	return rc;
}

static void encode_seed(const struct cmpp_pdu *pdu)
{
	buf_clear(&wire);
	assert_true(cmpp_pdu_encode(pdu, &wire));
}

static void every_command_comes_back_as_it_went(void **state)
{
	(void)state;
	struct cmpp_pdu pdu, back;
	struct buf again;
	buf_init(&again, CMPP_PDU_MAX);
	for (unsigned v = 0; v < 2; v++)
		for (size_t i = 0; cmpp_pdu_seed(i, VERSIONS[v], &pdu); i++) {
			encode_seed(&pdu);
			assert_int_equal(cmpp_pdu_decode(wire.data, wire.len, VERSIONS[v], &back), 1);
			assert_int_equal(back.length, wire.len);
			buf_clear(&again);
			assert_true(cmpp_pdu_encode(&back, &again));
			assert_int_equal(again.len, wire.len);
			assert_memory_equal(again.data, wire.data, wire.len);
		}
	buf_fini(&again);
	struct cmpp_report r, same;
	for (unsigned v = 0; v < 2; v++) {
		cmpp_report_seed(VERSIONS[v], &r);
		buf_clear(&wire);
		assert_true(cmpp_report_encode(&r, VERSIONS[v], &wire));
		assert_true(cmpp_report_decode(wire.data, wire.len, &same));
		assert_memory_equal(r.dest, same.dest, sizeof r.dest);
		assert_memory_equal(r.stat, same.stat, sizeof r.stat);
	}
}

static void any_prefix_asks_for_more(void **state)
{
	(void)state;
	struct cmpp_pdu pdu, back;
	for (unsigned v = 0; v < 2; v++)
		for (size_t i = 0; cmpp_pdu_seed(i, VERSIONS[v], &pdu); i++) {
			encode_seed(&pdu);
			for (size_t n = 0; n < wire.len; n++)
				assert_int_equal(decode_exact(wire.data, n, VERSIONS[v], &back), 0);
		}
}

static void any_flipped_bit_is_read_within_bounds(void **state)
{
	(void)state;
	struct cmpp_pdu pdu, back;
	for (unsigned v = 0; v < 2; v++)
		for (size_t i = 0; cmpp_pdu_seed(i, VERSIONS[v], &pdu); i++) {
			encode_seed(&pdu);
			for (size_t bit = 0; bit < wire.len * 8; bit++) {
				wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
				decode_exact(wire.data, wire.len, VERSIONS[v], &back);
				wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			}
		}
}

static void any_shorter_length_is_read_within_bounds(void **state)
{
	(void)state;
	struct cmpp_pdu pdu, back;
	for (unsigned v = 0; v < 2; v++)
		for (size_t i = 0; cmpp_pdu_seed(i, VERSIONS[v], &pdu); i++) {
			encode_seed(&pdu);
			size_t whole = wire.len;
			for (size_t n = 0; n < whole; n++) {
				wire.data[2] = (uint8_t)(n >> 8);
				wire.data[3] = (uint8_t)n;
				assert_int_not_equal(decode_exact(wire.data, n < 4 ? 4 : n, VERSIONS[v], &back), 0);
				if (n < CMPP_HEADER)
					assert_int_equal(back.fault, CMPP_FAULT_LENGTH);
			}
		}
}

static int decode(const char *hex, struct cmpp_pdu *pdu)
{
	static uint8_t raw[512];
	return cmpp_pdu_decode(raw, bytes(hex, raw), CMPP_V30, pdu);
}

static void lengths_out_of_bounds_are_said_at_once(void **state)
{
	(void)state;
	struct cmpp_pdu pdu;
	assert_int_equal(decode("0000000b", &pdu), -1);
	assert_int_equal(pdu.fault, CMPP_FAULT_LENGTH);
	assert_int_equal(decode("00001001", &pdu), -1);
	assert_int_equal(decode("ffffffff00000005", &pdu), -1);
	assert_int_equal(decode("00001000", &pdu), 0);
	assert_int_equal(decode("0000000c", &pdu), 0);
}

static void faults_leave_a_header_that_can_be_answered(void **state)
{
	(void)state;
	struct cmpp_pdu pdu;
	assert_int_equal(decode("0000000c000000030000000b", &pdu), -1);
	assert_int_equal(pdu.fault, CMPP_FAULT_COMMAND);
	assert_int_equal(pdu.sequence, 11);
	uint8_t raw[512];
	size_t n = bytes(DELIVER[1], raw), content = n - 20 - 4 - 1;
	raw[content] = 200; /* Msg_Length past the end */
	assert_int_equal(cmpp_pdu_decode(raw, n, CMPP_V30, &pdu), -1);
	assert_int_equal(pdu.fault, CMPP_FAULT_BODY);
	assert_string_equal(pdu.field, "content");
	assert_string_equal(pdu.deliver.source, ""); /* blank, not half */
	n = bytes(SUBMIT[0], raw);
	raw[n - 8 - 10 - 1 - 21 - 1] = 2; /* two numbers */
	assert_int_equal(cmpp_pdu_decode(raw, n, CMPP_V20, &pdu), -1);
}

static void the_printable_form_keeps_secrets(void **state)
{
	(void)state;
	struct cmpp_pdu pdu = decoded(CONNECT[1], CMPP_V30);
	buf_clear(&words);
	cmpp_pdu_dump(&pdu, &words);
	assert_non_null(strstr(buf_str(&words), "source_addr=901234 authenticator=***"));
	pdu = decoded(REPORT[1], CMPP_V30);
	buf_clear(&words);
	cmpp_pdu_dump(&pdu, &words);
	assert_null(strstr(buf_str(&words), "13800138000"));
	assert_non_null(strstr(buf_str(&words), "stat=DELIVRD"));
	assert_non_null(strstr(buf_str(&words), "msg_id=773de1403039004d"));
}

static void digests_are_those_of_the_specification(void **state)
{
	(void)state;
	uint8_t digest[MD5_LEN], proof[MD5_LEN];
	char hex[2 * MD5_LEN + 1];
	cmpp_authenticator("901234", false, "secret", 714153000, digest); /* with its leading zero: 0714153000 */
	assert_string_equal(crypto_hex(digest, MD5_LEN, hex), "14bbae3f66c49a37397e316e4100d79e");
	assert_int_equal(714153000, 0x2a911c28);
	cmpp_authenticator("901234", true, "secret", 714153000, proof);
	assert_memory_equal(digest, proof, MD5_LEN);
	cmpp_authenticator("9012", true, "secret", 714153000, proof);
	cmpp_authenticator("9012", false, "secret", 714153000, digest);
	assert_memory_not_equal(digest, proof, MD5_LEN);
}

static void a_server_may_digest_its_status_in_one_octet_or_four(void **state)
{
	(void)state;
	uint8_t ours[MD5_LEN], proof[MD5_LEN];
	cmpp_authenticator("901234", false, "secret", 714153000, ours);
	bytes("5f8e41a4fab8c39a9c12f4c61aa13a0d", proof);
	assert_true(cmpp_server_proved(proof, 0, ours, "secret"));
	assert_false(cmpp_server_proved(proof, 0, ours, "other"));
	assert_false(cmpp_server_proved(proof, 1, ours, "secret"));
	bytes("aea37e7fa096f670b99516a42a09e12a", proof);
	assert_true(cmpp_server_proved(proof, 0, ours, "secret"));
	memset(proof, 0, sizeof proof);
	assert_false(cmpp_server_proved(proof, 0, ours, "secret"));
}

static void the_timestamp_is_beijing_time(void **state)
{
	(void)state;
	int64_t at;
	assert_int_equal(clock_parse("2026-07-14T15:30:05+08:00", &at), 0);
	assert_int_equal(fields_timestamp(at), 714153005);
	assert_int_equal(clock_parse("2026-12-31T23:59:59+08:00", &at), 0);
	assert_int_equal(fields_timestamp(at), 1231235959);
}

static void a_version_too_high_falls_to_what_is_offered(void **state)
{
	(void)state;
	assert_int_equal(cmpp_next_version(0x30, 0x20, 0x30), 0x20);
	assert_int_equal(cmpp_next_version(0x30, 0x21, 0x30), 0x21);
	assert_int_equal(cmpp_next_version(0x30, 0x00, 0x30), 0x20); /* it says nothing of use */
	assert_int_equal(cmpp_next_version(0x30, 0x30, 0x30), 0x20);
	assert_int_equal(cmpp_next_version(0x21, 0x20, 0x30), 0x20);
	assert_int_equal(cmpp_next_version(0x20, 0x20, 0x30), 0x30);
	assert_int_equal(cmpp_next_version(0x20, 0x13, 0x20), 0x20);
}

static void results_say_whether_to_try_again(void **state)
{
	(void)state;
	char out[CMPP_RESULT_MAX];
	for (uint32_t r = 0; r < 300; r++)
		assert_int_equal(cmpp_result_answer(r), r == 0 ? SUBMIT_ACCEPTED : r == 8 ? SUBMIT_THROTTLED : SUBMIT_NEVER);
	assert_string_equal(cmpp_result_words(8, out), "flow control (8)");
	assert_string_equal(cmpp_result_words(13, out), "Dest_terminal_Id is wrong (13)");
	assert_string_equal(cmpp_result_words(177, out), "refused (177)");
}

static void ids_are_sixteen_hex_digits(void **state)
{
	(void)state;
	char id[CMPP_ID_MAX];
	assert_string_equal(cmpp_msg_id(MSG_ID, id), "773de1403039004d");
	assert_string_equal(cmpp_msg_id(0x1f, id), "000000000000001f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connect_has_its_bytes),
		cmocka_unit_test(connect_resp_is_read_by_its_length),
		cmocka_unit_test(submit_has_its_bytes),
		cmocka_unit_test(submit_resp_is_read_by_its_length),
		cmocka_unit_test(deliver_is_read),
		cmocka_unit_test(reports_are_told_apart_by_length_not_by_version),
		cmocka_unit_test(queries_and_cancels_have_their_bytes),
		cmocka_unit_test(keep_alive_and_end_have_their_bytes),
		cmocka_unit_test(a_number_may_fill_its_whole_field),
		cmocka_unit_test(every_command_comes_back_as_it_went),
		cmocka_unit_test(any_prefix_asks_for_more),
		cmocka_unit_test(any_flipped_bit_is_read_within_bounds),
		cmocka_unit_test(any_shorter_length_is_read_within_bounds),
		cmocka_unit_test(lengths_out_of_bounds_are_said_at_once),
		cmocka_unit_test(faults_leave_a_header_that_can_be_answered),
		cmocka_unit_test(the_printable_form_keeps_secrets),
		cmocka_unit_test(digests_are_those_of_the_specification),
		cmocka_unit_test(a_server_may_digest_its_status_in_one_octet_or_four),
		cmocka_unit_test(the_timestamp_is_beijing_time),
		cmocka_unit_test(a_version_too_high_falls_to_what_is_offered),
		cmocka_unit_test(results_say_whether_to_try_again),
		cmocka_unit_test(ids_are_sixteen_hex_digits),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
