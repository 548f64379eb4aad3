/* Telephone numbers as carriers write them. Pure; any thread. */
#ifndef XQ_SMS_PEER_H
#define XQ_SMS_PEER_H

#include <stdbool.h>

#include "gateway/model/message.h"

/* A citizen's number in the gateway's form (address_phone). international: the carrier says beside it that it carries its
 * country code ("85291234567"). A Chinese mobile number stays one all the same, with 86 or without: a carrier that says so of
 * every number would make a foreigner of each citizen, and telephones of +1 that look like ours hardly reach a hotline. Where
 * + or 00 is written out it is believed. false: it is no number at all, and nothing can ever be answered to it ("INFO"). */
bool sms_peer(const char *number, bool international, char out[MSG_PEER_MAX]);
/* The number as carriers want it that write no plus; it may stand in room. One abroad that without its plus would be a
 * mobile number at home, and somebody else's, gets 00 instead. */
const char *sms_digits(const char *peer, char room[MSG_PEER_MAX]);
/* The same, at home without 86. */
const char *sms_home_digits(const char *peer, char room[MSG_PEER_MAX]);

#endif
