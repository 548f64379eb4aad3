#include "adapters/sms/gsm.h"

#include <stddef.h>

static const uint16_t BASIC[128] = {
	'@', 0xA3, '$', 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, '\n', 0xD8, 0xF8, '\r', 0xC5, 0xE5,
	0x394, '_', 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0, 0xC6, 0xE6, 0xDF, 0xC9,
	' ', '!', '"', '#', 0xA4, '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
	0xA1, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 0xC4, 0xD6, 0xD1, 0xDC, 0xA7,
	0xBF, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0xE4, 0xF6, 0xF1, 0xFC, 0xE0
};

static const struct {
	uint8_t septet;
	uint16_t cp;
} EXTENSION[] = {
	{ 0x0A, '\f' }, { 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' }, { 0x2F, '\\' },
	{ 0x3C, '[' }, { 0x3D, '~' }, { 0x3E, ']' }, { 0x40, '|' }, { 0x65, 0x20AC }
};
enum { EXTENSIONS = sizeof EXTENSION / sizeof EXTENSION[0] };

uint32_t gsm_basic(uint8_t septet)
{
	return septet < 128 ? BASIC[septet] : 0;
}

uint32_t gsm_extension(uint8_t septet)
{
	for (size_t i = 0; i < EXTENSIONS; i++)
		if (EXTENSION[i].septet == septet)
			return EXTENSION[i].cp;
	return 0;
}

int gsm_find_basic(uint32_t cp)
{
	if (cp < 128 && cp && BASIC[cp] == cp)
		return (int)cp;
	if (!cp || cp > 0x3A9)
		return -1;
	for (int i = 0; i < 128; i++)
		if (BASIC[i] == cp)
			return i;
	return -1;
}

int gsm_find_extension(uint32_t cp)
{
	for (size_t i = 0; i < EXTENSIONS; i++)
		if (EXTENSION[i].cp == cp)
			return EXTENSION[i].septet;
	return -1;
}
