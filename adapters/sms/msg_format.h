/* The octet that says what a text's octets mean: Msg_Fmt of CMPP, MessageCoding of SGIP, MsgFormat of SMGP. Pure. */
#ifndef XQ_SMS_MSG_FORMAT_H
#define XQ_SMS_MSG_FORMAT_H

#include <stdint.h>

#include "adapters/sms/coding.h"

/* CODING_BINARY: no text, or none we can read. */
enum coding msg_format_coding(uint8_t msg_format);
/* c: CODING_ASCII, CODING_UCS2 or CODING_GB. */
uint8_t msg_format_of(enum coding c);

#endif
