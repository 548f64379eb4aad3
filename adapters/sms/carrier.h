/* One account at a carrier, the same for every dialect: its links, what is on its way out over them, what waits for
 * done(), the state that the gateway is told, and its end. A dialect's adapter begins with a struct carrier and each of
 * its links with a struct carrier_link; what the bytes mean is the dialect's (carrier_dialect).
 *
 * Links share the load: a part goes to the link with the fewest unanswered ones that has room, is not held back for
 * being too fast, and answers. One that is bound but has answered nothing for CARRIER_STALL_MS gets nothing more while
 * another one answers. Parts of one message may go over several links. Receipts and parts that come in belong to the
 * channel and not to a link, so they may come over any of them.
 *
 * Thread: the loop. */
#ifndef XQ_SMS_CARRIER_H
#define XQ_SMS_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/doubt.h"
#include "adapters/sms/drain.h"
#include "adapters/sms/pace.h"
#include "adapters/sms/refused.h"
#include "adapters/sms/session.h"
#include "adapters/sms/submit.h"
#include "gateway/adapter.h"
#include "gateway/base/metrics.h"

enum { CARRIER_LINKS_MAX = 48, CARRIER_TAKES_MAX = 5000, CARRIER_STALL_MS = 3000, CARRIER_WORDS_MAX = 300,
	CARRIER_ID_MAX = 12 };

struct carrier;

enum { LINK_SENDS = 1, LINK_RECEIVES = 2, LINK_PASSIVE = 4 };

struct carrier_link {
	struct carrier *carrier;
	struct session *session;
	const char *name;   /* "link", "receiver", for words */
	unsigned roles;     /* LINK_* */
	bool ended;
	struct pace hold;   /* after it was too fast */
	unsigned takes;     /* of this connection, waiting for done() */
	int64_t bound_at;   /* wall time of the latest bind; 0: never bound */
	struct doubts answers; /* that we wrote, and do not know to have arrived: of messages without an id */
	const void *witness;   /* a request of ours: its answer tells that `witnessed` of the answers before it arrived; or NULL */
	uint64_t witnessed;
	char why[CARRIER_WORDS_MAX]; /* of the latest loss; "" while bound */
};

/* A request of the carrier that waits for done(). */
struct carrier_ack {
	struct carrier_ack *next; /* in the free list */
	struct carrier_link *link;
	unsigned generation; /* of the session when it came: an answer on another connection would answer another request */
	uint32_t command, sequence;
	uint32_t settled;    /* what to answer when it was kept */
	uint8_t id[CARRIER_ID_MAX]; /* the dialect's own */
	bool refused;        /* to be remembered as this once it is kept */
	bool open, doubted;  /* doubted: its link ended before it was answered */
	bool nameless;       /* of a message without an id, which is known by `print` */
	bool expected;       /* it was in doubt, and came again */
	uint8_t print[DOUBT_PRINT]; /* of what was refused, or of the message */
};
_Static_assert((int)DOUBT_PRINT == (int)REFUSED_PRINT, "one room for either");
struct carrier_ack_block;

struct carrier_dialect {
	const char *name; /* for the log */
	const struct session_ops *session; /* owner: the link; ends with CARRIER_SESSION_OPS */
	/* Writes the part as a request of this link, which has room. E_RANGE and words: it can never be written. */
	int (*write)(struct carrier_link *l, const struct submit_part *part, struct err *e);
	/* Answers what came; kept: false when it must come again. */
	void (*respond)(struct carrier_link *l, const struct carrier_ack *ack, bool kept);
	/* "bound to 127.0.0.1:7890 with CMPP 3.0" */
	void (*describe)(const struct carrier_link *l, char words[CARRIER_WORDS_MAX]);
};

