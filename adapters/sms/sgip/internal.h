/* What the files of the SGIP adapter share. */
#ifndef XQ_SGIP_INTERNAL_H
#define XQ_SGIP_INTERNAL_H

#include "adapters/sms/carrier.h"
#include "adapters/sms/sgip/pdu.h"
#include "adapters/sms/sgip/result.h"
#include "adapters/sms/sgip/sgip.h"

enum { SGIP_SENDS = 3, SGIP_INBOUND = 16, SGIP_INBOUND_REST_MS = 60000 };

struct sgip {
	struct carrier carrier; /* first */
	const struct sgip_config *config;
	uint32_t node, counter; /* counter: of our last request, over all links */
};

struct sgip_link {
	struct carrier_link base; /* first */
	struct sgip_sequence unbind; /* of the peer's UNBIND */
};

static inline struct sgip *sgip_of(const struct carrier_link *l)
{
	return (struct sgip *)l->carrier;
}

/* link.c */
extern const struct session_ops sgip_session_ops;
struct sgip_sequence sgip_next_sequence(struct sgip *s);
/* What the window knows a request by: our node is the same in all. */
uint64_t sgip_key(const struct sgip_sequence *s);
void sgip_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept);

/* inbound.c: a DELIVER or REPORT on a connection of the SMG's that is bound, or unbound by us just now. raw is the whole PDU. */
void sgip_inbound(struct carrier_link *l, const struct sgip_pdu *pdu, const uint8_t *raw);
/* Sets raw bytes aside; answers with result once they are kept. */
void sgip_quarantine(struct carrier_link *l, const struct sgip_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint8_t result);

/* outbound.c */
extern const struct segment_limits sgip_limits;
int sgip_write_part(struct carrier_link *l, const struct submit_part *part, struct err *e);
void sgip_outbound_answer(struct carrier_link *l, const struct sgip_pdu *pdu);

#endif
