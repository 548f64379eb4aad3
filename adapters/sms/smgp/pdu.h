/* SMGP protocol data units: wire bytes to structs and back, from the field lists of pdu.def.
 * Decoding allocates nothing: texts are copied into the struct, contents and optional parameters point into the wire
 * bytes and live as long as those.
 * Thread: any; no state. */
#ifndef XQ_SMGP_PDU_H
#define XQ_SMGP_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/fields.h"
#include "gateway/base/buf.h"

/* The largest legal PDU, a SUBMIT to 100 numbers, has 2366 octets and its optional parameters. */
enum { SMGP_HEADER = 12, SMGP_PDU_MAX = 4096, SMGP_MSG_ID = 10, SMGP_MSG_ID_TEXT = 21, SMGP_TERM = 21 };
enum { SMGP_30 = 0x30, SMGP_13 = 0x13 }; /* ClientVersion */
static const uint32_t SMGP_RESPONSE = 0x80000000u; /* set in the id of every response */

#define COMMAND(NAME, id, body) static const uint32_t SMGP_##NAME __attribute__((unused)) = id;
#include "adapters/sms/smgp/pdu.def"

struct smgp_octets { const uint8_t *p; size_t n; };
struct smgp_list { const uint8_t *p; uint8_t count; }; /* count texts of the field's width, one behind the other */

/* From here on each field list becomes a struct smgp_<body>; a text ends with a NUL that is not on the wire. */
#define BODY(name) struct smgp_##name {
#define U8(field) uint8_t field;
#define U32(field) uint32_t field;
#define STR(field, width) char field[(width) + 1];
#define RAW(field, width) uint8_t field[width];
#define LIST(field, width, most) struct smgp_list field;
#define OCTETS(field, most) struct smgp_octets field;
#define NOTHING char nothing;
#define TLVS struct smgp_octets tlvs;
#define END(name) };
#include "adapters/sms/smgp/pdu.def"

enum smgp_fault {
	SMGP_FAULT_NONE,
	SMGP_FAULT_LENGTH,  /* PacketLength below 12 or above SMGP_PDU_MAX: where the next PDU begins is lost */
	SMGP_FAULT_COMMAND, /* unknown RequestID; the header is right */
	SMGP_FAULT_BODY,    /* a field breaks its limits; the header is right */
	SMGP_FAULT_TLV      /* an optional parameter runs past the end; the header is right */
};

struct smgp_pdu {
	uint32_t length, command, sequence;
	enum smgp_fault fault;
	const char *field; /* where the fault is, or NULL */
	union {
		struct smgp_login login;
		struct smgp_login_resp login_resp;
		struct smgp_submit submit;
		struct smgp_deliver deliver;
		struct smgp_answer answer;
		struct smgp_empty empty;
	};
};

/* The length at the front: 1 and the length of a whole PDU; 0: more bytes; -1: out of bounds. */
int smgp_pdu_frame(const uint8_t *p, size_t n, size_t *len);
/* 1: one whole PDU of pdu->length bytes; 0: more bytes are needed; -1: malformed, see fault. With any fault but
 * SMGP_FAULT_LENGTH the PDU is whole and the next one follows at pdu->length; its body is then blank. Octets behind the
 * last field of a body without optional parameters are ignored. version: SMGP_30 or SMGP_13. */
int smgp_pdu_decode(const uint8_t *p, size_t n, unsigned version, struct smgp_pdu *pdu);
/* Appends the PDU; length is computed. false: a field is too long, or past the buffer's cap; nothing was appended. */
bool smgp_pdu_encode(const struct smgp_pdu *pdu, unsigned version, struct buf *out);
/* "DELIVER seq=7 src_term=138****5678 …": one line, without secrets, words or whole numbers of citizens. */
void smgp_pdu_dump(const struct smgp_pdu *pdu, struct buf *out);
const char *smgp_command_name(uint32_t command); /* "DELIVER"; "unknown" */

#define SMGP_SET(field, text) fields_set(field, sizeof(field), text)

/* The number in the first optional parameter of one octet with this tag; -1: absent or of another size. tlvs must come
 * from a decoded PDU. */
int smgp_tlv_u8(const struct smgp_octets *tlvs, uint16_t tag);
bool smgp_tlv_add_u8(struct buf *tlvs, uint16_t tag, uint8_t v);
enum { SMGP_TLV_TP_UDHI = 2, SMGP_TLV_PK_TOTAL = 9, SMGP_TLV_PK_NUMBER = 10 };

/* The i-th command of pdu.def with every field filled: a seed for fuzzing and a sample for tests. false: past the
 * last. */
bool smgp_pdu_seed(size_t i, struct smgp_pdu *pdu);

#endif
