#include "adapters/email/header.h"

#include <string.h>
#include <strings.h>

static const char *const known[] = { "From", "To", "Cc", "Subject", "Date", "Message-ID", "Received", "Return-Path",
	"Delivered-To", "MIME-Version", "Content-Type", "Reply-To", "Sender", "DKIM-Signature", "X-Mailer",
	"Content-Transfer-Encoding", "In-Reply-To", "References", "X-Original-To", "Reporting-MTA", "Final-Recipient" };

static size_t line_end(const char *p, size_t n, size_t at)
{
	const char *lf = memchr(p + at, '\n', n - at);
	return lf ? (size_t)(lf - p) + 1 : n;
}

static bool line_blank(const char *p, size_t from, size_t to)
{
	while (from < to && (p[to - 1] == '\n' || p[to - 1] == '\r'))
		to--;
	return from == to;
}

/* The length of the field name at the beginning of a line, or 0. */
static size_t name_len(const char *p, size_t n)
{
	size_t k = 0;
	while (k < n && k < 76 && p[k] > 0x20 && p[k] < 0x7F && p[k] != ':')
		k++;
	size_t colon = k;
	while (colon < n && (p[colon] == ' ' || p[colon] == '\t'))
		colon++;
	return k > 0 && colon < n && p[colon] == ':' ? k : 0;
}

static size_t skip_front(const char *p, size_t n)
{
	size_t at = n >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3) ? 3 : 0;
	while (at < n && (p[at] == '\n' || p[at] == '\r'))
		at++;
	if (n - at > 5 && !memcmp(p + at, "From ", 5) && name_len(p + at, n - at) == 0)
		at = line_end(p, n, at);
	return at;
}

static char *unfold(struct arena *a, const char *p, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r' && p[i] != '\n')
			out[k++] = p[i] ? p[i] : ' ';
	while (k > 0 && (out[k - 1] == ' ' || out[k - 1] == '\t'))
		k--;
	out[k] = '\0';
	return out + strspn(out, " \t");
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcasecmp(name, known[i]))
			return true;
	return false;
}

static bool known_at(const char *p, size_t at, size_t n)
{
	char name[80];
	size_t k = name_len(p + at, line_end(p, n, at) - at);
	memcpy(name, p + at, k);
	name[k] = '\0';
	return k > 0 && is_known(name);
}

void headers_read(struct arena *a, const char *p, size_t n, struct headers *h)
{
	*h = (struct headers){ .start = skip_front(p, n) };
	h->field = arena_alloc(a, HEADER_LINES_MAX * sizeof *h->field);
	bool any = false;
	size_t at = h->start;
	while (at < n && h->count < HEADER_LINES_MAX && at - h->start < HEADER_BLOCK_MAX) {
		size_t end = line_end(p, n, at), k = name_len(p + at, end - at);
		if (line_blank(p, at, end))
			break;
		if (k == 0 && end < n && known_at(p, end, n)) { /* rubbish between two fields */
			at = end;
			continue;
		}
		if (k == 0)
			break;
		while (end < n && (p[end] == ' ' || p[end] == '\t') && !line_blank(p, end, line_end(p, n, end)))
			end = line_end(p, n, end);
		struct header *f = &h->field[h->count++];
		f->name = arena_strndup(a, p + at, k);
		const char *colon = memchr(p + at, ':', end - at);
		size_t len = (size_t)(p + end - colon) - 1;
		f->value = unfold(a, colon + 1, len < HEADER_FIELD_MAX ? len : HEADER_FIELD_MAX);
		any |= is_known(f->name);
		at = end;
	}
	if (!any) {
		h->count = 0;
		h->body = h->start;
		return;
	}
	h->body = at < n && line_blank(p, at, line_end(p, n, at)) ? line_end(p, n, at) : at;
}

const char *header_get(const struct headers *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (!strcasecmp(h->field[i].name, name))
			return h->field[i].value;
	return NULL;
}
