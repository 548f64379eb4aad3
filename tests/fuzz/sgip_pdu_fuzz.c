/* Bytes from a carrier that speaks SGIP: decoded, printed, written again. */
#include "tests/fuzz/fuzz.h"

#include "adapters/sms/sgip/pdu.h"

enum { FUZZ_MAX = 1024 };

size_t LLVMFuzzerMutate(uint8_t *p, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed);

static void print_as_one_line(const struct sgip_pdu *pdu)
{
	struct buf line;
	buf_init(&line, 1 << 16);
	sgip_pdu_dump(pdu, &line);
	must(line.len && !line.overflow && utf8_valid(buf_str(&line), line.len));
	for (size_t i = 0; i < line.len; i++)
		must(line.data[i] >= ' ' && line.data[i] != 0x7F);
	buf_fini(&line);
}

/* What was understood is written and understood again, and then nothing changes any more. */
static void write_again(const struct sgip_pdu *pdu)
{
	struct buf first, second;
	struct sgip_pdu again;
	buf_init(&first, SGIP_PDU_MAX);
	buf_init(&second, SGIP_PDU_MAX);
	must(sgip_pdu_encode(pdu, &first));
	must(sgip_pdu_decode(first.data, first.len, &again) == 1);
	must(again.command == pdu->command && !memcmp(&again.sequence, &pdu->sequence, sizeof again.sequence));
	must(sgip_pdu_encode(&again, &second));
	must(first.len == second.len && !memcmp(first.data, second.data, first.len));
	buf_fini(&second);
	buf_fini(&first);
}

static void read_all(const uint8_t *wire, size_t n)
{
	for (size_t at = 0; at < n;) {
		struct sgip_pdu pdu;
		size_t len;
		int rc = sgip_pdu_decode(wire + at, n - at, &pdu);
		must(fields_frame(wire + at, n - at, SGIP_HEADER, SGIP_PDU_MAX, &len) ==
			(pdu.fault == SGIP_FAULT_LENGTH ? -1 : rc != 0));
		if (rc == 0)
			return;
		must((rc < 0) == (pdu.fault != SGIP_FAULT_NONE) && (rc > 0 || pdu.field));
		if (pdu.fault == SGIP_FAULT_LENGTH)
			return;
		must(len == pdu.length && len <= n - at);
		if (rc > 0)
			write_again(&pdu);
		print_as_one_line(&pdu);
		must(sgip_year(pdu.sequence.time, 1795000000000) >= 2025 && sgip_year(pdu.sequence.time, 1795000000000) <= 2027);
		at += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	uint8_t *wire = input_bytes(&in, n);
	read_all(wire, n);
	free(wire);
	return 0;
}

/* Now and then a whole PDU of pdu.def instead, so that a new command is fuzzed from the day it is there. */
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed)
{
	struct sgip_pdu pdu;
	if (seed % 64 || !sgip_pdu_seed(seed / 64 % 16, &pdu))
		return LLVMFuzzerMutate(p, n, max);
	struct buf wire;
	buf_init(&wire, max);
	if (sgip_pdu_encode(&pdu, &wire)) {
		n = wire.len;
		memcpy(p, wire.data, n);
	}
	buf_fini(&wire);
	return n;
}
