/* What the files of the CMPP adapter share. */
#ifndef XQ_CMPP_INTERNAL_H
#define XQ_CMPP_INTERNAL_H

#include <sys/queue.h>

#include "adapters/sms/cmpp/cmpp.h"
#include "adapters/sms/cmpp/login.h"
#include "adapters/sms/cmpp/pdu.h"
#include "adapters/sms/cmpp/result.h"
#include "adapters/sms/drain.h"
#include "adapters/sms/session.h"
#include "adapters/sms/submit.h"
#include "gateway/base/metrics.h"

enum { TAKES_MAX = 5000, SENDS = 3 };

/* A request of the carrier that waits for done(). */
struct cmpp_ack {
	LIST_ENTRY(cmpp_ack) link;
	unsigned generation; /* of the session when it came: an answer on another connection would answer another request */
	uint32_t sequence;
	uint64_t msg_id;
};

struct cmpp {
	struct adapter base;
	const struct cmpp_config *config;
	const struct adapter_host *host;
	struct session_config session_config;
	struct submit_config submit_config;
	struct session *session;
	struct submit *submit;
	uint8_t version;    /* of CONNECT and, once bound, of the link */
	uint32_t sequence;  /* of the last request of ours; wraps */
	uint32_t connect_sequence;
	uint8_t authenticator[MD5_LEN]; /* of the last CONNECT */
	int64_t bound_at;   /* wall time: what the carrier sends again from before it is a redelivery */
	LIST_HEAD(, cmpp_ack) acks;
	unsigned takes;     /* waiting for done() */
	struct drain *drain;
	struct metric *malformed, *throttled;
	struct buf text; /* reused for each message in */
	struct buf wire; /* reused for each PDU out */
};

/* link.c */
extern const struct session_ops cmpp_session_ops;
void cmpp_write(struct cmpp *c, const struct cmpp_pdu *pdu);
void cmpp_deliver_respond(struct cmpp *c, uint32_t sequence, uint64_t msg_id, uint32_t result);

/* inbound.c: a DELIVER on a bound link. raw is the whole PDU. */
void cmpp_inbound(struct cmpp *c, const struct cmpp_pdu *pdu, const uint8_t *raw);
/* Sets a DELIVER's raw bytes aside; answers it once they are kept. */
void cmpp_quarantine(struct cmpp *c, const struct cmpp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer);
void cmpp_acks_free(struct cmpp *c);

/* outbound.c */
extern const struct submit_ops cmpp_submit_ops;
void cmpp_outbound_answer(struct cmpp *c, const struct cmpp_pdu *pdu);

/* cmpp.c */
extern const struct segment_limits cmpp_limits;
void cmpp_link_up(struct cmpp *c);
void cmpp_link_down(struct cmpp *c, const char *why);
void cmpp_link_ended(struct cmpp *c);
/* Something ended: when draining, is it the last? */
void cmpp_maybe_drained(struct cmpp *c);

#endif
