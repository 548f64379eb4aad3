/* SMGP 3.0 and 1.3 (China Telecom) as an SP: [channel NAME] type = smgp. See gateway/adapter.h for the contract.
 *
 * One link, or several, for both directions, with ACTIVE_TEST and EXIT both ways; a request or probe without an answer is written
 * again with the same sequence, three times in all (session.h), and is unknown after that.
 *
 * In:  DELIVER becomes take(); DELIVER_RESP is written only from done(): status 0 when stored, repeated or set aside, 1
 *      ("busy") when not, so that it comes again. While CARRIER_TAKES_MAX are unanswered the link is not read. external_id
 *      is the MsgID as 20 hex digits and, behind a '#', the year of RecvTime (MsgID holds none and begins anew each
 *      year) and the number of the part. Parts joined by UDH, or by PkTotal and PkNumber, are taken as they come. Reports go to receipt().
 *      What cannot be read goes to quarantine() with its bytes: a malformed DELIVER is answered with status 10; a length
 *      out of bounds ends the link. Requests nobody knows have no answer in SMGP: they are logged and ignored.
 * Out: SUBMIT with NeedReport to one number, free of charge; MsgFormat 0 for ASCII, else 8 (UTF-16BE); long texts as
 *      parts with UDH and the TLVs TP_udhi, PkTotal and PkNumber (submit.h says what becomes of a message). */
#ifndef XQ_SMGP_SMGP_H
#define XQ_SMGP_SMGP_H

#include "adapters/sms/submit.h"
#include "gateway/adapter.h"

struct smgp_config {
	const char *host, *client_id, *secret, *number, *service_id;
	int port, version, window, pace, enquire, response_timeout, reconnect_max; /* version: 0 is 3.0, 1 is 1.3 */
	int unanswered, parts_max; /* enum unanswered; of one message */
	int alphabet; /* enum coding, CODING_GSM to CODING_GB: what MsgFormat 0 means in what comes */
	struct config_list link;
	bool plain;
	struct config_list retry_status;
};
extern const struct config_key smgp_config_keys[];
void smgp_config_check(const void *config, struct config_section *s, struct faults *f);

extern const struct adapter_ops smgp_adapter;

#endif
