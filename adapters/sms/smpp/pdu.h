/* SMPP 3.4 protocol data units: wire bytes to structs and back, from the field lists of pdu.def.
 * Decoding allocates nothing: strings and octets point into the wire bytes and live as long as those.
 * Thread: any; no state. */
#ifndef XQ_SMPP_PDU_H
#define XQ_SMPP_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { SMPP_HEADER = 16, SMPP_PDU_MAX = 64 << 10 };
static const uint32_t SMPP_RESPONSE = 0x80000000u; /* set in the command of every response */

#define COMMAND(NAME, id, body) static const uint32_t SMPP_##NAME __attribute__((unused)) = id;
#include "adapters/sms/smpp/pdu.def"

struct smpp_octets { const uint8_t *p; size_t n; };

/* From here on each field list becomes a struct smpp_<body>; a string is never NULL after decoding. */
#define BODY(name) struct smpp_##name {
#define U8(field) uint8_t field;
#define CSTR(field, max) const char *field;
#define OCTETS(field, max) struct smpp_octets field;
#define NOTHING char nothing;
#define TLVS struct smpp_octets tlvs;
#define END(name) };
#include "adapters/sms/smpp/pdu.def"

enum smpp_fault {
	SMPP_FAULT_NONE,
	SMPP_FAULT_LENGTH,  /* command_length below 16 or above SMPP_PDU_MAX: where the next PDU begins is lost */
	SMPP_FAULT_COMMAND, /* unknown command_id; the header is right */
	SMPP_FAULT_BODY,    /* a mandatory field breaks its limits; the header is right */
	SMPP_FAULT_TLV      /* an optional parameter runs past the end; the header is right */
};

struct smpp_pdu {
	uint32_t length, command, status, sequence;
	enum smpp_fault fault;
	const char *field; /* where the fault is, or NULL */
	union {
		struct smpp_bind bind;
		struct smpp_bind_resp bind_resp;
		struct smpp_outbind outbind;
		struct smpp_message message;
		struct smpp_data data;
		struct smpp_message_resp message_resp;
		struct smpp_alert alert;
		struct smpp_empty empty;
	};
};

/* 1: one whole PDU of pdu->length bytes; 0: more bytes are needed; -1: malformed, see fault. With any fault but
 * SMPP_FAULT_LENGTH the PDU is whole and the next one follows at pdu->length; its body is then blank, but for SMPP_FAULT_TLV: the
 * mandatory fields are read, and the optional parameters up to the broken one. A response may have no body at all. Octets behind the last field of a body without optional parameters are ignored. */
int smpp_pdu_decode(const uint8_t *p, size_t n, struct smpp_pdu *pdu);
/* Appends the PDU; length is computed. A NULL string is written as an empty one. false: a field is too long, or past
 * the buffer's cap; nothing was appended. */
bool smpp_pdu_encode(const struct smpp_pdu *pdu, struct buf *out);
/* "DELIVER_SM seq=7 status=0x0 source=138****5678 …": one line, without secrets, words or whole numbers of citizens. */
void smpp_pdu_dump(const struct smpp_pdu *pdu, struct buf *out);
const char *smpp_command_name(uint32_t command); /* "DELIVER_SM"; "unknown" */

/* The value of the first optional parameter with this tag; false: absent. tlvs must come from a decoded PDU. */
bool smpp_tlv(const struct smpp_octets *tlvs, uint16_t tag, struct smpp_octets *value);
/* The same as a number of 1 to 4 octets; -1: absent or of another size. */
int64_t smpp_tlv_number(const struct smpp_octets *tlvs, uint16_t tag, size_t octets);
bool smpp_tlv_add(struct buf *tlvs, uint16_t tag, const void *p, size_t n);

enum {
	SMPP_TLV_RECEIPTED_MESSAGE_ID = 0x001E,
	SMPP_TLV_USER_MESSAGE_REFERENCE = 0x0204,
	SMPP_TLV_SAR_MSG_REF_NUM = 0x020C,
	SMPP_TLV_SAR_TOTAL_SEGMENTS = 0x020E,
	SMPP_TLV_SAR_SEGMENT_SEQNUM = 0x020F,
	SMPP_TLV_SC_INTERFACE_VERSION = 0x0210,
	SMPP_TLV_NETWORK_ERROR_CODE = 0x0423,
	SMPP_TLV_MESSAGE_PAYLOAD = 0x0424,
	SMPP_TLV_MESSAGE_STATE = 0x0427
};

/* The i-th command of pdu.def with every field filled: a seed for fuzzing and a sample for tests. false: past the
 * last. */
bool smpp_pdu_seed(size_t i, struct smpp_pdu *pdu);

#endif
