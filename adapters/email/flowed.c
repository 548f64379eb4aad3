#include "adapters/email/flowed.h"

#include <string.h>

static void quote_marks(unsigned depth, struct buf *out)
{
	for (unsigned i = 0; i < depth; i++)
		buf_addc(out, '>');
	if (depth > 0)
		buf_addc(out, ' ');
}

void flowed_decode(const char *p, size_t n, bool delsp, struct buf *out)
{
	unsigned before = 0; /* depth of the line that flows into this one */
	bool flowing = false;
	for (size_t at = 0; at < n;) {
		const char *lf = memchr(p + at, '\n', n - at), *line = p + at;
		size_t whole = lf ? (size_t)(lf - line) + 1 : n - at, len = whole - (lf ? 1 : 0);
		at += whole;
		if (len > 0 && line[len - 1] == '\r')
			len--;
		unsigned depth = 0;
		while (len > 0 && *line == '>')
			depth++, line++, len--;
		if (len > 0 && *line == ' ')
			line++, len--;
		bool signature = len == 3 && !memcmp(line, "-- ", 3);
		if (flowing && (depth != before || signature)) {
			buf_addc(out, '\n');
			flowing = false;
		}
		if (!flowing)
			quote_marks(depth, out);
		bool flows = len > 0 && line[len - 1] == ' ' && !signature;
		buf_add(out, line, len - (flows && delsp ? 1 : 0));
		if (!flows && lf)
			buf_addc(out, '\n');
		flowing = flows;
		before = depth;
	}
}
