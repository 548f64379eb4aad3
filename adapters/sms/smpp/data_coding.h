/* data_coding of SMPP 3.4 (section 5.2.19), and the message class forms of GSM 03.38 that carriers pass through.
 * Pure. */
#ifndef XQ_SMPP_DATA_CODING_H
#define XQ_SMPP_DATA_CODING_H

#include <stdint.h>

#include "adapters/sms/coding.h"

/* What the octets mean when data_coding 0 is `alphabet`. CODING_BINARY: no text, or none we can read. */
enum coding smpp_coding(uint8_t data_coding, enum coding alphabet);
uint8_t smpp_data_coding(enum coding c, enum coding alphabet);

#endif
