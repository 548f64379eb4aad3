#include "adapters/email/transfer.h"

#include <stdbool.h>

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

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is held begins with '='. 1: it was a whole code or soft break; 0: more must come; -1: it is neither. */
static int quoted_step(const struct quoted *q, struct buf *out)
{
	if (q->n == 1)
		return 0;
	char last = q->held[q->n - 1];
	if (last == '\n')
		return 1;
	if (q->n == 3 && hex_of(q->held[1]) >= 0 && hex_of(last) >= 0) {
		buf_u8(out, (uint8_t)(hex_of(q->held[1]) << 4 | hex_of(last)));
		return 1;
	}
	bool blank = last == ' ' || last == '\t' || last == '\r';
	bool digit = q->n == 2 && hex_of(last) >= 0;
	return (blank && (q->n == 2 || hex_of(q->held[1]) < 0)) || digit ? (q->n < sizeof q->held ? 0 : -1) : -1;
}

void quoted_decode(struct quoted *q, const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (q->n == 0 && p[i] != '=') {
			buf_addc(out, p[i]);
			continue;
		}
		q->held[q->n++] = p[i];
		int rc = quoted_step(q, out);
		if (rc < 0) { /* the '=' meant itself; what followed is looked at again */
			unsigned again = q->n - 1;
			char held[sizeof q->held];
			for (unsigned k = 0; k < again; k++)
				held[k] = q->held[k + 1];
			q->n = 0;
			buf_addc(out, '=');
			quoted_decode(q, held, again, out);
		} else if (rc > 0) {
			q->n = 0;
		}
	}
}

void quoted_end(struct quoted *q, struct buf *out)
{
	bool soft = q->n > 0;
	for (unsigned i = 1; i < q->n; i++)
		soft &= q->held[i] == ' ' || q->held[i] == '\t' || q->held[i] == '\r';
	if (!soft)
		buf_add(out, q->held, q->n);
	q->n = 0;
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
