/* The octets of SGIP as the simulator reads and writes them, and its queue towards the gateway. Written from the protocol's
 * tables for the simulator alone. */
#ifndef XQ_SIM_SGIP_OUT_H
#define XQ_SIM_SGIP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/buf.h"
#include "gateway/base/stream.h"
#include "tests/sim/sgip.h"

enum { SMG_HEAD = 20, SMG_PDU_MAX = 4096, SMG_NUMBER = 21, SMG_SEQUENCE = 12, SMG_OUT_MAX = 4 << 20, SMG_BIND = 1,
	SMG_UNBIND = 2, SMG_OK = 0 };
static const uint32_t SMG_RESPONSE = 0x80000000u;

/* Begins a PDU; returns where, for octets_end(). */
size_t smg_begin(struct buf *b, uint32_t command, const uint8_t sequence[SMG_SEQUENCE]);
void smg_add_answer(struct buf *b, uint32_t command, const uint8_t sequence[SMG_SEQUENCE], uint8_t result);
void smg_flush(struct stream *stream, struct buf *out);
/* Gives each whole PDU to each(), until over(arg); returns what was used. A length out of bounds counts as malformed and uses
 * up everything. */
size_t smg_frames(const uint8_t *p, size_t n, void (*each)(void *, const uint8_t *, size_t), bool (*over)(void *), void *arg,
	uint64_t *malformed);

/* What waits for the gateway, and the sessions in which it is delivered. */
struct smg_out;
struct smg_out_stats { uint64_t sessions, delivers, delivers_ok, delivers_again, reports, queued, malformed; };
struct smg_out *smg_out_create(uv_loop_t *loop, const struct smg_config *config, struct phones *phones,
	const struct smsc_watch *watch, struct smsc_faults *faults);
void smg_out_destroy(struct smg_out **s);
struct note *smg_out_text(struct smg_out *s, struct phone *p, const char *text);
/* A report about the SUBMIT of this sequence. */
void smg_out_report(struct smg_out *s, const char *phone, const uint8_t about[SMG_SEQUENCE]);
void smg_out_cut(struct smg_out *s);
const struct smg_out_stats *smg_out_stats(const struct smg_out *s);

#endif
