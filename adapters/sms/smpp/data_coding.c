#include "adapters/sms/smpp/data_coding.h"

enum { DCS_ASCII = 1, DCS_LATIN1 = 3, DCS_UCS2 = 8, DCS_GB = 15 };

/* 0xF0 to 0xFF and, as some carriers write it, 0x10 to 0x1F: the low bits are the class, the middle ones the
 * alphabet. */
static enum coding of_class(uint8_t data_coding)
{
	switch (data_coding & 0x0C) {
	case 0x00:
		return CODING_GSM;
	case 0x08:
		return CODING_UCS2;
	default:
		return CODING_BINARY;
	}
}

enum coding smpp_coding(uint8_t data_coding, enum coding alphabet)
{
	if ((data_coding & 0xF0) == 0xF0 || (data_coding & 0xF0) == 0x10)
		return of_class(data_coding);
	switch (data_coding) {
	case 0:
		return alphabet;
	case DCS_ASCII:
		return CODING_ASCII;
	case DCS_LATIN1:
		return CODING_LATIN1;
	case DCS_UCS2:
		return CODING_UCS2;
	case DCS_GB:
		return CODING_GB;
	default:
		return CODING_BINARY;
	}
}

uint8_t smpp_data_coding(enum coding c, enum coding alphabet)
{
	return c == alphabet ? 0 : c == CODING_UCS2 ? DCS_UCS2 : c == CODING_GB ? DCS_GB : c == CODING_LATIN1 ? DCS_LATIN1 : 0;
}
