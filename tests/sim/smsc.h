/* The SMSC: an SMPP 3.4 server between the handsets and the gateway. What a handset has sent stays queued here until
 * the gateway answers its deliver_sm with "ok"; a lost link or a temporary refusal sends it again, so nothing is lost
 * when the gateway is killed. Receipts are kept in the same queue. Thread: the loop. */
#ifndef XQ_SIM_SMSC_H
#define XQ_SIM_SMSC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "tests/sim/phones.h"

struct smsc_config {
	const char *host, *system_id, *password, *number; /* number: the hotline's */
	int port;        /* 0 picks one */
	unsigned window; /* deliver_sm unanswered on one link */
};

/* What can be made to go wrong, by POST /api/faults. Counts go down as they are used up. */
struct smsc_faults {
	int drop;          /* this many submit_sm end the link instead of being answered */
	int throttle;      /* this many submit_sm are answered ESME_RTHROTTLED */
	int refuse;        /* this many submit_sm are answered "destination invalid" */
	int undeliverable; /* this many receipts say UNDELIV */
	int forget;        /* this many answers to CMPP's DELIVER are lost with their link: it is delivered again */
	int delay_receipt; /* milliseconds before a receipt */
	bool mute;         /* nothing is answered and nothing delivered */
};

struct smsc_stats {
	uint64_t binds, links, submits, submits_ok, delivers, delivers_ok, delivers_again, delivers_refused, receipts,
		queued, malformed;
};

struct smsc;
struct smsc_watch { /* both on the loop; NULL not allowed */
	void (*on_note)(void *arg, struct phone *, const struct note *); /* new or changed */
	void (*on_links)(void *arg, unsigned links);
	void *arg;
};
struct smsc *smsc_create(uv_loop_t *loop, const struct smsc_config *config, struct phones *phones,
	const struct smsc_watch *watch, struct err *e);
void smsc_destroy(struct smsc **s);
int smsc_port(const struct smsc *s);
/* The phone sends a text to the hotline. NULL: too long. */
struct note *smsc_send(struct smsc *s, struct phone *p, const char *text);
/* Queues n copies of a text from n numbers that begin at `first`, without notes on any screen: for measuring. */
bool smsc_load(struct smsc *s, uint64_t first, unsigned n, const char *text);
struct smsc_faults *smsc_faults(struct smsc *s);
void smsc_cut(struct smsc *s); /* ends every link now */
const struct smsc_stats *smsc_stats(const struct smsc *s);

#endif
