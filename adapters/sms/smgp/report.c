#include "adapters/sms/smgp/report.h"

#include <string.h>
#include <strings.h>

#include "adapters/sms/receipt.h"
#include "gateway/base/crypto.h"

enum { AT_ID = 3, AT_DONE = 65, DATE = 10, AT_STAT = 81, STAT = 7, AT_ERR = 93, ERR = 3 };

/* The printable word in these octets, "" when they are not all there. */
static void copy_word(const uint8_t *p, size_t n, size_t at, size_t width, char *out)
{
	size_t len = 0;
	if (at + width <= n)
		while (len < width && p[at + len] > ' ' && p[at + len] < 0x7F)
			len++;
	memcpy(out, p + (len ? at : 0), len);
	out[len] = '\0';
}

bool smgp_report_read(const uint8_t *p, size_t n, struct smgp_report *r)
{
	char date[DATE + 1];
	if (n < AT_ID + SMGP_MSG_ID || strncasecmp((const char *)p, "id:", AT_ID))
		return false;
	crypto_hex(p + AT_ID, SMGP_MSG_ID, r->id);
	copy_word(p, n, AT_STAT, STAT, r->stat);
	copy_word(p, n, AT_ERR, ERR, r->err);
	copy_word(p, n, AT_DONE, DATE, date);
	r->done_at = receipt_date(date);
	return true;
}
