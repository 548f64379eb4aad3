/* Result of SUBMIT_RESP: its words, and what each means for a part we sent. Pure. */
#ifndef XQ_CMPP_RESULT_H
#define XQ_CMPP_RESULT_H

#include <stdint.h>

#include "adapters/sms/submit.h"

enum { CMPP_OK = 0, CMPP_DUPLICATE_SEQUENCE = 3, CMPP_FLOW_CONTROL = 8 };
enum { CMPP_RESULT_MAX = 64 };
/* "flow control (8)", written into out. Returns out. */
const char *cmpp_result_words(uint32_t result, char out[CMPP_RESULT_MAX]);
/* 0: accepted; 8: slow down and again; everything else: never. What becomes of 3 the caller decides: sequences are
 * only repeated by sending a request again, so the first of the two may have been accepted. */
enum submit_answer cmpp_result_answer(uint32_t result);

#endif
