/* The SMPP codec against bytes written down from the standard's tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/smpp/data_coding.h"
#include "adapters/sms/smpp/pdu.h"
#include "gateway/base/crypto.h"

static struct buf wire, words;

static int setup(void **state)
{
	(void)state;
	buf_init(&wire, SMPP_PDU_MAX * 2);
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

static const char BIND[] = "0000002a 00000009 00000000 00000001"
	"78696e7169616f00" "73656372657400" "434d5400" "34 00 00" "313300" "ff";

/* Bytes from hex with blanks. */
static size_t bytes(const char *hex, uint8_t *out)
{
	size_t n = 0;
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		char pair[3] = { hex[0], hex[1], 0 };
		assert_int_equal(crypto_unhex(pair, out + n++, 1), 0);
		hex++;
	}
	return n;
}

static void assert_encodes(const struct smpp_pdu *pdu, const char *hex)
{
	uint8_t want[512];
	size_t n = bytes(hex, want);
	buf_clear(&wire);
	assert_true(smpp_pdu_encode(pdu, &wire));
	assert_int_equal(wire.len, n);
	assert_memory_equal(wire.data, want, n);
}

static int decode(const char *hex, struct smpp_pdu *pdu)
{
	static uint8_t raw[512];
	return smpp_pdu_decode(raw, bytes(hex, raw), pdu);
}

static void bind_requests_have_their_bytes(void **state)
{
	(void)state;
	struct smpp_pdu pdu = { .command = SMPP_BIND_TRANSCEIVER, .sequence = 1,
		.bind = { .system_id = "xinqiao", .password = "secret", .system_type = "CMT", .interface_version = 0x34,
			.address_range = "13" } };
	assert_encodes(&pdu, "00000029 00000009 00000000 00000001 78696e7169616f00 73656372657400 434d5400 340000 313300");
	pdu.command = SMPP_BIND_TRANSMITTER;
	assert_encodes(&pdu, "00000029 00000002 00000000 00000001 78696e7169616f00 73656372657400 434d5400 340000 313300");
	pdu.command = SMPP_BIND_RECEIVER;
	assert_encodes(&pdu, "00000029 00000001 00000000 00000001 78696e7169616f00 73656372657400 434d5400 340000 313300");
	assert_int_equal(decode(BIND, &pdu), 1); /* an octet too many behind the last field */
	assert_string_equal(pdu.bind.system_id, "xinqiao");
	assert_string_equal(pdu.bind.password, "secret");
	assert_string_equal(pdu.bind.address_range, "13");
	assert_int_equal(pdu.bind.interface_version, 0x34);
}

static void bind_responses_may_carry_a_version_or_nothing(void **state)
{
	(void)state;
	struct smpp_pdu pdu;
	assert_int_equal(decode("0000001a 80000009 00000000 00000001 534d534300 02100001 34", &pdu), 1);
	assert_string_equal(pdu.bind_resp.system_id, "SMSC");
	assert_int_equal(smpp_tlv_number(&pdu.bind_resp.tlvs, SMPP_TLV_SC_INTERFACE_VERSION, 1), 0x34);
	assert_int_equal(decode("00000010 80000009 0000000e 00000001", &pdu), 1);
	assert_int_equal(pdu.status, 0x0E);
	assert_string_equal(pdu.bind_resp.system_id, "");
	assert_int_equal(smpp_tlv_number(&pdu.bind_resp.tlvs, SMPP_TLV_SC_INTERFACE_VERSION, 1), -1);
}

static const char SUBMIT[] = "0000003d 00000004 00000000 00000005 00 0001 313233343500"
	"0101 3836313338303031333830303000"
	"40 00 00 00 00 01 00 08 00 0a 050003070201 8def706f";

static void submit_has_its_bytes(void **state)
{
	(void)state;
	struct smpp_pdu pdu = { .command = SMPP_SUBMIT_SM, .sequence = 5,
		.message = { .source_ton = 0, .source_npi = 1, .source = "12345", .dest_ton = 1, .dest_npi = 1,
			.dest = "8613800138000", .esm_class = 0x40, .registered_delivery = 1, .data_coding = 8,
			.short_message = { (const uint8_t *)"\x05\x00\x03\x07\x02\x01\x8d\xef\x70\x6f", 10 } } };
	assert_encodes(&pdu, SUBMIT);
}

