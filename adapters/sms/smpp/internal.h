/* What the files of the SMPP adapter share. */
#ifndef XQ_SMPP_INTERNAL_H
#define XQ_SMPP_INTERNAL_H

#include "adapters/sms/carrier.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/smpp/pdu.h"
#include "adapters/sms/smpp/smpp.h"
#include "adapters/sms/smpp/status.h"

/* One bind: transceiver, transmitter or receiver. */
struct smpp_link {
	struct carrier_link base; /* first */
	uint32_t bind_command;
	uint32_t sequence; /* of the last request of ours, 1..0x7FFFFFFF */
	uint32_t bind_sequence; /* of the latest bind; 0: none was ever written */
	uint32_t unbind_sequence; /* of the peer's unbind */
	unsigned bind_generation; /* the session's when it was: another connection answers no bind */
};

struct smpp {
	struct carrier carrier; /* first */
	const struct smpp_config *config;
	struct tls_context *tls; /* NULL: none */
};

static inline struct smpp *smpp_of(const struct smpp_link *l)
{
	return (struct smpp *)l->base.carrier;
}

/* link.c */
extern const struct session_ops smpp_session_ops;
void smpp_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept);
void smpp_link_respond(struct smpp_link *l, uint32_t command, uint32_t sequence, uint32_t status);
uint32_t smpp_link_next_sequence(struct smpp_link *l);

/* inbound.c: a deliver_sm or data_sm on a link that is bound, or unbound by us just now. raw is the whole PDU. */
void smpp_inbound(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw);
/* A deliver_sm or data_sm holds words, in short_message or message_payload. */
bool smpp_has_text(const struct smpp_pdu *pdu);
/* Sets raw bytes aside; answers the request with status once they are kept. */
void smpp_quarantine(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint32_t status);

/* outbound.c */
int smpp_write_part(struct carrier_link *l, const struct submit_part *part, struct err *e);
void smpp_outbound_answer(struct smpp_link *l, const struct smpp_pdu *pdu);

#endif