struct carrier {
	struct adapter base;
	const struct adapter_host *host;
	const struct carrier_dialect *dialect;
	struct session_config session_config, passive_config;
	struct submit_config submit_config;
	unsigned hold_min_ms, stall_ms, settle_ms;
	struct carrier_link *link[CARRIER_LINKS_MAX];
	unsigned links, next; /* next: where the search for a link begins */
	struct door *door;
	struct submit *submit;
	struct carrier_ack *free_acks;
	struct carrier_ack_block *ack_blocks;
	unsigned takes; /* waiting for done(), over every link */
	bool can_send;  /* as submit was told */
	int64_t changed_at; /* wall time when a link last came or went */
	int64_t began_at; /* wall time: what came before that, nothing is known of here */
	struct doubts doubts; /* what may come again, over whichever link */
	struct drain *drain;
	struct refused refused;
	struct metric *malformed, *throttled;
	struct buf text; /* reused for each message in */
	struct buf wire; /* reused for each PDU out */
};

/* --- life. The dialect fills in session_config (with passive_config made from it), then submit_config without messages,
 * and adds links; carrier_open() makes the rest. --- */
void carrier_init(struct carrier *c, const struct adapter_ops *ops, const struct adapter_host *host,
	const struct carrier_dialect *d);
/* Owned by the carrier from here on; l is the front of what malloc gave, blank but for its name. host and port: NULL and 0
 * when passive. */
void carrier_add(struct carrier *c, struct carrier_link *l, unsigned roles, const char *host, int port);
void carrier_open(struct carrier *c, size_t pdu_max);
/* Links that a carrier makes to us go to the passive ones. Over a store of several gateways an address that another has is
 * waited for (door.h). */
int carrier_listen(struct carrier *c, const struct config_listen *at, struct err *e);
int carrier_start(struct adapter *a, struct err *e);
int carrier_send(struct adapter *a, const struct msg_out *m);
bool carrier_sends(const struct adapter *a); /* also where nothing is received */
void carrier_drain(struct adapter *a);
void carrier_destroy(struct adapter **a);

/* --- what comes in --- */
/* Nothing more is taken over this link, since we drain or have unbound it: what comes must come again. */
bool carrier_takes_no_more(const struct carrier_link *l);
/* Opens an answer; give it to one of the four below. */
struct carrier_ack *carrier_ack(struct carrier_link *l, uint32_t command, uint32_t sequence, uint32_t settled);
/* Sets what m says of coming again. */
void carrier_take(struct carrier *c, struct msg_in *m, struct carrier_ack *ack);
void carrier_receipt(struct carrier *c, const struct receipt *r, struct carrier_ack *ack);
void carrier_quarantine(struct carrier *c, const char *reason, const char *peer, const uint8_t *raw, size_t n,
	struct carrier_ack *ack);
/* The same for what is answered with a fault, so that it comes again and again: it is kept once. What stands in the first `header`
 * octets, the sequence, is not compared. */
void carrier_refuse(struct carrier *c, const char *reason, const uint8_t *raw, size_t n, size_t header, struct carrier_ack *ack);
/* For session_ops: the stream is out of step. Counts, logs, and keeps the bytes, but not of who connected to us and has not logged in. */
void carrier_on_garbage(struct session *, void *owner, const char *why, const uint8_t *p, size_t n);
void carrier_answer_to_nothing(const struct carrier_link *l, const char *command, uint32_t sequence);

/* --- answers to what went out: request is what session_answered() gave --- */
void carrier_answered(struct carrier_link *l, void *request, enum submit_answer answer, const char *id,
	const char *reason);
void carrier_unanswered(struct carrier_link *l, void *request, const char *why);

/* --- the session's news, for session_ops: owner is a struct carrier_link --- */
void carrier_on_up(struct session *s, void *owner);
void carrier_on_down(struct session *s, void *owner, const char *why);
void carrier_on_unanswered(struct session *s, void *owner, void *request, enum session_end end);
void carrier_on_room(struct session *s, void *owner);
void carrier_on_ended(struct session *s, void *owner);
bool carrier_owes(struct session *s, void *owner);
#define CARRIER_SESSION_OPS carrier_on_up, carrier_on_down, carrier_on_unanswered, carrier_on_room, carrier_on_ended, carrier_owes

#endif
