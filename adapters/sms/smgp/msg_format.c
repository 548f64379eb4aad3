#include "adapters/sms/smgp/msg_format.h"

enum { FORMAT_ASCII = 0, FORMAT_UCS2 = 8, FORMAT_GB = 15 };

enum coding smgp_coding(uint8_t msg_format)
{
	switch (msg_format) {
	case FORMAT_ASCII:
		return CODING_ASCII;
	case FORMAT_UCS2:
		return CODING_UCS2;
	case FORMAT_GB:
		return CODING_GB;
	default:
		return CODING_BINARY;
	}
}

uint8_t smgp_msg_format(enum coding c)
{
	must(c == CODING_ASCII || c == CODING_UCS2 || c == CODING_GB);
	return c == CODING_UCS2 ? FORMAT_UCS2 : c == CODING_GB ? FORMAT_GB : FORMAT_ASCII;
}
