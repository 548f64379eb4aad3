/* What the files of the CMPP adapter share. */
#ifndef XQ_CMPP_INTERNAL_H
#define XQ_CMPP_INTERNAL_H

#include "adapters/sms/carrier.h"
#include "adapters/sms/cmpp/cmpp.h"
#include "adapters/sms/cmpp/login.h"
#include "adapters/sms/cmpp/pdu.h"
#include "adapters/sms/cmpp/result.h"

enum { CMPP_SENDS = 3 };

struct cmpp_link {
	struct carrier_link base; /* first */
	uint8_t version;    /* of CONNECT and, once bound, of the link */
	uint32_t sequence;  /* of the last request of ours; wraps */
	uint32_t connect_sequence;
	uint32_t terminate_sequence; /* of the peer's TERMINATE */
	uint8_t authenticator[MD5_LEN]; /* of the last CONNECT */
};

struct cmpp {
	struct carrier carrier; /* first */
	const struct cmpp_config *config;
};

static inline struct cmpp *cmpp_of(const struct cmpp_link *l)
{
	return (struct cmpp *)l->base.carrier;
}

/* link.c */
extern const struct session_ops cmpp_session_ops;
void cmpp_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept);

/* inbound.c: a DELIVER on a bound link. raw is the whole PDU. */
void cmpp_inbound(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw);
/* Sets a DELIVER's raw bytes aside; answers it once they are kept. */
void cmpp_quarantine(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer);

/* outbound.c */
int cmpp_write_part(struct carrier_link *l, const struct submit_part *part, struct err *e);
void cmpp_outbound_answer(struct cmpp_link *l, const struct cmpp_pdu *pdu);

/* cmpp.c */
extern const struct segment_limits cmpp_limits;

#endif
