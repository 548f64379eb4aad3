/* Bytes from a carrier that speaks SMGP: decoded, printed, written again, in both versions. */
#include "tests/fuzz/fuzz.h"

#include "adapters/sms/smgp/pdu.h"
#include "adapters/sms/smgp/report.h"

enum { FUZZ_MAX = 1024 };

size_t LLVMFuzzerMutate(uint8_t *p, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed);

static void print_as_one_line(const struct smgp_pdu *pdu)
{
	struct buf line;
	buf_init(&line, 1 << 16);
	smgp_pdu_dump(pdu, &line);
	must(line.len && !line.overflow && utf8_valid(buf_str(&line), line.len));
	for (size_t i = 0; i < line.len; i++)
		must(line.data[i] >= ' ' && line.data[i] != 0x7F);
	buf_fini(&line);
}

/* What was understood is written and understood again, and then nothing changes any more. */
static void write_again(const struct smgp_pdu *pdu, unsigned version)
{
	struct buf first, second;
	struct smgp_pdu again;
	buf_init(&first, SMGP_PDU_MAX);
	buf_init(&second, SMGP_PDU_MAX);
	must(smgp_pdu_encode(pdu, version, &first));
	must(smgp_pdu_decode(first.data, first.len, version, &again) == 1);
	must(again.command == pdu->command && again.sequence == pdu->sequence);
	must(smgp_pdu_encode(&again, version, &second));
	must(first.len == second.len && !memcmp(first.data, second.data, first.len));
	buf_fini(&second);
	buf_fini(&first);
}

static void read_all(const uint8_t *wire, size_t n, unsigned version)
{
	struct smgp_report report;
	for (size_t at = 0; at < n;) {
		struct smgp_pdu pdu;
		size_t len;
		int rc = smgp_pdu_decode(wire + at, n - at, version, &pdu);
		must(smgp_pdu_frame(wire + at, n - at, &len) == (pdu.fault == SMGP_FAULT_LENGTH && rc < 0 ? -1 : rc != 0));
		if (rc == 0)
			return;
		must((rc < 0) == (pdu.fault != SMGP_FAULT_NONE) && (rc > 0 || pdu.field));
		if (pdu.fault == SMGP_FAULT_LENGTH)
			return;
		must(len == pdu.length && len >= SMGP_HEADER && len <= n - at);
		if (rc > 0)
			write_again(&pdu, version);
		if (rc > 0 && pdu.command == SMGP_DELIVER) {
			must(smgp_tlv_u8(&pdu.deliver.tlvs, SMGP_TLV_TP_UDHI) <= 255);
			(void)smgp_report_read(pdu.deliver.content.p, pdu.deliver.content.n, &report);
		}
		print_as_one_line(&pdu);
		at += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	struct smgp_report report;
	uint8_t *wire = input_bytes(&in, n);
	read_all(wire, n, SMGP_30);
	read_all(wire, n, SMGP_13);
	if (smgp_report_read(wire, n, &report))
		must(strlen(report.id) == SMGP_MSG_ID_TEXT - 1 && memchr(report.stat, 0, sizeof report.stat) &&
			memchr(report.err, 0, sizeof report.err));
	free(wire);
	return 0;
}

/* Now and then a whole PDU of pdu.def instead, so that a new command is fuzzed from the day it is there. */
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed)
{
	struct smgp_pdu pdu;
	unsigned version = seed / 64 % 2 ? SMGP_13 : SMGP_30;
	if (seed % 64 || !smgp_pdu_seed(seed / 128 % 16, &pdu))
		return LLVMFuzzerMutate(p, n, max);
	struct buf wire;
	buf_init(&wire, max);
	if (smgp_pdu_encode(&pdu, version, &wire)) {
		n = wire.len;
		memcpy(p, wire.data, n);
	}
	buf_fini(&wire);
	return n;
}
