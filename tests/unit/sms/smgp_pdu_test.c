/* The SMGP codec against bytes written down from the protocol's tables, and what is decided without a link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/msg_format.h"
#include "adapters/sms/smgp/login.h"
#include "adapters/sms/smgp/pdu.h"
#include "adapters/sms/smgp/report.h"
#include "adapters/sms/smgp/smgp.h"
#include "adapters/sms/smgp/status.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"

enum { BYTES_MAX = 500 };
static struct buf wire, words;

static int setup(void **state)
{
	(void)state;
	buf_init(&wire, SMGP_PDU_MAX * 2);
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

/* Bytes from hex with blanks; "*8" behind a blank is that many zeros. */
static size_t bytes(const char *hex, uint8_t *out)
{
	size_t n = 0;
	for (; *hex; hex++) {
		assert_true(n < BYTES_MAX);
		if (*hex == ' ')
			continue;
		if (*hex == '*') {
			char *end;
			size_t zeros = strtoul(hex + 1, &end, 10);
			assert_true(zeros < BYTES_MAX);
			memset(out + n, 0, zeros);
			n += zeros;
			hex = end - 1;
			continue;
		}
		char pair[3] = { hex[0], hex[1], 0 };
		assert_int_equal(crypto_unhex(pair, out + n++, 1), 0);
		hex++;
	}
	return n;
}

static void assert_encodes(const struct smgp_pdu *pdu, unsigned version, const char *hex)
{
	uint8_t want[1024];
	size_t n = bytes(hex, want);
	buf_clear(&wire);
	assert_true(smgp_pdu_encode(pdu, version, &wire));
	assert_int_equal(wire.len, n);
	assert_memory_equal(wire.data, want, n);
}

static int decode(const char *hex, struct smgp_pdu *pdu)
{
	static uint8_t raw[1024];
	return smgp_pdu_decode(raw, bytes(hex, raw), SMGP_30, pdu);
}

/* --- golden bytes, each in both directions --- */

static void login_has_its_bytes(void **state)
{
	(void)state;
	static const char hex[] = "0000002a 00000001 00000001 3130363132333435 dd20c2b8bbd4227803365ed86b8d6446 02 11f0e540 30";
	struct smgp_pdu pdu = { .command = SMGP_LOGIN, .sequence = 1,
		.login = { .client_id = "10612345", .mode = 2, .timestamp = 301000000, .version = 0x30 } };
	smgp_client_digest("10612345", "secret", 301000000, pdu.login.authenticator);
	assert_encodes(&pdu, SMGP_30, hex);
	struct smgp_pdu back;
	assert_int_equal(decode(hex, &back), 1);
	assert_string_equal(back.login.client_id, "10612345"); /* fills its field: no NUL on the wire */
	assert_int_equal(back.login.timestamp, 0x11F0E540);
	assert_int_equal(back.login.mode, 2);
	assert_int_equal(back.login.version, 0x30);
	assert_memory_equal(back.login.authenticator, pdu.login.authenticator, 16);
}

static void login_resp_has_its_bytes(void **state)
{
	(void)state;
	static const char hex[] = "00000021 80000001 00000001 00000000 e3def8efcd119c6f8afa4c65a41a9150 30";
	struct smgp_pdu pdu = { .command = SMGP_LOGIN_RESP, .sequence = 1, .login_resp = { .version = 0x30 } }, back;
	uint8_t client[16];
	smgp_client_digest("10612345", "secret", 301000000, client);
	smgp_server_digest(0, client, "secret", pdu.login_resp.authenticator);
	assert_encodes(&pdu, SMGP_30, hex);
	assert_int_equal(decode(hex, &back), 1);
	assert_int_equal(back.login_resp.status, 0);
	assert_int_equal(decode("00000021 80000001 00000001 00000015 *16 13", &back), 1);
	assert_int_equal(back.login_resp.status, 21);
	assert_int_equal(back.login_resp.version, 0x13);
}

