#include "adapters/sms/msg_format.h"

#include <stdbool.h>

enum { FORMAT_ZERO = 0, FORMAT_ASCII = 1, FORMAT_UCS2 = 8, FORMAT_GB = 15 };

static bool has_class(uint8_t msg_format)
{
	return (msg_format & 0xF0) == 0xF0 || (msg_format & 0xF0) == 0x10;
}

static enum coding of_class(uint8_t msg_format, enum coding alphabet)
{
	switch (msg_format & 0x0C) {
	case 0x00:
		return alphabet;
	case 0x08:
		return CODING_UCS2;
	default: /* for the SIM, or reserved */
		return CODING_BINARY;
	}
}

enum coding msg_format_coding(uint8_t msg_format, enum coding alphabet)
{
	if (has_class(msg_format))
		return of_class(msg_format, alphabet);
	switch (msg_format) {
	case FORMAT_ZERO:
		return alphabet;
	case FORMAT_ASCII:
		return CODING_ASCII;
	case FORMAT_UCS2:
		return CODING_UCS2;
	case FORMAT_GB:
		return CODING_GB;
	default: /* 3 is a card to be written, 4 binary */
		return CODING_BINARY;
	}
}

uint8_t msg_format_of(enum coding c)
{
	must(c == CODING_ASCII || c == CODING_UCS2 || c == CODING_GB);
	return c == CODING_UCS2 ? FORMAT_UCS2 : c == CODING_GB ? FORMAT_GB : FORMAT_ZERO;
}
