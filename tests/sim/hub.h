/* The links a gateway makes to a carrier's server, and the window of each: what the depot has leaves by whichever link has room.
 * The protocol says how its PDUs are told apart, what to do with one, and how a parcel is written. Thread: the loop. */
#ifndef XQ_SIM_HUB_H
#define XQ_SIM_HUB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/stream.h"
#include "tests/sim/carrier.h"
#include "tests/sim/depot.h"

enum { HUB_SLOTS = 4096 }; /* deliveries unanswered on one link */

struct hub;
struct link {
	TAILQ_ENTRY(link) next;
	struct hub *hub;
	struct stream *stream;
	struct buf out;           /* flushed after on_pdu */
	uint8_t version;          /* as the protocol numbers it; 0: not logged in yet */
	bool transmits, receives; /* may submit; is delivered to */
	bool ending;              /* closed by us, on_close has not come yet */
	struct { uint32_t sequence; struct parcel *parcel; } slot[HUB_SLOTS];
	unsigned unanswered;
	uint32_t sequence;
};
TAILQ_HEAD(links, link);

struct hub_protocol {
	const char *name, *logins, *reports; /* the carrier's name; what /api/stats calls them */
	struct depot_style style;            /* arg is the hub's owner; its pump calls hub_pump() */
	size_t pdu_max;
	/* 1: a whole PDU of *length octets is there; 0: not yet; -1: what comes can never be one. */
	int (*frame)(const uint8_t *p, size_t n, size_t *length);
	void (*on_pdu)(struct link *l, const uint8_t *p, size_t n);
	void (*write)(struct link *l, const struct parcel *p, uint32_t sequence); /* onto out */
};

struct hub_config {
	const char *host, *number; /* number: the hotline's */
	int port;                  /* 0 picks one */
	unsigned window;           /* unanswered on one link, at most HUB_SLOTS */
	const struct hub_protocol *protocol;
};

struct hub {
	struct hub_config config;
	struct depot depot;
	struct stream_listener *listener;
	struct links links;
	struct carrier carrier;
};

/* phones and faults are borrowed until hub_fini, which has to follow a failure too. */
int hub_init(struct hub *h, uv_loop_t *loop, const struct hub_config *config, struct phones *phones, const struct sim_watch *watch,
	struct sim_faults *faults, void *owner, struct err *e) XQ_MUST_CHECK;
void hub_fini(struct hub *h);
int hub_port(const struct hub *h);
unsigned hub_links(const struct hub *h); /* logged in */
void hub_pump(struct hub *h);
void hub_cut(struct hub *h); /* ends every link now */

void link_login(struct link *l, uint8_t version, bool transmits, bool receives);
/* A submit came. Counts it; false: the faults want it unanswered, or have ended its link. */
bool link_takes(struct link *l);
void link_end(struct link *l); /* what is in out goes first */
/* The gateway has answered what was delivered under this sequence; one that was not is passed over. */
void link_answered(struct link *l, uint32_t sequence, enum depot_answer answer, uint32_t status);

#endif
