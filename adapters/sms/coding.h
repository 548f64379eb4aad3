/* The alphabets of short messages, to and from UTF-8. Pure; any thread.
 *
 * Sources: GSM 03.38 (3GPP TS 23.038) section 6.2.1 for the default alphabet and its extension table; carriers'
 * "UCS-2" is read and written as UTF-16BE, since telephones put surrogate pairs in it; GB 18030 covers GBK and GB
 * 2312. */
#ifndef XQ_SMS_CODING_H
#define XQ_SMS_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

/* Stored beside the parts of long messages: never renumber. */
enum coding {
	CODING_GSM = 0,    /* one septet an octet, unpacked */
	CODING_LATIN1 = 1,
	CODING_ASCII = 2,
	CODING_GB = 3,
	CODING_UCS2 = 4,
	CODING_BINARY = 5, /* no text at all */
	CODINGS
};

/* Appends p as UTF-8. What means nothing in this alphabet becomes U+FFFD; the number of those is returned. U+0000 is
 * left out, since a C string cannot hold it. UCS-2 may begin with a byte-order mark. CODING_BINARY is a bug. */
size_t coding_decode(enum coding c, const uint8_t *p, size_t n, struct buf *text);
/* The alphabet that these octets are in where `said` cannot be right: some gateways send GB 18030, or UCS-2, under the number that
 * means ASCII or the GSM alphabet. `said`, unless that is one of those two, an octet is above 0x7F or, for ASCII, a control character, and all make sense. */
enum coding coding_guess(enum coding said, const uint8_t *p, size_t n);
const char *coding_name(enum coding c); /* as the setting `alphabet` has it; "ucs-2", "binary" */
/* Appends the coded text. false: a character is not in this alphabet; out then holds a part of the text. */
bool coding_encode(enum coding c, const char *text, size_t n, struct buf *out);
/* Septets this character costs in the GSM alphabet: 1, 2 (extension table), 0: it is not in it. */
unsigned coding_gsm_cost(uint32_t cp);

#endif
