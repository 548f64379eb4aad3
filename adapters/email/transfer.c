#include "adapters/email/transfer.h"

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

void base64_end(struct base64 *s, struct buf *out)
{
	if (s->have >= 2)
		buf_u8(out, (uint8_t)(s->bits >> (s->have == 2 ? 4 : 10)));
	if (s->have == 3)
		buf_u8(out, (uint8_t)(s->bits >> 2));
	*s = (struct base64){ 0 };
}

void base64_decode(struct base64 *s, const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		int v = sextet(p[i]);
		if (p[i] == '=')
			base64_end(s, out);
		if (v < 0)
			continue;
		s->bits = s->bits << 6 | (uint32_t)v;
		if (++s->have < 4)
			continue;
		uint8_t three[3] = { (uint8_t)(s->bits >> 16), (uint8_t)(s->bits >> 8), (uint8_t)s->bits };
		buf_add(out, three, sizeof three);
		*s = (struct base64){ 0 };
	}
}

void base64_encode(const void *p, size_t n, unsigned line, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *b = p;
	unsigned column = 0;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (i + 1 < n ? (uint32_t)b[i + 1] << 8 : 0) | (i + 2 < n ? b[i + 2] : 0u);
		char four[4] = { digits[v >> 18], digits[v >> 12 & 63], i + 1 < n ? digits[v >> 6 & 63] : '=',
			i + 2 < n ? digits[v & 63] : '=' };
		buf_add(out, four, sizeof four);
		column += 4;
		if (line && column >= line) {
			buf_adds(out, "\r\n");
			column = 0;
		}
	}
	if (line && column)
		buf_adds(out, "\r\n");
}
