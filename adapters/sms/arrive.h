/* What a citizen sent, once a dialect has found its fields: a whole text, or a part of a longer one. Thread: the loop. */
#ifndef XQ_SMS_ARRIVE_H
#define XQ_SMS_ARRIVE_H

#include "adapters/sms/carrier.h"
#include "adapters/sms/segment.h"

/* The PDU that brought it: kept with the message where its octets could not be read as its format says, so that nothing of it is
 * lost. */
struct arrive_pdu {
	const uint8_t *raw;
	size_t n;
	unsigned format; /* as on the wire: data_coding, Msg_Fmt */
};

/* Says in the log why a text in a national language's table is set aside. */
void arrive_foreign(const struct carrier *c, const struct udh *u);

/* The octets behind u->len of p become m's text or part, and m goes to take(). by: what u was read from, where a dialect has
 * more than one form of joining ("s" for SMPP's parameters, NULL for a header). m's peer, account and ids are set already. */
void arrive(struct carrier *c, struct msg_in *m, const uint8_t *p, size_t n, const struct udh *u, const char *by,
	enum coding coding, const struct arrive_pdu *pdu, struct carrier_ack *ack);

#endif