#define SUBMIT_HEAD "00000002 00000005 06 01 00 48454c50 *6 3030 303030303030"
#define SUBMIT_TAIL "08 *34 3130363230303132333435 *10 *21 01 3133383030313338303030 *10 0a 0500030702018def706f *8 " \
	"0002000101 0009000102 000a000101"

static struct smgp_pdu submit(struct buf *tlvs, struct smgp_list dest)
{
	struct smgp_pdu pdu = { .command = SMGP_SUBMIT, .sequence = 5,
		.submit = { .msg_type = 6, .need_report = 1, .service_id = "HELP", .fee_type = "00", .fee_code = "000000",
			.fixed_fee = "000000", .msg_format = 8, .src_term = "10620012345", .dest_term = dest,
			.content = { (const uint8_t *)"\x05\x00\x03\x07\x02\x01\x8d\xef\x70\x6f", 10 } } };
	smgp_tlv_add_u8(tlvs, SMGP_TLV_TP_UDHI, 1);
	smgp_tlv_add_u8(tlvs, SMGP_TLV_PK_TOTAL, 2);
	smgp_tlv_add_u8(tlvs, SMGP_TLV_PK_NUMBER, 1);
	pdu.submit.tlvs = (struct smgp_octets){ tlvs->data, tlvs->len };
	return pdu;
}

static void submit_has_its_bytes_and_1_3_has_no_fixed_fee(void **state)
{
	(void)state;
	static const uint8_t dest[21] = "13800138000";
	struct buf tlvs;
	buf_init(&tlvs, 100);
	struct smgp_pdu pdu = submit(&tlvs, (struct smgp_list){ dest, 1 }), back;
	assert_encodes(&pdu, SMGP_30, "000000ac" SUBMIT_HEAD "303030303030" SUBMIT_TAIL);
	assert_int_equal(decode("000000ac" SUBMIT_HEAD "303030303030" SUBMIT_TAIL, &back), 1);
	assert_string_equal(back.submit.service_id, "HELP");
	assert_string_equal(back.submit.src_term, "10620012345");
	assert_int_equal(back.submit.dest_term.count, 1);
	assert_string_equal((const char *)back.submit.dest_term.p, "13800138000");
	assert_int_equal(smgp_tlv_u8(&back.submit.tlvs, SMGP_TLV_PK_TOTAL), 2);
	assert_encodes(&pdu, SMGP_13, "000000a6" SUBMIT_HEAD SUBMIT_TAIL);
	assert_int_equal(smgp_pdu_decode(wire.data, wire.len, SMGP_13, &back), 1);
	assert_string_equal(back.submit.fixed_fee, "");
	assert_int_equal(back.submit.msg_format, 8);
	assert_int_equal(back.submit.content.n, 10);
	buf_fini(&tlvs);
}

static void answers_have_their_bytes(void **state)
{
	(void)state;
	static const char submit_resp[] = "0000001a 80000002 00000005 31323402121530000077 00000000";
	static const char deliver_resp[] = "0000001a 80000003 00000009 31323402121530000077 00000001";
	struct smgp_pdu back, pdu = { .command = SMGP_SUBMIT_RESP, .sequence = 5 };
	bytes("31323402121530000077", pdu.answer.msg_id);
	assert_encodes(&pdu, SMGP_30, submit_resp);
	assert_int_equal(decode(submit_resp, &back), 1);
	assert_memory_equal(back.answer.msg_id, pdu.answer.msg_id, 10);
	assert_int_equal(back.answer.status, 0);
	pdu.command = SMGP_DELIVER_RESP;
	pdu.sequence = 9;
	pdu.answer.status = 1;
	assert_encodes(&pdu, SMGP_30, deliver_resp);
	assert_int_equal(decode(deliver_resp, &back), 1);
	assert_int_equal(back.answer.status, 1);
}

