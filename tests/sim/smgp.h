/* China Telecom's SMGW: an SMGP 3.0 and 1.3 server between the handsets and the gateway, beside the SMSC. Written from
 * the protocol's tables for the simulator alone. What a handset has sent stays queued here, under one MsgID, until the
 * gateway answers its DELIVER with status 0; a lost link or another status sends it again. So do status reports.
 * Thread: the loop. */
#ifndef XQ_SIM_SMGP_H
#define XQ_SIM_SMGP_H

#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "tests/sim/carrier.h"
#include "tests/sim/depot.h"
#include "tests/sim/phones.h"

struct smgw_config {
	const char *host, *client_id, *secret, *number; /* number: the hotline's */
	int port;        /* 0 picks one */
	unsigned window; /* DELIVER unanswered on one link */
};

struct smgw;
/* As smsc_create(): the same phones, the same accidents. */
struct smgw *smgw_create(uv_loop_t *loop, const struct smgw_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e);
void smgw_destroy(struct smgw **g);
int smgw_port(const struct smgw *g);
const struct carrier *smgw_carrier(const struct smgw *g);

#endif
