/* Bytes from a carrier: decoded, printed, written again. */
#include "tests/fuzz/fuzz.h"

#include "adapters/sms/smpp/pdu.h"

enum { FUZZ_MAX = 1024 };

size_t LLVMFuzzerMutate(uint8_t *p, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed);

static void look_at_parameters(const struct smpp_octets *tlvs)
{
	static const uint16_t tags[] = { SMPP_TLV_RECEIPTED_MESSAGE_ID, SMPP_TLV_SAR_MSG_REF_NUM, SMPP_TLV_MESSAGE_PAYLOAD,
		SMPP_TLV_MESSAGE_STATE, 0xFFFF };
	struct smpp_octets v;
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		bool found = smpp_tlv(tlvs, tags[i], &v);
		must(!found || (v.p >= tlvs->p && v.p + v.n <= tlvs->p + tlvs->n));
		for (size_t octets = 1; octets <= 4; octets++)
			must(smpp_tlv_number(tlvs, tags[i], octets) < (int64_t)1 << (8 * octets));
	}
}

static void look_at_body(const struct smpp_pdu *pdu)
{
	switch (pdu->command) {
	case SMPP_DELIVER_SM:
	case SMPP_SUBMIT_SM:
		look_at_parameters(&pdu->message.tlvs);
		break;
	case SMPP_DATA_SM:
		look_at_parameters(&pdu->data.tlvs);
		break;
	case SMPP_SUBMIT_SM_RESP:
		look_at_parameters(&pdu->message_resp.tlvs);
		break;
	}
}

static void print_as_one_line(const struct smpp_pdu *pdu)
{
	struct buf line;
	buf_init(&line, 1 << 16);
	smpp_pdu_dump(pdu, &line);
	must(line.len && !line.overflow);
	for (size_t i = 0; i < line.len; i++)
		must(line.data[i] >= ' ' && line.data[i] != 0x7F);
	must(utf8_valid(buf_str(&line), line.len));
	buf_fini(&line);
}

/* What was understood is written and understood again, and then nothing changes any more. */
static void write_again(const struct smpp_pdu *pdu)
{
	struct buf first, second;
	struct smpp_pdu again;
	buf_init(&first, SMPP_PDU_MAX);
	buf_init(&second, SMPP_PDU_MAX);
	must(smpp_pdu_encode(pdu, &first));
	must(smpp_pdu_decode(first.data, first.len, &again) == 1);
	must(again.command == pdu->command && again.sequence == pdu->sequence && again.status == pdu->status);
	must(smpp_pdu_encode(&again, &second));
	must(first.len == second.len && !memcmp(first.data, second.data, first.len));
	buf_fini(&second);
	buf_fini(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	uint8_t *wire = input_bytes(&in, n);
	size_t at = 0;
	for (int rc = 1; rc && at < n;) {
		struct smpp_pdu pdu;
		rc = smpp_pdu_decode(wire + at, n - at, &pdu);
		if (rc == 0)
			break;
		must((rc < 0) == (pdu.fault != SMPP_FAULT_NONE) && (rc > 0 || pdu.field));
		if (pdu.fault == SMPP_FAULT_LENGTH)
			break;
		must(pdu.length >= SMPP_HEADER && pdu.length <= n - at);
		if (rc > 0) {
			look_at_body(&pdu);
			write_again(&pdu);
		}
		print_as_one_line(&pdu);
		at += pdu.length;
	}
	free(wire);
	return 0;
}

/* Now and then a whole PDU of pdu.def instead, so that a new command is fuzzed from the day it is there. */
size_t LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed)
{
	struct smpp_pdu pdu;
	if (seed % 64 || !smpp_pdu_seed(seed / 64 % 32, &pdu))
		return LLVMFuzzerMutate(p, n, max);
	struct buf wire;
	buf_init(&wire, max);
	if (smpp_pdu_encode(&pdu, &wire)) {
		n = wire.len;
		memcpy(p, wire.data, n);
	}
	buf_fini(&wire);
	return n;
}