static void deliver_is_read_in_place(void **state)
{
	(void)state;
	struct smpp_pdu pdu;
	const char *hex = "0000003b 00000005 00000000 00000009 00 0101 3836313338303031333830303000 0000 313233343500"
		"00 00 00 00 00 00 00 00 00 02 6869 0204 0002 1234";
	assert_int_equal(decode(hex, &pdu), 1);
	assert_int_equal(pdu.sequence, 9);
	assert_string_equal(pdu.message.source, "8613800138000");
	assert_string_equal(pdu.message.dest, "12345");
	assert_int_equal(pdu.message.short_message.n, 2);
	assert_memory_equal(pdu.message.short_message.p, "hi", 2);
	assert_int_equal(smpp_tlv_number(&pdu.message.tlvs, SMPP_TLV_USER_MESSAGE_REFERENCE, 2), 0x1234);
	assert_int_equal(smpp_tlv_number(&pdu.message.tlvs, SMPP_TLV_USER_MESSAGE_REFERENCE, 1), -1);
}

static void a_deliver_response_is_seventeen_octets(void **state)
{
	(void)state;
	struct smpp_pdu pdu = { .command = SMPP_DELIVER_SM_RESP, .sequence = 9 };
	assert_encodes(&pdu, "00000011 80000005 00000000 00000009 00");
}

static void a_submit_response_carries_the_id(void **state)
{
	(void)state;
	struct smpp_pdu pdu;
	assert_int_equal(decode("00000015 80000004 00000000 00000005 3141324200", &pdu), 1);
	assert_string_equal(pdu.message_resp.message_id, "1A2B");
	assert_int_equal(decode("00000010 80000004 00000058 00000005", &pdu), 1);
	assert_string_equal(pdu.message_resp.message_id, "");
	assert_int_equal(pdu.status, 0x58);
}

static void bodiless_commands_are_sixteen_octets(void **state)
{
	(void)state;
	static const struct { uint32_t command; const char *hex; } rows[] = {
		{ 0x00000015, "00000010 00000015 00000000 00000003" }, { 0x80000015, "00000010 80000015 00000000 00000003" },
		{ 0x00000006, "00000010 00000006 00000000 00000003" }, { 0x80000006, "00000010 80000006 00000000 00000003" },
		{ 0x80000000, "00000010 80000000 00000000 00000003" }
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct smpp_pdu pdu = { .command = rows[i].command, .sequence = 3 };
		assert_encodes(&pdu, rows[i].hex);
		assert_int_equal(decode(rows[i].hex, &pdu), 1);
		assert_int_equal(pdu.command, rows[i].command);
	}
}

static void data_and_alert_and_outbind_are_read(void **state)
{
	(void)state;
	struct smpp_pdu pdu;
	assert_int_equal(decode("0000002d 00000103 00000000 00000002 00 0101 3133383000 0000 313200 00 00 08"
		"0424 0004 8def706f 020e 0001 02", &pdu), 1);
	assert_string_equal(pdu.data.source, "1380");
	struct smpp_octets payload;
	assert_true(smpp_tlv(&pdu.data.tlvs, SMPP_TLV_MESSAGE_PAYLOAD, &payload));
	assert_int_equal(payload.n, 4);
	assert_int_equal(smpp_tlv_number(&pdu.data.tlvs, SMPP_TLV_SAR_TOTAL_SEGMENTS, 1), 2);
	assert_int_equal(decode("0000001c 00000102 00000000 00000002 0101 313300 0000 313200 0422 0001 00", &pdu), -1);
	assert_int_equal(decode("0000001f 00000102 00000000 00000002 0101 313300 0000 313200 0422 0001 00", &pdu), 1);
	assert_string_equal(pdu.alert.esme, "12");
	assert_int_equal(decode("00000014 0000000b 00000000 00000002 534d 00 00", &pdu), 1);
	assert_string_equal(pdu.outbind.system_id, "SM");
}

static void every_command_comes_back_as_it_went(void **state)
{
	(void)state;
	struct smpp_pdu pdu, back;
	struct buf again;
	buf_init(&again, SMPP_PDU_MAX);
	for (size_t i = 0; smpp_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		buf_clear(&again);
		assert_true(smpp_pdu_encode(&pdu, &wire));
		assert_int_equal(smpp_pdu_decode(wire.data, wire.len, &back), 1);
		assert_int_equal(back.command, pdu.command);
		assert_int_equal(back.length, wire.len);
		assert_true(smpp_pdu_encode(&back, &again));
		assert_int_equal(again.len, wire.len);
		assert_memory_equal(again.data, wire.data, wire.len);
	}
	buf_fini(&again);
}

