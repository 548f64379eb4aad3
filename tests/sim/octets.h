/* The octets that CMPP, SGIP and SMGP share, as the simulator reads and writes them: a head of length, command and sequence, fields
 * of fixed width. Written from the protocols' tables for the simulator alone. */
#ifndef XQ_SIM_OCTETS_H
#define XQ_SIM_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "gateway/base/buf.h"

/* Begins a PDU; returns where, for octets_end(), which writes its length. */
size_t octets_begin(struct buf *b, uint32_t command, uint32_t sequence);
void octets_end(struct buf *b, size_t at);
void octets_add_text(struct buf *b, const char *s, size_t width); /* filled up with NULs; must() fit */
void octets_add_tlv(struct buf *b, uint16_t tag, uint8_t v);

/* 1: a whole PDU of *length octets, from head to max, is at p; 0: more; -1: its length is out of bounds. */
int octets_frame(const uint8_t *p, size_t n, size_t head, size_t max, size_t *length);
struct octets_reader { const uint8_t *p, *end; bool bad; };
/* The next n octets; zeros, at most 256 of them to be looked at, and bad when there are fewer. */
const uint8_t *octets_take(struct octets_reader *r, size_t n);
void octets_take_text(struct octets_reader *r, size_t width, char out[64]);
uint32_t octets_u32(const uint8_t *p);

struct tm octets_now(void); /* Beijing's */

#endif
