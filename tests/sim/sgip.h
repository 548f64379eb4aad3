/* China Unicom's SMG: SGIP 1.2 between the handsets and the gateway, beside the SMSC. Written from the protocol's tables for the
 * simulator alone. The gateway connects to it to submit; to deliver it connects to the gateway, in short sessions: bind, send
 * what there is, wait for every answer, unbind. What a handset has sent stays queued here, under one sequence, until its
 * DELIVER is answered with result 0; a lost connection or another result sends it again. So do reports. UNBIND is answered by
 * turns with 20 and with 29 octets, as gateways differ there.
 * Thread: the loop. */
#ifndef XQ_SIM_SGIP_H
#define XQ_SIM_SGIP_H

#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "tests/sim/carrier.h"
#include "tests/sim/depot.h"
#include "tests/sim/phones.h"

struct smg_config {
	const char *host, *login, *password, *number; /* login: the gateway's name here; number: the hotline's */
	int port;             /* 0 picks one */
	const char *to_host;  /* where the gateway listens */
	int to_port;
	const char *smg_login;
	unsigned window;      /* DELIVER unanswered on one connection */
};

struct smg;
/* As smsc_create(): the same phones, the same accidents. */
struct smg *smg_create(uv_loop_t *loop, const struct smg_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e);
void smg_destroy(struct smg **s);
int smg_port(const struct smg *s);
const struct carrier *smg_carrier(const struct smg *s);

#endif
