/* Result of SGIP's responses and ErrorCode of its reports: words, and what a result means for a part we sent. Pure. */
#ifndef XQ_SGIP_RESULT_H
#define XQ_SGIP_RESULT_H

#include <stdint.h>

#include "adapters/sms/submit.h"

enum { SGIP_OK = 0, SGIP_LOGIN = 1, SGIP_LOGIN_TYPE = 4, SGIP_FORMAT = 5, SGIP_BUSY = 11 };
enum { SGIP_RESULT_MAX = 64 };
/* "node is busy (11)", written into out. Returns out. */
const char *sgip_result_words(uint8_t result, char out[SGIP_RESULT_MAX]);
/* 0: accepted; 11, the node is busy: slow down and again; everything else: never. */
enum submit_answer sgip_result_answer(uint8_t result);

#endif
