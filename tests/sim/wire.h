/* SMPP 3.4 as the simulator reads and writes it: a cursor over one PDU, and a few writers. Written from the standard
 * for the simulator alone. */
#ifndef XQ_SIM_WIRE_H
#define XQ_SIM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { WIRE_HEADER = 16, WIRE_MAX = 64 << 10, WIRE_NUMBER = 32 };

struct wire_head { uint32_t length, command, status, sequence; };
/* 1: a whole PDU is at p; 0: more; -1: no SMPP. */
int wire_head(const uint8_t *p, size_t n, struct wire_head *h);

struct wire { const uint8_t *p, *end; bool bad; };
uint8_t wire_u8(struct wire *w);
void wire_str(struct wire *w, char *out, size_t size); /* a longer one makes w bad */

/* deliver_sm and submit_sm share their body. */
struct wire_message {
	char service[8], from[WIRE_NUMBER], to[WIRE_NUMBER];
	uint8_t from_ton, from_npi, to_ton, to_npi, esm, registered, dcs;
	const uint8_t *text;
	size_t n;
};
bool wire_read_message(const uint8_t *body, size_t n, struct wire_message *m);
void wire_add_message(struct buf *b, uint32_t command, uint32_t sequence, const struct wire_message *m,
	const struct buf *tlvs);
void wire_add_head(struct buf *b, uint32_t command, uint32_t status, uint32_t sequence);
/* A response whose body is one string. */
void wire_add_answer(struct buf *b, uint32_t command, uint32_t status, uint32_t sequence, const char *string);
void wire_add_tlv(struct buf *b, uint16_t tag, const void *p, size_t n);

#endif
