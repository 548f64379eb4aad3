/* What the files of the SMPP adapter share. */
#ifndef XQ_SMPP_INTERNAL_H
#define XQ_SMPP_INTERNAL_H

#include "adapters/sms/drain.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/session.h"
#include "adapters/sms/smpp/pdu.h"
#include "adapters/sms/smpp/smpp.h"
#include "adapters/sms/smpp/status.h"
#include "adapters/sms/submit.h"
#include "gateway/base/metrics.h"

enum { TAKES_MAX = 5000, LINKS_MAX = 2 };

struct smpp;

/* One bind: transceiver, transmitter or receiver. */
struct smpp_link {
	struct smpp *smpp;
	struct session *session;
	uint32_t bind_command;
	uint32_t sequence; /* of the last request of ours, 1..0x7FFFFFFF */
	uint32_t bind_sequence;
	int64_t bound_at; /* wall time: what the carrier sends again from before it is a redelivery */
	bool ended;
};

/* A request of the carrier that waits for done(). */
struct smpp_ack {
	struct smpp_ack *next; /* in the free list, or of all blocks */
	struct smpp_link *link;
	unsigned generation;   /* of the link when it came: an answer on another connection would answer another request */
	uint32_t sequence, command;
	uint32_t settled_status; /* what to answer when it was kept */
};
struct smpp_ack_block;

struct smpp {
	struct adapter base;
	const struct smpp_config *config;
	const struct adapter_host *host;
	struct session_config session_config;
	struct submit_config submit_config;
	struct smpp_link link[LINKS_MAX];
	unsigned links;
	struct smpp_link *tx, *rx; /* the same one when bound as a transceiver */
	struct submit *submit;
	struct smpp_ack *free_acks;
	struct smpp_ack_block *ack_blocks;
	unsigned takes;  /* waiting for done() */
	struct drain *drain;
	struct metric *malformed, *throttled;
	struct buf text; /* reused for each message in */
	struct buf wire; /* reused for each PDU out */
};

/* link.c */
extern const struct session_ops smpp_session_ops;
void smpp_link_write(struct smpp_link *l, const struct smpp_pdu *pdu);
void smpp_link_respond(struct smpp_link *l, uint32_t command, uint32_t sequence, uint32_t status);
uint32_t smpp_link_next_sequence(struct smpp_link *l);
bool smpp_link_receives(const struct smpp_link *l);
const char *smpp_link_name(const struct smpp_link *l);

/* inbound.c: a deliver_sm or data_sm on a bound link. raw is the whole PDU. */
void smpp_inbound(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw);
/* Sets raw bytes aside; answers the request with status once they are kept. */
void smpp_quarantine(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint32_t status);
void smpp_acks_free(struct smpp *s);

/* outbound.c */
extern const struct submit_ops smpp_submit_ops;
void smpp_outbound_answer(struct smpp_link *l, const struct smpp_pdu *pdu);

/* smpp.c */
void smpp_link_up(struct smpp_link *l);
void smpp_link_down(struct smpp_link *l, const char *why);
void smpp_link_ended(struct smpp_link *l);
/* Something ended: when draining, is it the last? */
void smpp_maybe_drained(struct smpp *s);

#endif