static void random_bodies_survive_decode_and_encode(void **state)
{
	(void)state;
	uint32_t seed = 7;
	struct smpp_pdu back;
	char digits[21], text[255];
	for (int round = 0; round < 2000; round++) {
		seed = seed * 1664525u + 1013904223u;
		snprintf(digits, sizeof digits, "%u", seed);
		size_t n = (seed >> 8) % sizeof text;
		memset(text, (int)(seed >> 24), sizeof text);
		struct smpp_pdu pdu = { .command = SMPP_DELIVER_SM, .sequence = seed, .status = seed >> 3,
			.message = { .source = digits, .source_ton = (uint8_t)seed, .esm_class = (uint8_t)(seed >> 16), .dest = "1",
				.short_message = { (const uint8_t *)text, n } } };
		buf_clear(&wire);
		assert_true(smpp_pdu_encode(&pdu, &wire));
		assert_int_equal(smpp_pdu_decode(wire.data, wire.len, &back), 1);
		assert_string_equal(back.message.source, digits);
		assert_int_equal(back.message.source_ton, pdu.message.source_ton);
		assert_int_equal(back.message.esm_class, pdu.message.esm_class);
		assert_int_equal(back.message.short_message.n, n);
		assert_memory_equal(back.message.short_message.p, text, n);
		assert_int_equal(back.sequence, seed);
		assert_int_equal(back.status, seed >> 3);
	}
}

/* Copies exactly n octets to the heap, so that reading one more is seen. */
static int decode_exact(const uint8_t *p, size_t n, struct smpp_pdu *pdu)
{
	uint8_t *copy = test_malloc(n ? n : 1);
	memcpy(copy, p, n);
	uint8_t *edge = n ? copy : copy + 1;
	int rc = smpp_pdu_decode(edge, n, pdu);
	if (rc != 0) {
		buf_clear(&words);
		smpp_pdu_dump(pdu, &words);
	}
	test_free(copy);
	return rc;
}

static void any_prefix_asks_for_more(void **state)
{
	(void)state;
	struct smpp_pdu pdu;
	for (size_t i = 0; smpp_pdu_seed(i, &pdu); i++) {
		struct smpp_pdu back;
		buf_clear(&wire);
		assert_true(smpp_pdu_encode(&pdu, &wire));
		for (size_t n = 0; n < wire.len; n++)
			assert_int_equal(decode_exact(wire.data, n, &back), 0);
		assert_int_equal(decode_exact(wire.data, wire.len, &back), 1);
	}
}

