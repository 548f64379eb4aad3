/* The octets of SGIP as the simulator reads and writes them, and its sessions towards the gateway. Written from the protocol's
 * tables for the simulator alone. */
#ifndef XQ_SIM_SGIP_OUT_H
#define XQ_SIM_SGIP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "tests/sim/depot.h"
#include "tests/sim/sgip.h"

enum { SMG_HEAD = 20, SMG_PDU_MAX = 4096, SMG_NUMBER = 21, SMG_SEQUENCE = 12, SMG_OUT_MAX = 4 << 20, SMG_BIND = 1,
	SMG_UNBIND = 2, SMG_OK = 0 };
static const uint32_t SMG_RESPONSE = 0x80000000u;

/* Begins a PDU; returns where, for octets_end(). */
size_t smg_begin(struct buf *b, uint32_t command, const uint8_t sequence[SMG_SEQUENCE]);
void smg_add_answer(struct buf *b, uint32_t command, const uint8_t sequence[SMG_SEQUENCE], uint8_t result);
/* The n-th of ours: node, time, n. */
void smg_sequence(uint32_t n, uint8_t out[SMG_SEQUENCE]);

/* The sessions in which what the depot has is delivered. */
struct smg_out;
/* Both borrowed until smg_out_destroy, which gives what was not answered back to the depot. */
struct smg_out *smg_out_create(const struct smg_config *config, struct depot *depot);
void smg_out_destroy(struct smg_out **s);
void smg_out_pump(struct smg_out *s); /* something may be ready */
void smg_out_cut(struct smg_out *s);
uint64_t smg_out_sessions(const struct smg_out *s); /* begun so far */

#endif
