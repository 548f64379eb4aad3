/* The SMSC: an SMPP 3.4 server between the handsets and the gateway. What a handset has sent stays queued here until
 * the gateway answers its deliver_sm with "ok"; a lost link or a temporary refusal sends it again, so nothing is lost
 * when the gateway is killed. Receipts are kept in the same queue. Thread: the loop. */
#ifndef XQ_SIM_SMSC_H
#define XQ_SIM_SMSC_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "tests/sim/carrier.h"
#include "tests/sim/depot.h"
#include "tests/sim/phones.h"

struct smsc_config {
	const char *host, *system_id, *password, *number; /* number: the hotline's */
	int port;        /* 0 picks one */
	unsigned window; /* deliver_sm unanswered on one link */
};

struct smsc;
struct smsc *smsc_create(uv_loop_t *loop, const struct smsc_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e);
void smsc_destroy(struct smsc **s);
int smsc_port(const struct smsc *s);
const struct carrier *smsc_carrier(const struct smsc *s);
/* Queues n copies of a text from n numbers that begin at `first`, without notes on any screen: for measuring.
 * False: the text is too long. */
bool smsc_load(struct smsc *s, uint64_t first, unsigned n, const char *text);

#endif
