/* command_status values (SMPP 3.4 section 5.1.3): their names, and what each means for a part we sent. Pure. */
#ifndef XQ_SMPP_STATUS_H
#define XQ_SMPP_STATUS_H

#include <stdint.h>

#include "adapters/sms/submit.h"

enum {
	ESME_ROK = 0x00, ESME_RINVMSGLEN = 0x01, ESME_RINVCMDLEN = 0x02, ESME_RINVCMDID = 0x03, ESME_RINVBNDSTS = 0x04,
	ESME_RALYBND = 0x05, ESME_RSYSERR = 0x08, ESME_RBINDFAIL = 0x0D, ESME_RINVPASWD = 0x0E, ESME_RINVSYSID = 0x0F,
	ESME_RMSGQFUL = 0x14, ESME_RSUBMITFAIL = 0x45, ESME_RTHROTTLED = 0x58, ESME_RX_T_APPN = 0x64,
	ESME_RX_P_APPN = 0x65, ESME_RX_R_APPN = 0x66, ESME_RINVOPTPARSTREAM = 0xC0
};
/* "throttled (0x58)", written into out. Returns out. */
enum { SMPP_STATUS_MAX = 64 };
const char *smpp_status_words(uint32_t status, char out[SMPP_STATUS_MAX]);
/* 0: accepted; throttled and queue full: slow down and again; system error, submit failed, temporary: again later;
 * everything else: never. */
enum submit_answer smpp_status_answer(uint32_t status);

#endif
