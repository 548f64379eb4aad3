#include "adapters/email/imap_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "adapters/email/transfer.h"
#include "gateway/base/utf8.h"

enum { MAILBOX_MAX = 500 };

void imap_reader_init(struct imap_reader *r)
{
	*r = (struct imap_reader){ 0 };
	buf_init(&r->line, IMAP_LINE_MAX);
}

void imap_reader_fini(struct imap_reader *r)
{
	buf_fini(&r->line);
}

/* "… {123}" at the end of a line. */
static bool announces(const char *line, size_t n, uint64_t *size)
{
	if (n < 3 || line[n - 1] != '}')
		return false;
	const char *open = memrchr(line, '{', n);
	size_t digits = (size_t)(line + n - 1 - open) - 1;
	if (!open || digits == 0 || digits > 12)
		return false;
	*size = 0;
	for (const char *p = open + 1; p < line + n - 1; p++) {
		if (!isdigit((unsigned char)*p))
			return false;
		*size = *size * 10 + (uint64_t)(*p - '0');
	}
	return true;
}

static bool line_ends(struct imap_reader *r, const struct imap_sink *sink)
{
	size_t n = r->line.len;
	if (n > 0 && r->line.data[n - 1] == '\r')
		r->line.data[r->line.len = --n] = '\0';
	uint64_t size;
	if (!announces(buf_str(&r->line), n, &size)) {
		sink->answer(sink->arg, buf_str(&r->line), n);
		buf_clear(&r->line);
		return true;
	}
	r->streamed = sink->literal(sink->arg, buf_str(&r->line), size);
	r->literal = size;
	return r->streamed || size <= IMAP_SMALL_LITERAL;
}

bool imap_read(struct imap_reader *r, const char *p, size_t n, const struct imap_sink *sink)
{
	while (n > 0) {
		size_t k;
		if (r->literal > 0) {
			k = n < r->literal ? n : (size_t)r->literal;
			if (r->streamed)
				sink->bytes(sink->arg, p, k);
			else if (!buf_add(&r->line, p, k))
				return false;
			r->literal -= k;
		} else {
			const char *lf = memchr(p, '\n', n);
			k = lf ? (size_t)(lf - p) + 1 : n;
			if (!buf_add(&r->line, p, k - (lf ? 1 : 0)) || (lf && !line_ends(r, sink)))
				return false;
		}
		p += k;
		n -= k;
	}
	return true;
}

uint32_t imap_code(const char *line, const char *name)
{
	const char *open = strchr(line, '[');
	size_t k = strlen(name);
	if (!open || strncasecmp(open + 1, name, k) || open[1 + k] != ' ')
		return 0;
	return (uint32_t)strtoul(open + 2 + k, NULL, 10);
}

uint32_t imap_next_uid(const char **at)
{
	char *end;
	unsigned long v = strtoul(*at, &end, 10);
	if (end == *at)
		return 0;
	*at = end;
	return v <= UINT32_MAX ? (uint32_t)v : 0;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

void imap_sort(uint32_t *uid, size_t n)
{
	if (n > 1)
		qsort(uid, n, sizeof *uid, by_number);
}

bool imap_has(const uint32_t *uid, size_t n, uint32_t one)
{
	return n > 0 && bsearch(&one, uid, n, sizeof *uid, by_number);
}

void imap_date(int64_t at, char out[IMAP_DATE_MAX])
{
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	time_t t = (time_t)(at / 1000);
	struct tm tm;
	gmtime_r(&t, &tm);
	(void)snprintf(out, IMAP_DATE_MAX, "%d-%s-%d", tm.tm_mday, month[tm.tm_mon], tm.tm_year + 1900);
}

void imap_look_back(bool renumbered, int64_t since, char out[IMAP_WHICH_MAX])
{
	char date[IMAP_DATE_MAX];
	imap_date(since, date);
	if (renumbered) /* what was stored before is found by its id */
		snprintf(out, IMAP_WHICH_MAX, " OR UNSEEN SINCE %s", date);
	else
		snprintf(out, IMAP_WHICH_MAX, " UNSEEN");
}

void imap_quote(const char *s, struct buf *out)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		if ((unsigned char)*s >= ' ')
			buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

/* A stretch of UTF-16 as "&…-": base64 with ',' for '/' and no padding. */
static void shifted(struct buf *utf16, struct buf *out)
{
	if (utf16->len == 0)
		return;
	struct buf b;
	buf_init(&b, 4 * MAILBOX_MAX);
	base64_encode(utf16->data, utf16->len, 0, &b);
	buf_addc(out, '&');
	for (size_t i = 0; i < b.len && b.data[i] != '='; i++)
		buf_addc(out, b.data[i] == '/' ? ',' : (char)b.data[i]);
	buf_addc(out, '-');
	buf_fini(&b);
	buf_clear(utf16);
}

bool imap_mailbox(const char *name, struct buf *out)
{
	struct buf utf16, plain;
	buf_init(&utf16, 4 * MAILBOX_MAX);
	buf_init(&plain, 8 * MAILBOX_MAX);
	size_t n = strlen(name);
	bool ok = n > 0 && n <= MAILBOX_MAX;
	for (size_t i = 0; ok && i < n;) {
		uint32_t cp;
		size_t k = utf8_next(name + i, n - i, &cp);
		ok = k > 0 && cp >= ' ';
		if (!ok)
			break;
		if (cp >= ' ' && cp < 0x7F) {
			shifted(&utf16, &plain);
			buf_addc(&plain, (char)cp);
			if (cp == '&')
				buf_addc(&plain, '-');
		} else if (cp >= 0x10000) {
			buf_u16(&utf16, (uint16_t)(0xD800 + ((cp - 0x10000) >> 10)));
			buf_u16(&utf16, (uint16_t)(0xDC00 + ((cp - 0x10000) & 0x3FF)));
		} else {
			buf_u16(&utf16, (uint16_t)cp);
		}
		i += k;
	}
	shifted(&utf16, &plain);
	if (ok)
		imap_quote(buf_str(&plain), out);
	buf_fini(&utf16);
	buf_fini(&plain);
	return ok;
}

bool imap_url_mailbox(const char *url, struct buf *name)
{
	const char *p = !strncasecmp(url, "imap://", 7) ? url + 7 : !strncasecmp(url, "imaps://", 8) ? url + 8 : NULL;
	if (!p || !*p || *p == '/')
		return false;
	p += strcspn(p, "/");
	p += *p == '/';
	if (!*p)
		return buf_adds(name, "INBOX");
	for (; *p; p++) {
		unsigned c = (unsigned char)*p;
		if (c == '%' && sscanf(p + 1, "%2x", &c) == 1)
			p += 2;
		buf_addc(name, (char)c);
	}
	return true;
}
