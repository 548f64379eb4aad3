/* MsgFormat of SMGP (section 6.2.5). Pure. */
#ifndef XQ_SMGP_MSG_FORMAT_H
#define XQ_SMGP_MSG_FORMAT_H

#include <stdint.h>

#include "adapters/sms/coding.h"

/* CODING_BINARY: no text, or none we can read. */
enum coding smgp_coding(uint8_t msg_format);
/* c: CODING_ASCII, CODING_UCS2 or CODING_GB. */
uint8_t smgp_msg_format(enum coding c);

#endif
