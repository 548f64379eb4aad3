/* Bytes from a carrier that speaks CMPP: decoded, printed, written again, in both versions. */
#include "tests/fuzz/fuzz.h"

#include "adapters/sms/cmpp/pdu.h"

enum { FUZZ_MAX = 1024 };

size_t LLVMFuzzerMutate(uint8_t *p, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed);

static void print_as_one_line(const struct cmpp_pdu *pdu)
{
	struct buf line;
	buf_init(&line, 1 << 16);
	cmpp_pdu_dump(pdu, &line);
	must(line.len && !line.overflow && utf8_valid(buf_str(&line), line.len));
	for (size_t i = 0; i < line.len; i++)
		must(line.data[i] >= ' ' && line.data[i] != 0x7F);
	buf_fini(&line);
}

/* What was understood is written and understood again, and then nothing changes any more. */
static void write_again(const struct cmpp_pdu *pdu)
{
	struct buf first, second;
	struct cmpp_pdu again;
	buf_init(&first, CMPP_PDU_MAX);
	buf_init(&second, CMPP_PDU_MAX);
	must(cmpp_pdu_encode(pdu, &first));
	must(cmpp_pdu_decode(first.data, first.len, pdu->version, &again) == 1);
	must(again.command == pdu->command && again.sequence == pdu->sequence && again.version == pdu->version);
	must(cmpp_pdu_encode(&again, &second));
	must(first.len == second.len && !memcmp(first.data, second.data, first.len));
	buf_fini(&second);
	buf_fini(&first);
}

static void read_all(const uint8_t *wire, size_t n, uint8_t version)
{
	struct cmpp_report report;
	for (size_t at = 0; at < n;) {
		struct cmpp_pdu pdu;
		int rc = cmpp_pdu_decode(wire + at, n - at, version, &pdu);
		if (rc == 0)
			return;
		must((rc < 0) == (pdu.fault != CMPP_FAULT_NONE) && (rc > 0 || pdu.field));
		if (pdu.fault == CMPP_FAULT_LENGTH)
			return;
		must(pdu.length >= CMPP_HEADER && pdu.length <= n - at);
		if (rc > 0)
			write_again(&pdu);
		if (rc > 0 && pdu.command == CMPP_DELIVER)
			(void)cmpp_report_decode(pdu.deliver.content.p, pdu.deliver.content.n, &report);
		print_as_one_line(&pdu);
		at += pdu.length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	struct cmpp_report report;
	uint8_t *wire = input_bytes(&in, n);
	read_all(wire, n, CMPP_V20);
	read_all(wire, n, CMPP_V30);
	must(!cmpp_report_decode(wire, n, &report) || n == 60 || n == 71);
	free(wire);
	return 0;
}

/* Now and then a whole PDU of pdu.def instead, so that a new command is fuzzed from the day it is there. */
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed)
{
	struct cmpp_pdu pdu;
	uint8_t version = seed / 64 % 2 ? CMPP_V20 : CMPP_V30;
	if (seed % 64 || !cmpp_pdu_seed(seed / 128 % 32, version, &pdu))
		return LLVMFuzzerMutate(p, n, max);
	struct buf wire;
	buf_init(&wire, max);
	if (cmpp_pdu_encode(&pdu, &wire)) {
		n = wire.len;
		memcpy(p, wire.data, n);
	}
	buf_fini(&wire);
	return n;
}
