/* The status report inside a DELIVER (section 5.2.5, 122 octets): every value stands at its own offset. The MsgID in it
 * is ten octets of any value, NULs, blanks and ':' among them, and vendors spell the labels differently at the same
 * length, so nothing is searched. Pure. */
#ifndef XQ_SMGP_REPORT_H
#define XQ_SMGP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/smgp/pdu.h"

struct smgp_report {
	char id[SMGP_MSG_ID_TEXT]; /* 20 hex digits */
	char stat[8], err[4];      /* "": cut off */
	int64_t done_at;           /* 0: cut off, or no date */
};
/* The tail may be cut off anywhere behind the MsgID. false: there is none. */
bool smgp_report_read(const uint8_t *p, size_t n, struct smgp_report *r);

#endif