static void deliver_has_its_bytes(void **state)
{
	(void)state;
	static const char hex[] = "00000069 00000003 00000009 31323402121530000077 00 08 3230323631313232323231353030"
		"38363133383030313338303030 *8 3130363230303132333435 *10 04 8def706f *8 0002000101 7f7f0003616263";
	struct smgp_pdu pdu;
	assert_int_equal(decode("00000069 00000003 00000009", &pdu), 0);
	assert_int_equal(decode(hex, &pdu), 1);
	assert_int_equal(pdu.deliver.is_report, 0);
	assert_int_equal(pdu.deliver.msg_format, 8);
	assert_string_equal(pdu.deliver.recv_time, "20261122221500");
	assert_string_equal(pdu.deliver.src_term, "8613800138000");
	assert_string_equal(pdu.deliver.dest_term, "10620012345");
	assert_int_equal(pdu.deliver.content.n, 4);
	assert_memory_equal(pdu.deliver.content.p, "\x8d\xef\x70\x6f", 4);
	assert_int_equal(smgp_tlv_u8(&pdu.deliver.tlvs, SMGP_TLV_TP_UDHI), 1);
	assert_int_equal(smgp_tlv_u8(&pdu.deliver.tlvs, 0x7f7f), -1); /* not one octet */
	assert_int_equal(smgp_tlv_u8(&pdu.deliver.tlvs, 3), -1);
	assert_encodes(&pdu, SMGP_30, hex);
}

static void bodiless_commands_are_twelve_octets(void **state)
{
	(void)state;
	static const struct { uint32_t command; const char *hex; } rows[] = {
		{ 0x00000004, "0000000c 00000004 00000003" }, { 0x80000004, "0000000c 80000004 00000003" },
		{ 0x00000006, "0000000c 00000006 00000003" }, { 0x80000006, "0000000c 80000006 00000003" }
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct smgp_pdu pdu = { .command = rows[i].command, .sequence = 3 };
		assert_encodes(&pdu, SMGP_30, rows[i].hex);
		assert_int_equal(decode(rows[i].hex, &pdu), 1);
		assert_int_equal(pdu.command, rows[i].command);
	}
	struct smgp_pdu pdu;
	assert_int_equal(decode("0000000d 80000004 00000003 00", &pdu), 1); /* an octet too many does no harm */
}

/* --- any bytes --- */

static void every_command_comes_back_as_it_went(void **state)
{
	(void)state;
	static const unsigned versions[] = { SMGP_30, SMGP_13 };
	struct smgp_pdu pdu, back;
	struct buf again;
	buf_init(&again, SMGP_PDU_MAX);
	size_t i = 0;
	for (; smgp_pdu_seed(i / 2, &pdu); i++) {
		buf_clear(&wire);
		buf_clear(&again);
		assert_true(smgp_pdu_encode(&pdu, versions[i % 2], &wire));
		assert_int_equal(smgp_pdu_decode(wire.data, wire.len, versions[i % 2], &back), 1);
		assert_int_equal(back.command, pdu.command);
		assert_int_equal(back.sequence, pdu.sequence);
		assert_int_equal(back.length, wire.len);
		assert_true(smgp_pdu_encode(&back, versions[i % 2], &again));
		assert_int_equal(again.len, wire.len);
		assert_memory_equal(again.data, wire.data, wire.len);
	}
	assert_int_equal(i, 20);
	buf_fini(&again);
}