static void any_flipped_bit_is_read_within_bounds(void **state)
{
	(void)state;
	struct smpp_pdu pdu, back;
	for (size_t i = 0; smpp_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(smpp_pdu_encode(&pdu, &wire));
		for (size_t bit = 0; bit < wire.len * 8; bit++) {
			wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			decode_exact(wire.data, wire.len, &back);
			wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void any_shorter_length_is_read_within_bounds(void **state)
{
	(void)state;
	struct smpp_pdu pdu, back;
	for (size_t i = 0; smpp_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(smpp_pdu_encode(&pdu, &wire));
		size_t whole = wire.len;
		for (size_t n = 0; n < whole; n++) {
			wire.data[2] = (uint8_t)(n >> 8);
			wire.data[3] = (uint8_t)n;
			int rc = decode_exact(wire.data, n < 4 ? 4 : n, &back);
			assert_int_not_equal(rc, 0);
			if (n < SMPP_HEADER)
				assert_int_equal(back.fault, SMPP_FAULT_LENGTH);
		}
	}
}

static void lengths_out_of_bounds_are_said_at_once(void **state)
{
	(void)state;
	struct smpp_pdu pdu;
	assert_int_equal(decode("0000000f", &pdu), -1);
	assert_int_equal(pdu.fault, SMPP_FAULT_LENGTH);
	assert_int_equal(decode("00010001", &pdu), -1);
	assert_int_equal(decode("ffffffff 00000005", &pdu), -1);
	assert_int_equal(decode("00010000", &pdu), 0);
}

static void faults_leave_a_header_that_can_be_answered(void **state)
{
	(void)state;
	struct smpp_pdu pdu;
	assert_int_equal(decode("00000010 00000077 00000000 0000000b", &pdu), -1);
	assert_int_equal(pdu.fault, SMPP_FAULT_COMMAND);
	assert_int_equal(pdu.sequence, 11);
	/* sm_length says more than there is */
	assert_int_equal(decode("00000025 00000005 00000000 00000009 00 0101 3100 0000 3200"
		"00 00 00 00 00 00 00 00 00 05 6869", &pdu), -1);
	assert_int_equal(pdu.fault, SMPP_FAULT_BODY);
	assert_string_equal(pdu.field, "short_message");
	assert_string_equal(pdu.message.source, ""); /* blank, not half */
	assert_int_equal(decode("00000028 00000005 00000000 00000009 00 0101 3100 0000 3200"
		"00 00 00 00 00 00 00 00 00 00 0424 0009 61", &pdu), -1);
	assert_int_equal(pdu.fault, SMPP_FAULT_TLV);
	/* a string without its NUL within its limit */
	assert_int_equal(decode("00000021 80000004 00000000 00000009 3131313131313131313131313131313131", &pdu), -1);
	assert_string_equal(pdu.message_resp.message_id, "");
}

static void fields_too_long_are_not_written_cut(void **state)
{
	(void)state;
	struct smpp_pdu pdu = { .command = SMPP_SUBMIT_SM, .message = { .dest = "123456789012345678901" } };
	buf_clear(&wire);
	buf_adds(&wire, "kept");
	assert_false(smpp_pdu_encode(&pdu, &wire));
	assert_string_equal(buf_str(&wire), "kept");
	uint8_t many[255] = { 0 };
	pdu.message.dest = "1";
	pdu.message.short_message = (struct smpp_octets){ many, 255 };
	assert_false(smpp_pdu_encode(&pdu, &wire));
}

static void the_printable_form_keeps_secrets(void **state)
{
	(void)state;
	struct smpp_pdu pdu = { .command = SMPP_BIND_TRANSCEIVER, .bind = { .system_id = "me", .password = "hunter2" } };
	buf_clear(&words);
	smpp_pdu_dump(&pdu, &words);
	assert_null(strstr(buf_str(&words), "hunter2"));
	assert_non_null(strstr(buf_str(&words), "system_id=me"));
	pdu = (struct smpp_pdu){ .command = SMPP_DELIVER_SM, .message = { .source = "+8613812345678",
		.short_message = { (const uint8_t *)"hi", 2 } } };
	buf_clear(&words);
	smpp_pdu_dump(&pdu, &words);
	assert_null(strstr(buf_str(&words), "13812345678"));
	assert_non_null(strstr(buf_str(&words), "short_message=2 octets"));
}

static void a_dump_is_one_line_whatever_the_peer_wrote(void **state)
{
	(void)state;
	struct smpp_pdu pdu = { .command = SMPP_DELIVER_SM, .message = { .service_type = "a\nb\x1b", .source = "\xff\n@\xfe" } };
	buf_clear(&words);
	smpp_pdu_dump(&pdu, &words);
	assert_non_null(strstr(buf_str(&words), "service_type=a?b? "));
	assert_null(strpbrk(buf_str(&words), "\n\x1b\xff\xfe"));
}

static void data_coding_names_the_alphabet(void **state)
{
	(void)state;
	static const struct { uint8_t data_coding; enum coding coding; } rows[] = {
		{ 0, CODING_GSM }, { 1, CODING_ASCII }, { 2, CODING_BINARY }, { 3, CODING_LATIN1 }, { 4, CODING_BINARY }, { 8,
			CODING_UCS2 },
		{ 15, CODING_GB }, { 0x10, CODING_GSM }, { 0x18, CODING_UCS2 }, { 0xF0, CODING_GSM }, { 0xF1, CODING_GSM },
		{ 0xF5, CODING_BINARY }, { 0x7F, CODING_BINARY }
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(smpp_coding(rows[i].data_coding, CODING_GSM), rows[i].coding);
	assert_int_equal(smpp_coding(0, CODING_LATIN1), CODING_LATIN1);
	assert_int_equal(smpp_coding(0, CODING_GB), CODING_GB);
	assert_int_equal(smpp_data_coding(CODING_GSM, CODING_GSM), 0);
	assert_int_equal(smpp_data_coding(CODING_GB, CODING_GB), 0);
	assert_int_equal(smpp_data_coding(CODING_UCS2, CODING_GSM), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_requests_have_their_bytes),
		cmocka_unit_test(bind_responses_may_carry_a_version_or_nothing),
		cmocka_unit_test(submit_has_its_bytes),
		cmocka_unit_test(deliver_is_read_in_place),
		cmocka_unit_test(a_deliver_response_is_seventeen_octets),
		cmocka_unit_test(a_submit_response_carries_the_id),
		cmocka_unit_test(bodiless_commands_are_sixteen_octets),
		cmocka_unit_test(data_and_alert_and_outbind_are_read),
		cmocka_unit_test(every_command_comes_back_as_it_went),
		cmocka_unit_test(random_bodies_survive_decode_and_encode),
		cmocka_unit_test(any_prefix_asks_for_more),
		cmocka_unit_test(any_flipped_bit_is_read_within_bounds),
		cmocka_unit_test(any_shorter_length_is_read_within_bounds),
		cmocka_unit_test(lengths_out_of_bounds_are_said_at_once),
		cmocka_unit_test(faults_leave_a_header_that_can_be_answered),
		cmocka_unit_test(fields_too_long_are_not_written_cut),
		cmocka_unit_test(the_printable_form_keeps_secrets),
		cmocka_unit_test(a_dump_is_one_line_whatever_the_peer_wrote),
		cmocka_unit_test(data_coding_names_the_alphabet),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
