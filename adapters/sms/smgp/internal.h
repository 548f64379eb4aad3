/* What the files of the SMGP adapter share. */
#ifndef XQ_SMGP_INTERNAL_H
#define XQ_SMGP_INTERNAL_H

#include <sys/queue.h>

#include "adapters/sms/drain.h"
#include "adapters/sms/session.h"
#include "adapters/sms/smgp/login.h"
#include "adapters/sms/smgp/pdu.h"
#include "adapters/sms/smgp/smgp.h"
#include "adapters/sms/smgp/status.h"
#include "adapters/sms/submit.h"
#include "gateway/base/metrics.h"

/* A DELIVER that waits for done(). */
struct smgp_ack {
	LIST_ENTRY(smgp_ack) link;
	unsigned generation; /* of the link when it came: an answer on another connection would answer another request */
	uint32_t sequence, settled_status; /* what to answer when it was kept */
	uint8_t msg_id[SMGP_MSG_ID];
};

struct smgp {
	struct adapter base;
	const struct smgp_config *config;
	const struct adapter_host *host;
	unsigned version; /* SMGP_30 or SMGP_13 */
	struct smgp_ranges retry;
	struct session_config session_config;
	struct submit_config submit_config;
	struct session *session;
	struct submit *submit;
	uint32_t sequence, login_sequence; /* of our last request and of our LOGIN */
	uint8_t login_digest[SMGP_DIGEST];
	LIST_HEAD(, smgp_ack) acks;
	unsigned takes; /* waiting for done() */
	struct drain *drain;
	struct metric *malformed, *throttled;
	struct buf text; /* reused for each message in */
	struct buf wire; /* reused for each PDU out */
};

/* link.c */
extern const struct session_ops smgp_session_ops;
uint32_t smgp_next_sequence(struct smgp *s);
void smgp_write(struct smgp *s, const struct smgp_pdu *pdu);
void smgp_answer_deliver(struct smgp *s, uint32_t sequence, const uint8_t msg_id[SMGP_MSG_ID], uint32_t status);

/* inbound.c: a DELIVER on a bound link. raw is the whole PDU. */
void smgp_inbound(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw);
/* Sets raw bytes aside; answers the DELIVER with status once they are kept. */
void smgp_quarantine(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint32_t status);
void smgp_acks_free(struct smgp *s);

/* outbound.c */
extern const struct submit_ops smgp_submit_ops;
extern const struct segment_limits smgp_limits;
void smgp_outbound_answer(struct smgp *s, const struct smgp_pdu *pdu);

/* smgp.c */
void smgp_link_up(struct smgp *s);
void smgp_link_down(struct smgp *s, const char *why);
void smgp_link_ended(struct smgp *s);
/* Something ended: when draining, is it the last? */
void smgp_maybe_drained(struct smgp *s);

#endif
