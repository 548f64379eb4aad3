/* The octet that says what a text's octets mean: Msg_Fmt of CMPP, MessageCoding of SGIP, MsgFormat of SMGP, and what SMPP's
 * data_coding has in common with them. Pure.
 *
 * Sources: CMPP, SGIP and SMGP (0, 3, 4, 8, 15); 3GPP TS 23.038 section 4 for the forms with a message class, 0x10 to 0x1F and 0xF0
 * to 0xFF, which gateways pass through from handsets: their low bits are the class, the middle ones the alphabet. */
#ifndef XQ_SMS_MSG_FORMAT_H
#define XQ_SMS_MSG_FORMAT_H

#include <stdint.h>

#include "adapters/sms/coding.h"

/* What the octets mean where 0, and 0 with a message class, is `alphabet`. CODING_BINARY: no text, or none we can read. */
enum coding msg_format_coding(uint8_t msg_format, enum coding alphabet);
/* c: CODING_ASCII, CODING_UCS2 or CODING_GB. */
uint8_t msg_format_of(enum coding c);

/* A dialect's key `alphabet`: choices in the order of enum coding. */
#define MSG_FORMAT_ALPHABETS "gsm|latin1|ascii|gb18030"

#endif
