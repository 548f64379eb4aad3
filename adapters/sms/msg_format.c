#include "adapters/sms/msg_format.h"

enum { FORMAT_ASCII = 0, FORMAT_UCS2 = 8, FORMAT_GB = 15 };

enum coding msg_format_coding(uint8_t msg_format)
{
	switch (msg_format) {
	case FORMAT_ASCII:
		return CODING_ASCII;
	case FORMAT_UCS2:
	case 0x18: case 0x19: case 0x1A: case 0x1B: /* with a message class, as handsets send it */
		return CODING_UCS2;
	case FORMAT_GB:
		return CODING_GB;
	default: /* 3 is a card to be written, 4 binary, 246 for the SIM */
		return CODING_BINARY;
	}
}

uint8_t msg_format_of(enum coding c)
{
	must(c == CODING_ASCII || c == CODING_UCS2 || c == CODING_GB);
	return c == CODING_UCS2 ? FORMAT_UCS2 : c == CODING_GB ? FORMAT_GB : FORMAT_ASCII;
}
