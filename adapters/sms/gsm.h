/* GSM 03.38, the default alphabet and its extension table. Pure; any thread. For coding.c. */
#ifndef XQ_SMS_GSM_H
#define XQ_SMS_GSM_H

#include <stdint.h>

enum { GSM_ESCAPE = 0x1B };
/* The character of a septet below 0x80; GSM_ESCAPE gives 0. */
uint32_t gsm_basic(uint8_t septet);
/* The character behind an escape, or 0. */
uint32_t gsm_extension(uint8_t septet);
/* The septet of cp in the default alphabet, or -1. */
int gsm_find_basic(uint32_t cp);
int gsm_find_extension(uint32_t cp);

#endif
