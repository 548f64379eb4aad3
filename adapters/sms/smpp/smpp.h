/* SMPP 3.4 as an ESME: [channel NAME] type = smpp. See gateway/adapter.h for the contract.
 *
 * In:  deliver_sm and data_sm become take(); the response is written only from done(): ESME_ROK when stored, repeated
 *      or set aside, ESME_RX_T_APPN (0x64, "again later") when not. While CARRIER_TAKES_MAX are unanswered the link is not read.
 *      deliver_sm has no id of its own, so external_id is NULL and the gateway fingerprints, unless the carrier sends
 *      receipted_message_id. user_message_reference is no such id: it is 16 bits of the telephone's own counting.
 *      Parts of long messages (UDH or sar_*) are taken as they come. Receipts go to receipt().
 *      What cannot be read goes to quarantine() with its bytes: a malformed body is then answered with its error; a
 *      command_length out of bounds ends the link. data_coding 2 and 4 are no text and are set aside too, as are septets of a
 *      national language's table. Optional parameters that run past the end do not keep the words from being taken. What is
 *      answered with a fault and comes again is kept once (refused.h). Until our bind is answered: "again later".
 *      With outbind_listen an SMSC that has something connects to us and says outbind; it is asked to bind us as a receiver on
 *      that connection.
 * TLS: with tls our links go through it, and the SMSC's certificate is checked; what it makes to us does not.
 * Out: submit_sm with registered_delivery; long texts as parts with UDH (submit.h says what becomes of a message). */
#ifndef XQ_SMPP_SMPP_H
#define XQ_SMPP_SMPP_H

#include "adapters/sms/submit.h"
#include "gateway/adapter.h"

enum smpp_bind_kind { BIND_TRX, BIND_PAIR };

struct smpp_config {
	const char *host, *system_id, *password, *system_type, *service_type, *number;
	int port, bind, window, pace, enquire, response_timeout, reconnect_max;
	int alphabet;   /* enum coding, CODING_GSM to CODING_GB: what data_coding 0 means */
	int message_id; /* enum receipt_ids */
	int unanswered, parts_max; /* enum unanswered; of one message */
	struct config_list link;
	struct config_listen outbind_listen;
	bool tls, plain;
	const char *tls_ca_file;
	const char *outbind_system_id, *outbind_password;
	int source_ton, source_npi, dest_ton, dest_npi; /* -1: from the number's form */
};
extern const struct config_key smpp_config_keys[];
void smpp_config_check(const void *config, struct config_section *s, struct faults *f);

extern const struct adapter_ops smpp_adapter;

#endif
