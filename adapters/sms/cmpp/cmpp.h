/* China Mobile's CMPP 2.0 and 3.0 as an SP: [channel NAME] type = cmpp. See gateway/adapter.h for the contract.
 *
 * Login: CONNECT with an MD5 digest. When the server answers "version too high" the link comes back with the version it
 *      offers; when it accepts 3.0 in the layout of 2.0, 2.0 is spoken.
 * In:  DELIVER becomes take(); DELIVER_RESP is written only from done(): 0 when stored, repeated or set aside, 8 (flow
 *      control) when not, and then the ISMG delivers again, as it does when no answer comes. While CARRIER_TAKES_MAX are
 *      unanswered the link is not read. external_id is Msg_Id as 16 hex digits and, behind a '#', the year, which Msg_Id
 *      does not hold; of a part of a long message with its index behind a '.' ("…#2026.1"), since some gateways give one
 *      Msg_Id to all parts. Status reports (60 or 71 octets, in either
 *      version) go to receipt() under the inner Msg_Id. What cannot be read goes to quarantine() with its bytes and is
 *      then answered 0: anything else would bring it again for ever. Lengths out of bounds end the link.
 * Out: SUBMIT to one number with Registered_Delivery; long texts as parts with UDH, TP_udhi, Pk_total and Pk_number;
 *      Msg_Fmt 0 or 8. A request without answer is written again with its Sequence_Id, CMPP_SENDS times in all,
 *      response_timeout apart; then its message is SENT_UNKNOWN. So it is after result 3 (duplicate sequence), which only
 *      such a second writing can bring about. Result 8 slows the link down; every other one is final.
 * Commands that CMPP does not know, or only an ISMG answers, are logged and ignored: there is no answer for them. */
#ifndef XQ_CMPP_CMPP_H
#define XQ_CMPP_CMPP_H

#include "adapters/sms/submit.h"
#include "gateway/adapter.h"

enum cmpp_verify { VERIFY_WARN, VERIFY_YES, VERIFY_NO };
enum cmpp_speak { SPEAK_20, SPEAK_30 };

struct cmpp_config {
	const char *host, *source_addr, *secret, *number, *service_id, *fee_type, *fee_code;
	int port, version, window, pace, enquire, response_timeout, reconnect_max, verify_server, fee_user_type;
	int unanswered, parts_max; /* enum unanswered; of one message */
	int alphabet; /* enum coding, CODING_GSM to CODING_GB: what Msg_Fmt 0 means in what comes */
	struct config_list link;
	bool plain;
	bool pad_source_addr;
};
extern const struct config_key cmpp_config_keys[];
void cmpp_config_check(const void *config, struct config_section *s, struct faults *f);

extern const struct adapter_ops cmpp_adapter;

#endif
