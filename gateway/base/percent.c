#include "gateway/base/percent.h"

#include <string.h>

static bool letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool percent_add(struct buf *out, const char *text, const char *plain)
{
	bool fits = true;
	for (; *text; text++)
		fits &= letter_or_digit(*text) || strchr(plain, *text) ? buf_addc(out, *text) : buf_addf(out, "%%%02X", (unsigned char)*text);
	return fits;
}
