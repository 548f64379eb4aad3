/* What waits at a carrier for the gateway: parts that a handset has sent, and reports. A parcel stays until the gateway has taken
 * it; one that it puts off, or whose link ends before the answer, goes again under the same id. What comes the other way is shown
 * on the handsets. How a parcel looks on the wire is the protocol's own (smsc.c, cmpp.c, smgp.c, sgip_out.c). Thread: the loop. */
#ifndef XQ_SIM_DEPOT_H
#define XQ_SIM_DEPOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "gateway/base/buf.h"
#include "tests/sim/phones.h"
#include "tests/sim/text.h"

enum { PARCEL_ID = 16, SIM_TIME = 16 };

struct parcel {
	TAILQ_ENTRY(parcel) link;
	char phone[PHONE_NUMBER_MAX]; /* of the handset, plain */
	char at[SIM_TIME];            /* when it was queued: YYYYMMDDhhmmss */
	unsigned note;                /* its note on the handset; 0: none */
	int64_t not_before;           /* uv_now */
	uint8_t id[PARCEL_ID];        /* its own, as the protocol writes it */
	bool report, delivered;       /* a report, and what it says */
	uint8_t about[PARCEL_ID];     /* a report: the id of the message */
	uint8_t coding;               /* of a part, as the protocol numbers it */
	unsigned total, index;        /* 1 of 1: a whole message, without a header */
	size_t n;
	uint8_t bytes[];
};
TAILQ_HEAD(parcels, parcel);

/* What can be made to go wrong, by POST /api/faults, at every carrier alike. Counts go down as they are used up. */
struct sim_faults {
	int drop;          /* this many submits end their link instead of being answered */
	int throttle;      /* this many submits are answered "too fast" */
	int refuse;        /* this many submits are answered "destination invalid" */
	int undeliverable; /* this many reports say UNDELIV */
	int forget;        /* this many answers to what we deliver are lost with their link: it is delivered again */
	int delay_receipt; /* milliseconds before a report */
	bool mute;         /* nothing is answered and nothing delivered */
};

struct sim_watch { /* both on the loop; NULL not allowed */
	void (*on_note)(void *arg, struct phone *, const struct note *); /* new or changed */
	void (*on_links)(void *arg, unsigned links);                     /* how many there are now */
	void *arg;
};

struct depot_stats {
	uint64_t logins, submits, submits_ok, delivers, delivers_ok, delivers_again, delivers_refused, reports, queued, malformed;
};

/* A protocol's own; arg is the depot's. */
struct depot_style {
	void (*stamp)(void *arg, uint8_t id[PARCEL_ID]); /* another id each time */
	/* As sim_cut(): choosing an alphabet, cutting. */
	unsigned (*cut)(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX], uint8_t *coding);
	void (*pump)(void *arg); /* something may be ready */
	uint32_t too_long;       /* the status of a text that never leaves the phone */
};

struct depot {
	uv_loop_t *loop;
	struct phones *phones;
	struct sim_watch watch;
	struct sim_faults *faults;
	const char *number; /* the hotline's */
	const struct depot_style *style;
	void *arg;
	struct parcels ready, later; /* later: not before their time */
	struct depot_stats stats;
	uv_timer_t *tick;
	uint8_t next_ref;
};

/* phones, faults, number and style are borrowed until depot_fini. */
void depot_init(struct depot *d, uv_loop_t *loop, struct phones *phones, const struct sim_watch *watch, struct sim_faults *faults,
	const char *number, const struct depot_style *style, void *arg);
void depot_fini(struct depot *d);

/* --- to the gateway --- */

/* The phone sends a text to the hotline. */
struct note *depot_text(struct depot *d, struct phone *p, const char *text);
/* Queues a text from a number without a note on any screen: for measuring. False: too long. */
bool depot_load(struct depot *d, const char *number, const char *text);

bool depot_has(const struct depot *d); /* a parcel is ready */
/* The oldest that is ready, the caller's until depot_settle or depot_put_back. */
struct parcel *depot_take(struct depot *d);
enum depot_answer { DEPOT_TAKEN, DEPOT_LATER, DEPOT_REFUSED };
/* The gateway has answered; status is what the handset's screen shows of a refusal. */
void depot_settle(struct depot *d, struct parcel *p, enum depot_answer answer, uint32_t status);
void depot_put_back(struct depot *d, struct parcel *p); /* as the oldest */
/* True once for each answer that the faults want lost. */
bool depot_forgets(struct depot *d);
enum { SOURCE_MAX = PHONE_NUMBER_MAX + 2 };
void parcel_source(const struct parcel *p, char out[SOURCE_MAX]); /* its phone's number as carriers give it: 86 before a mobile one's */

/* --- from the gateway --- */

enum depot_verdict { SUBMIT_OK, SUBMIT_TOO_FAST, SUBMIT_NO_SUCH_NUMBER };
/* Counts a submit. True: the faults want its link ended instead. */
bool depot_drops(struct depot *d);
struct sim_submit { bool report, header; uint8_t dcs; char from[64], to[64]; const uint8_t *text; size_t n; };
/* Taken, it goes onto the handset's screen when it is whole, and is reported on if it asks for that. id: the sender's own, where
 * the protocol has it so; else zeros, and it is stamped here when it is taken. */
enum depot_verdict depot_submit(struct depot *d, const struct sim_submit *s, uint8_t id[PARCEL_ID]);
/* What /api/stats says; logins and reports are called what the protocol calls them. */
json_t *depot_json(const struct depot *d, unsigned links, const char *logins, const char *reports);

#endif
