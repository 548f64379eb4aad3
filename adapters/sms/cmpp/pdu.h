/* CMPP 2.0 and 3.0 protocol data units: wire bytes to structs and back, from the field lists of pdu.def.
 * Decoding allocates nothing: strings are copied into the struct, content points into the wire bytes and lives as long
 * as those. Thread: any; no state. */
#ifndef XQ_CMPP_PDU_H
#define XQ_CMPP_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"

enum { CMPP_HEADER = 12, CMPP_PDU_MAX = 4096, CMPP_V20 = 0x20, CMPP_V30 = 0x30 };
static const uint32_t CMPP_RESPONSE = 0x80000000u; /* set in the command of every response */

#define COMMAND(NAME, id, body) static const uint32_t CMPP_##NAME __attribute__((unused)) = id;
#include "adapters/sms/cmpp/pdu.def"

struct cmpp_octets { const uint8_t *p; size_t n; };

/* From here on each field list becomes a struct cmpp_<body>. A string has room for its wider form and a NUL; what
 * stands behind the first NUL on the wire is not kept. */
#define BODY(name) struct cmpp_##name {
#define U8(field) uint8_t field;
#define U32(field) uint32_t field;
#define U64(field) uint64_t field;
#define CODE(field) uint32_t field;
#define V3(field) uint8_t field;
#define STR(field, v2, v3) char field[((v2) > (v3) ? (v2) : (v3)) + 1];
#define DIGEST(field) uint8_t field[MD5_LEN];
#define CONTENT(field, max) struct cmpp_octets field;
#define MAYBE(field) uint8_t field;
#define NOTHING char nothing;
#define END(name) };
#include "adapters/sms/cmpp/pdu.def"

enum cmpp_fault {
	CMPP_FAULT_NONE,
	CMPP_FAULT_LENGTH,  /* Total_Length below 12 or above CMPP_PDU_MAX: where the next PDU begins is lost */
	CMPP_FAULT_COMMAND, /* unknown Command_Id; the header is right */
	CMPP_FAULT_BODY     /* a field runs past the end or breaks its limit; the header is right */
};

struct cmpp_pdu {
	uint32_t length, command, sequence;
	uint8_t version; /* whose layout: below CMPP_V30 is 2.0's */
	enum cmpp_fault fault;
	const char *field; /* where the fault is, or NULL */
	union {
		struct cmpp_connect connect;
		struct cmpp_connect_resp connect_resp;
		struct cmpp_submit submit;
		struct cmpp_deliver deliver;
		struct cmpp_message_resp message_resp;
		struct cmpp_query query;
		struct cmpp_query_resp query_resp;
		struct cmpp_cancel cancel;
		struct cmpp_cancel_resp cancel_resp;
		struct cmpp_active_resp active_resp;
		struct cmpp_empty empty;
	};
};

/* 1: one whole PDU of pdu->length bytes; 0: more bytes are needed; -1: malformed, see fault. With any fault but
 * CMPP_FAULT_LENGTH the PDU is whole and the next one follows at pdu->length; its body is then blank. version: what the
 * link speaks; a response whose length is exactly that of the other version is read so, and pdu->version says it,
 * since gateways answer errors that way. Octets behind the last field are ignored. */
int cmpp_pdu_decode(const uint8_t *p, size_t n, uint8_t version, struct cmpp_pdu *pdu);
/* Appends the PDU in the layout of pdu->version; length is computed. false: a field is too long for that version, or
 * past the buffer's cap; nothing was appended. */
bool cmpp_pdu_encode(const struct cmpp_pdu *pdu, struct buf *out);
/* "DELIVER seq=7 source=138****5678 …": one line, without digests, words or whole numbers of citizens. */
void cmpp_pdu_dump(const struct cmpp_pdu *pdu, struct buf *out);
const char *cmpp_command_name(uint32_t command); /* "DELIVER"; "unknown" */

/* A status report: 60 octets or 71, whatever version the link speaks, for there are gateways that mix them. false:
 * another length. */
bool cmpp_report_decode(const uint8_t *p, size_t n, struct cmpp_report *r);
bool cmpp_report_encode(const struct cmpp_report *r, uint8_t version, struct buf *out);

/* A Msg_Id as 16 hex digits: its spelling on both sides of a receipt. */
enum { CMPP_ID_MAX = 17 };
char *cmpp_msg_id(uint64_t id, char out[CMPP_ID_MAX]);

/* The i-th command of pdu.def in this version with every field filled: a seed for fuzzing and a sample for tests.
 * false: past the last. */
bool cmpp_pdu_seed(size_t i, uint8_t version, struct cmpp_pdu *pdu);
void cmpp_report_seed(uint8_t version, struct cmpp_report *r);

#endif
