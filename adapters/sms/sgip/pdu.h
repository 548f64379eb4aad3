/* SGIP protocol data units: wire bytes to structs and back, from the field lists of pdu.def.
 * Decoding allocates nothing: texts are copied into the struct, contents point into the wire bytes and live as long as
 * those.
 * Thread: any; no state. */
#ifndef XQ_SGIP_PDU_H
#define XQ_SGIP_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/fields.h"
#include "gateway/base/buf.h"

/* The largest legal PDU, a SUBMIT of 160 octets to 100 numbers, has 2403 octets. */
enum { SGIP_HEADER = 20, SGIP_PDU_MAX = 4096, SGIP_NUMBER = 21, SGIP_SEQUENCE = 12, SGIP_ID_MAX = 25 };
static const uint32_t SGIP_RESPONSE = 0x80000000u; /* set in the id of every response */

#define COMMAND(NAME, id, body) static const uint32_t SGIP_##NAME __attribute__((unused)) = id;
#include "adapters/sms/sgip/pdu.def"

/* Names a message, and a request with its answer. node: the source's number, which may have all 32 bits; time: MMDDhhmmss as
 * a number. */
struct sgip_sequence { uint32_t node, time, counter; };
struct sgip_octets { const uint8_t *p; size_t n; };
struct sgip_list { const uint8_t *p; uint8_t count; }; /* count texts of the field's width, one behind the other */

/* From here on each field list becomes a struct sgip_<body>; a text ends with a NUL that is not on the wire. */
#define BODY(name) struct sgip_##name {
#define U8(field) uint8_t field;
#define SEQUENCE(field) struct sgip_sequence field;
#define STR(field, width) char field[(width) + 1];
#define LIST(field, width, most) struct sgip_list field;
#define OCTETS(field, most) struct sgip_octets field;
#define NOTHING char nothing;
#define END(name) };
#include "adapters/sms/sgip/pdu.def"

enum sgip_fault {
	SGIP_FAULT_NONE,
	SGIP_FAULT_LENGTH,  /* Message Length below 20 or above SGIP_PDU_MAX: where the next PDU begins is lost */
	SGIP_FAULT_COMMAND, /* unknown Command ID; the header is right */
	SGIP_FAULT_BODY     /* a field breaks its limits; the header is right */
};

struct sgip_pdu {
	uint32_t length, command;
	struct sgip_sequence sequence;
	enum sgip_fault fault;
	const char *field; /* where the fault is, or NULL */
	union {
		struct sgip_bind bind;
		struct sgip_answer answer;
		struct sgip_submit submit;
		struct sgip_deliver deliver;
		struct sgip_report report;
		struct sgip_empty empty;
	};
};

/* 1: one whole PDU of pdu->length bytes; 0: more bytes are needed; -1: malformed, see fault. With any fault but
 * SGIP_FAULT_LENGTH the PDU is whole and the next one follows at pdu->length; its body is then blank. Octets behind the
 * last field are ignored. */
int sgip_pdu_decode(const uint8_t *p, size_t n, struct sgip_pdu *pdu);
/* Appends the PDU; length is computed. false: a field is too long, or past the buffer's cap; nothing was appended. */
bool sgip_pdu_encode(const struct sgip_pdu *pdu, struct buf *out);
/* "DELIVER seq=3010092008-1128093000-7 user_number=138****5678 …": one line, without secrets, words or whole numbers. */
void sgip_pdu_dump(const struct sgip_pdu *pdu, struct buf *out);
const char *sgip_command_name(uint32_t command); /* "DELIVER"; "unknown" */
#define SGIP_SET(field, text) fields_set(field, sizeof(field), text)

/* The twelve octets as they are on the wire, and as 24 hex digits: the spelling of a message id. */
void sgip_sequence_write(const struct sgip_sequence *s, uint8_t out[SGIP_SEQUENCE]);
void sgip_sequence_read(const uint8_t in[SGIP_SEQUENCE], struct sgip_sequence *s);
char *sgip_id(const struct sgip_sequence *s, char out[SGIP_ID_MAX]);
/* The year that a sequence of this time (MMDDhhmmss) was made in (fields_year). */
int sgip_year(uint32_t time, int64_t now);

/* The i-th command of pdu.def with every field filled: a seed for fuzzing and a sample for tests. false: past the
 * last. */
bool sgip_pdu_seed(size_t i, struct sgip_pdu *pdu);

#endif
