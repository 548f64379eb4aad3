/* SMGP's octets as the simulator reads and writes them. Written from the protocol's tables for the simulator alone. */
#ifndef XQ_SIM_SMGP_WIRE_H
#define XQ_SIM_SMGP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "gateway/base/buf.h"

/* Begins a PDU; returns where, for smgp_end(), which writes its length. */
size_t smgp_begin(struct buf *b, uint32_t command, uint32_t sequence);
void smgp_end(struct buf *b, size_t at);
void smgp_add_text(struct buf *b, const char *s, size_t width); /* filled up with NULs; must() fit */
void smgp_add_tlv(struct buf *b, uint16_t tag, uint8_t v);

struct smgp_reader { const uint8_t *p, *end; bool bad; };
/* The next n octets; zeros, at most 256 of them to be looked at, and bad when there are fewer. */
const uint8_t *smgp_take(struct smgp_reader *r, size_t n);
void smgp_take_text(struct smgp_reader *r, size_t width, char out[64]);
uint32_t smgp_u32(const uint8_t *p);

struct tm smgp_now(void); /* Beijing's */

#endif
