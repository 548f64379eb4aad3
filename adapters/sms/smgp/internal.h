/* What the files of the SMGP adapter share. */
#ifndef XQ_SMGP_INTERNAL_H
#define XQ_SMGP_INTERNAL_H

#include "adapters/sms/carrier.h"
#include "adapters/sms/smgp/login.h"
#include "adapters/sms/smgp/pdu.h"
#include "adapters/sms/smgp/smgp.h"
#include "adapters/sms/smgp/status.h"

enum { SMGP_SENDS = 3 };

struct smgp_link {
	struct carrier_link base; /* first */
	uint32_t sequence, login_sequence; /* of our last request and of our LOGIN */
	uint32_t exit_sequence; /* of the peer's EXIT */
	uint8_t login_digest[SMGP_DIGEST];
};

struct smgp {
	struct carrier carrier; /* first */
	const struct smgp_config *config;
	unsigned version; /* SMGP_30 or SMGP_13 */
	struct smgp_ranges retry;
};

static inline struct smgp *smgp_of(const struct smgp_link *l)
{
	return (struct smgp *)l->base.carrier;
}

/* link.c */
extern const struct session_ops smgp_session_ops;
void smgp_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept);

/* inbound.c: a DELIVER on a link that is bound, or unbound by us just now. raw is the whole PDU. */
void smgp_inbound(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw);
/* Sets raw bytes aside; answers the DELIVER with status once they are kept. */
void smgp_quarantine(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint32_t status);

/* outbound.c */
extern const struct segment_limits smgp_limits;
int smgp_write_part(struct carrier_link *l, const struct submit_part *part, struct err *e);
void smgp_outbound_answer(struct smgp_link *l, const struct smgp_pdu *pdu);

#endif
