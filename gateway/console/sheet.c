#include "gateway/console/sheet.h"

#include <inttypes.h>
#include <string.h>

void sheet_begin(struct buf *b)
{
	buf_adds(b, "\xef\xbb\xbf");
}

void sheet_cell(struct buf *b, bool first, const char *text)
{
	if (!first)
		buf_addc(b, ',');
	bool formula = *text != '\0' && strchr("=+-@\t\r", *text) != NULL, quoted = strpbrk(text, "\",\r\n") != NULL;
	if (quoted)
		buf_addc(b, '"');
	if (formula)
		buf_addc(b, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(b, '"');
		buf_addc(b, *text);
	}
	if (quoted)
		buf_addc(b, '"');
}

void sheet_number(struct buf *b, int64_t n)
{
	buf_addf(b, ",%" PRId64, n);
}

void sheet_line_end(struct buf *b)
{
	buf_adds(b, "\r\n");
}
