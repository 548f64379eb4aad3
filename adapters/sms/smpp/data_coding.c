#include "adapters/sms/smpp/data_coding.h"

#include "adapters/sms/msg_format.h"

enum { DCS_LATIN1 = 3, DCS_UCS2 = 8, DCS_GB = 15 };

enum coding smpp_coding(uint8_t data_coding, enum coding alphabet)
{
	if (data_coding == DCS_LATIN1)
		return CODING_LATIN1;
	return msg_format_coding(data_coding, data_coding ? CODING_GSM : alphabet); /* with a class it is the handset's own */
}

uint8_t smpp_data_coding(enum coding c, enum coding alphabet)
{
	return c == alphabet ? 0 : c == CODING_UCS2 ? DCS_UCS2 : c == CODING_GB ? DCS_GB : c == CODING_LATIN1 ? DCS_LATIN1 : 0;
}
