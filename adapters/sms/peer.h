/* Telephone numbers as carriers write them. Pure; any thread. */
#ifndef XQ_SMS_PEER_H
#define XQ_SMS_PEER_H

#include <stdbool.h>

#include "gateway/model/message.h"

/* A citizen's number in the gateway's form (address_phone). international: the carrier says it carries its country code
 * ("8613800138000"); Chinese mobile numbers with a bare 86 are known without that. false: it is no number at all, and
 * nothing can ever be answered to it ("INFO"). */
bool sms_peer(const char *number, bool international, char out[MSG_PEER_MAX]);

#endif