static void random_contents_survive_encode_and_decode(void **state)
{
	(void)state;
	uint32_t seed = 7;
	struct smgp_pdu back;
	uint8_t text[255];
	for (int round = 0; round < 2000; round++) {
		seed = seed * 1664525u + 1013904223u;
		size_t n = (seed >> 8) % sizeof text;
		memset(text, (int)(seed >> 24), sizeof text);
		struct smgp_pdu pdu = { .command = SMGP_DELIVER, .sequence = seed,
			.deliver = { .is_report = (uint8_t)seed, .msg_format = (uint8_t)(seed >> 16), .content = { text, n } } };
		memset(pdu.deliver.msg_id, (int)(seed >> 5), 10);
		snprintf(pdu.deliver.src_term, sizeof pdu.deliver.src_term, "%u%u", seed, seed);
		buf_clear(&wire);
		assert_true(smgp_pdu_encode(&pdu, SMGP_30, &wire));
		assert_int_equal(smgp_pdu_decode(wire.data, wire.len, SMGP_30, &back), 1);
		assert_string_equal(back.deliver.src_term, pdu.deliver.src_term);
		assert_memory_equal(back.deliver.msg_id, pdu.deliver.msg_id, 10);
		assert_int_equal(back.deliver.content.n, n);
		assert_memory_equal(back.deliver.content.p, text, n);
		assert_int_equal(back.sequence, seed);
	}
}

/* Copies exactly n octets to the heap, so that reading one more is seen. */
static int decode_exact(const uint8_t *p, size_t n, unsigned version, struct smgp_pdu *pdu)
{
	uint8_t *copy = test_malloc(n ? n : 1);
	memcpy(copy, p, n);
	int rc = smgp_pdu_decode(n ? copy : copy + 1, n, version, pdu);
	if (rc != 0 && pdu->fault != SMGP_FAULT_LENGTH) {
		buf_clear(&words);
		smgp_pdu_dump(pdu, &words);
	}
	test_free(copy);
	return rc;
}

static void any_prefix_asks_for_more(void **state)
{
	(void)state;
	struct smgp_pdu pdu, back;
	for (size_t i = 0; smgp_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(smgp_pdu_encode(&pdu, SMGP_30, &wire));
		for (size_t n = 0; n < wire.len; n++)
			assert_int_equal(decode_exact(wire.data, n, SMGP_30, &back), 0);
		assert_int_equal(decode_exact(wire.data, wire.len, SMGP_30, &back), 1);
	}
}

