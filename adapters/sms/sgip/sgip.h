/* China Unicom's SGIP 1.2 as an SP: [channel NAME] type = sgip. See gateway/adapter.h for the contract.
 *
 * Two one-way connections: ours to the SMG, for what goes out, and the SMG's to our listener, for what comes in. There is no
 * keep-alive. With nothing to say for `idle` seconds ours unbinds and rests until there is; the SMG may end it sooner. A
 * connection of the SMG's that says nothing for SGIP_INBOUND_REST_MS is unbound, unless it waits for an answer.
 *
 * In:  BIND with login type 2 and the SMG's own name and password, or the connection ends. DELIVER becomes take(), REPORT
 *      receipt(); the response is written only from done(): 0 when stored, repeated or set aside, 11 (busy) when not, and
 *      then the SMG sends again. While CARRIER_TAKES_MAX are unanswered no connection is read. external_id is the twelve
 *      octets of the sequence as 24 hex digits and, behind a '#', the year, which the sequence does not hold. What cannot be
 *      read goes to quarantine() with its bytes and is answered 5; a length out of bounds ends the connection.
 * Out: SUBMIT to one number with 86 in front and ReportFlag 1 (the default, 0, reports errors only). SUBMIT_RESP carries no
 *      id: the sequence of the SUBMIT is the message's. A request without an answer is written again with its sequence,
 *      SGIP_SENDS times in all, then it is unknown. Result 11 slows the link down; every other one is final. */
#ifndef XQ_SGIP_SGIP_H
#define XQ_SGIP_SGIP_H

#include "adapters/sms/submit.h"
#include "gateway/adapter.h"

enum sgip_charge { CHARGE_SP, CHARGE_USER };

struct sgip_config {
	const char *host, *login, *password, *smg_login, *smg_password, *node_id, *corp_id, *number, *service_type, *fee_value;
	int port, window, pace, response_timeout, reconnect_max, idle, fee_type, charge;
	int unanswered, parts_max; /* enum unanswered; of one message */
	int alphabet; /* enum coding, CODING_GSM to CODING_GB: what MessageCoding 0 means in what comes */
	struct config_list link;
	bool plain;
	struct config_listen listen;
};
extern const struct config_key sgip_config_keys[];
void sgip_config_check(const void *config, struct config_section *s, struct faults *f);

extern const struct adapter_ops sgip_adapter;

#endif
