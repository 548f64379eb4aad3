/* China Mobile's ISMG: a CMPP 2.0 and 3.0 server between the handsets and the gateway, beside the SMSC. Written from
 * the protocol's tables for the simulator alone. What a handset has sent stays queued here, under one Msg_Id, until the
 * gateway answers its DELIVER with result 0; a lost link or another result sends it again. So do status reports.
 * Thread: the loop. */
#ifndef XQ_SIM_CMPP_H
#define XQ_SIM_CMPP_H

#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "tests/sim/carrier.h"
#include "tests/sim/depot.h"
#include "tests/sim/phones.h"

struct ismg_config {
	const char *host, *sp_id, *secret, *number; /* number: the hotline's */
	int port;        /* 0 picks one */
	unsigned window; /* DELIVER unanswered on one link */
	uint8_t version; /* the highest it speaks: 0x20 or 0x30 */
};

struct ismg;
/* As smsc_create(): the same phones, the same accidents. */
struct ismg *ismg_create(uv_loop_t *loop, const struct ismg_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e);
void ismg_destroy(struct ismg **i);
int ismg_port(const struct ismg *i);
const struct carrier *ismg_carrier(const struct ismg *i);

#endif