static void any_flipped_bit_is_read_within_bounds(void **state)
{
	(void)state;
	struct smgp_pdu pdu, back;
	for (size_t i = 0; smgp_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(smgp_pdu_encode(&pdu, SMGP_30, &wire));
		for (size_t bit = 0; bit < wire.len * 8; bit++) {
			wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			decode_exact(wire.data, wire.len, SMGP_30, &back);
			decode_exact(wire.data, wire.len, SMGP_13, &back);
			wire.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void any_shorter_length_is_read_within_bounds(void **state)
{
	(void)state;
	struct smgp_pdu pdu, back;
	for (size_t i = 0; smgp_pdu_seed(i, &pdu); i++) {
		buf_clear(&wire);
		assert_true(smgp_pdu_encode(&pdu, SMGP_30, &wire));
		size_t whole = wire.len;
		for (size_t n = 0; n < whole; n++) {
			wire.data[2] = (uint8_t)(n >> 8);
			wire.data[3] = (uint8_t)n;
			assert_int_not_equal(decode_exact(wire.data, n < 4 ? 4 : n, SMGP_30, &back), 0);
			if (n < SMGP_HEADER)
				assert_int_equal(back.fault, SMGP_FAULT_LENGTH);
		}
	}
}

static void lengths_out_of_bounds_are_said_at_once(void **state)
{
	(void)state;
	struct smgp_pdu pdu;
	assert_int_equal(decode("0000000b", &pdu), -1);
	assert_int_equal(pdu.fault, SMGP_FAULT_LENGTH);
	assert_int_equal(decode("00001001", &pdu), -1);
	assert_int_equal(decode("ffffffff 00000003", &pdu), -1);
	assert_int_equal(decode("00001000", &pdu), 0);
}

static void faults_leave_a_header_that_can_be_answered(void **state)
{
	(void)state;
	struct smgp_pdu pdu;
	assert_int_equal(decode("0000000c 00000077 0000000b", &pdu), -1);
	assert_int_equal(pdu.fault, SMGP_FAULT_COMMAND);
	assert_int_equal(pdu.sequence, 11);
	/* MsgLength says more than there is */
	assert_int_equal(decode("0000005f 00000003 00000009 31323402121530000077 00 08 *14 31 *20 *21 14 *14", &pdu), -1);
	assert_int_equal(pdu.fault, SMGP_FAULT_BODY);
	assert_string_equal(pdu.field, "content");
	assert_string_equal(pdu.deliver.src_term, ""); /* blank, not half */
	/* a parameter runs past the end */
	assert_int_equal(decode("0000005e 00000003 00000009 *10 00 08 *14 31 *20 *21 00 *8 00020009 01", &pdu), -1);
	assert_int_equal(pdu.fault, SMGP_FAULT_TLV);
	assert_int_equal(decode("0000005c 00000003 00000009 *10 00 08 *14 31 *20 *21 00 *8 000200", &pdu), -1);
	assert_int_equal(pdu.fault, SMGP_FAULT_TLV);
}

static void fields_too_long_are_not_written_cut(void **state)
{
	(void)state;
	struct smgp_pdu pdu = { .command = SMGP_SUBMIT };
	uint8_t many[141] = { 0 };
	buf_clear(&wire);
	buf_adds(&wire, "kept");
	pdu.submit.content = (struct smgp_octets){ many, 141 };
	assert_false(smgp_pdu_encode(&pdu, SMGP_30, &wire));
	assert_string_equal(buf_str(&wire), "kept");
	pdu.submit.content.n = 140;
	pdu.submit.dest_term = (struct smgp_list){ many, 101 };
	assert_false(smgp_pdu_encode(&pdu, SMGP_30, &wire));
	assert_false(SMGP_SET(pdu.submit.src_term, "1234567890123456789012"));
	assert_string_equal(pdu.submit.src_term, "");
	assert_true(SMGP_SET(pdu.submit.src_term, "123456789012345678901"));
}

static void the_printable_form_keeps_secrets(void **state)
{
	(void)state;
	struct smgp_pdu pdu = { .command = SMGP_LOGIN, .login = { .client_id = "me" } };
	memset(pdu.login.authenticator, 0xAB, 16);
	buf_clear(&words);
	smgp_pdu_dump(&pdu, &words);
	assert_null(strstr(buf_str(&words), "abab"));
	assert_non_null(strstr(buf_str(&words), "client_id=me"));
	pdu = (struct smgp_pdu){ .command = SMGP_DELIVER, .deliver = { .src_term = "8613812345678", .msg_id = { 0x31, 0x3A },
		.content = { (const uint8_t *)"hi", 2 } } };
	buf_clear(&words);
	smgp_pdu_dump(&pdu, &words);
	assert_null(strstr(buf_str(&words), "13812345678"));
	assert_non_null(strstr(buf_str(&words), "content=2 octets"));
	assert_non_null(strstr(buf_str(&words), "msg_id=313a0000000000000000"));
}

static void a_dump_is_one_line_whatever_the_peer_wrote(void **state)
{
	(void)state;
	struct smgp_pdu pdu = { .command = SMGP_LOGIN, .login = { .client_id = "a\nb\x1b" } };
	buf_clear(&words);
	smgp_pdu_dump(&pdu, &words);
	assert_non_null(strstr(buf_str(&words), "client_id=a?b? "));
}

/* --- decisions --- */

static void the_digests_are_those_of_the_protocol(void **state)
{
	(void)state;
	uint8_t client[16], server[16];
	char hex[33];
	smgp_client_digest("10612345", "secret", 301000000, client);
	assert_string_equal(crypto_hex(client, 16, hex), "dd20c2b8bbd4227803365ed86b8d6446");
	smgp_server_digest(0, client, "secret", server);
	assert_string_equal(crypto_hex(server, 16, hex), "e3def8efcd119c6f8afa4c65a41a9150");
}

static void the_time_stamp_is_beijings_month_to_second(void **state)
{
	(void)state;
	int64_t at;
	assert_int_equal(clock_parse("2026-03-01T00:00:00+08:00", &at), 0);
	assert_int_equal(fields_timestamp(at), 301000000);
	assert_int_equal(clock_parse("2026-12-31T15:59:58Z", &at), 0);
	assert_int_equal(fields_timestamp(at), 1231235958);
}

static size_t report(char out[122], const char *id, const char *stat, const char *err)
{
	char whole[123];
	snprintf(whole, sizeof whole, "id:%.10s sub:001 dlvrd:001 Submit date:2611222215 done date:2611222216 stat:%.7s err:%.3s "
		"Text:012%-17s", "0123456789", stat, err, "hello");
	memcpy(out, whole, 122);
	memcpy(out + 3, id, 10);
	return 122;
}

static void a_report_is_read_by_its_offsets(void **state)
{
	(void)state;
	char p[122];
	struct smgp_report r;
	int64_t at;
	/* an id with everything in it that would mislead a search */
	size_t n = report(p, "\0 id:\xff\0 :s", "DELIVRD", "000");
	assert_true(smgp_report_read((const uint8_t *)p, n, &r));
	assert_string_equal(r.id, "002069643aff00203a73");
	assert_string_equal(r.stat, "DELIVRD");
	assert_string_equal(r.err, "000");
	assert_int_equal(clock_parse("2026-11-22 22:16", &at), 0);
	assert_true(r.done_at == at);
	memcpy(p + 31, " submit_date:", 13); /* other spellings, same places */
	memcpy(p, "ID:", 3);
	assert_true(smgp_report_read((const uint8_t *)p, n, &r));
	assert_string_equal(r.stat, "DELIVRD");
}

static void a_report_may_be_cut_off_behind_its_id(void **state)
{
	(void)state;
	char p[122];
	struct smgp_report r;
	report(p, "abcdefghij", "UNDELIV", "012");
	for (size_t n = 0; n <= 122; n++) {
		uint8_t *exact = test_malloc(n + 1);
		memcpy(exact, p, n);
		assert_int_equal(smgp_report_read(exact, n, &r), n >= 13);
		if (n >= 13) {
			assert_string_equal(r.id, "6162636465666768696a");
			assert_string_equal(r.stat, n >= 88 ? "UNDELIV" : "");
			assert_string_equal(r.err, n >= 96 ? "012" : "");
		}
		test_free(exact);
	}
	assert_false(smgp_report_read((const uint8_t *)"xx:0123456789", 13, &r));
}

static void status_decides_and_the_retryable_ones_can_be_set(void **state)
{
	(void)state;
	struct smgp_ranges r = { 0 };
	char out[SMGP_STATUS_MAX];
	assert_true(smgp_ranges_add(&r, "1"));
	assert_int_equal(smgp_status_answer(0, &r), SUBMIT_ACCEPTED);
	assert_int_equal(smgp_status_answer(1, &r), SUBMIT_THROTTLED);
	assert_int_equal(smgp_status_answer(2, &r), SUBMIT_NEVER);
	assert_int_equal(smgp_status_answer(75, &r), SUBMIT_NEVER);
	assert_int_equal(smgp_status_answer(128, &r), SUBMIT_NEVER);
	assert_true(smgp_ranges_add(&r, "128-255"));
	assert_int_equal(smgp_status_answer(128, &r), SUBMIT_THROTTLED);
	assert_int_equal(smgp_status_answer(255, &r), SUBMIT_THROTTLED);
	assert_int_equal(smgp_status_answer(256, &r), SUBMIT_NEVER);
	assert_int_equal(smgp_status_answer(127, &r), SUBMIT_NEVER);
	static const char *const wrong[] = { "", "0", "x", "-1", "1-", "5-4", "1 2", "4294967296", "1-2-3", "0-9" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(smgp_ranges_add(&r, wrong[i]));
	assert_string_equal(smgp_status_words(75, out), "daily quota is used up (75)");
	assert_string_equal(smgp_status_words(200, out), "refused by the carrier's own rule (200)");
}

static void formats_name_the_alphabet(void **state)
{
	(void)state;
	static const struct { uint8_t format; enum coding coding; } rows[] = { { 0, CODING_ASCII }, { 1, CODING_ASCII }, { 8, CODING_UCS2 },
		{ 15, CODING_GB }, { 3, CODING_BINARY }, { 4, CODING_BINARY }, { 246, CODING_BINARY }, { 0x10, CODING_ASCII }, { 0x11, CODING_ASCII },
		{ 0x18, CODING_UCS2 }, { 0xF0, CODING_ASCII }, { 0xF1, CODING_ASCII }, { 0xF8, CODING_UCS2 }, { 0x7F, CODING_BINARY } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(msg_format_coding(rows[i].format, CODING_ASCII), rows[i].coding);
	assert_int_equal(msg_format_coding(0, CODING_GB), CODING_GB);
	assert_int_equal(msg_format_coding(0xF1, CODING_GB), CODING_GB);
	assert_int_equal(msg_format_of(CODING_ASCII), 0);
	assert_int_equal(msg_format_of(CODING_UCS2), 8);
	assert_int_equal(msg_format_of(CODING_GB), 15);
}

static void parts_are_counted_at_140_octets_in_every_alphabet(void **state)
{
	(void)state;
	char text[300];
	memset(text, 'a', sizeof text);
	text[140] = '\0';
	assert_int_equal(smgp_adapter.parts(NULL, text), 1);
	text[140] = 'a', text[141] = '\0';
	assert_int_equal(smgp_adapter.parts(NULL, text), 2);
	text[141] = 'a', text[268] = '\0';
	assert_int_equal(smgp_adapter.parts(NULL, text), 2);
	text[268] = 'a', text[269] = '\0';
	assert_int_equal(smgp_adapter.parts(NULL, text), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_has_its_bytes),
		cmocka_unit_test(login_resp_has_its_bytes),
		cmocka_unit_test(submit_has_its_bytes_and_1_3_has_no_fixed_fee),
		cmocka_unit_test(answers_have_their_bytes),
		cmocka_unit_test(deliver_has_its_bytes),
		cmocka_unit_test(bodiless_commands_are_twelve_octets),
		cmocka_unit_test(every_command_comes_back_as_it_went),
		cmocka_unit_test(random_contents_survive_encode_and_decode),
		cmocka_unit_test(any_prefix_asks_for_more),
		cmocka_unit_test(any_flipped_bit_is_read_within_bounds),
		cmocka_unit_test(any_shorter_length_is_read_within_bounds),
		cmocka_unit_test(lengths_out_of_bounds_are_said_at_once),
		cmocka_unit_test(faults_leave_a_header_that_can_be_answered),
		cmocka_unit_test(fields_too_long_are_not_written_cut),
		cmocka_unit_test(the_printable_form_keeps_secrets),
		cmocka_unit_test(a_dump_is_one_line_whatever_the_peer_wrote),
		cmocka_unit_test(the_digests_are_those_of_the_protocol),
		cmocka_unit_test(the_time_stamp_is_beijings_month_to_second),
		cmocka_unit_test(a_report_is_read_by_its_offsets),
		cmocka_unit_test(a_report_may_be_cut_off_behind_its_id),
		cmocka_unit_test(status_decides_and_the_retryable_ones_can_be_set),
		cmocka_unit_test(formats_name_the_alphabet),
		cmocka_unit_test(parts_are_counted_at_140_octets_in_every_alphabet),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
