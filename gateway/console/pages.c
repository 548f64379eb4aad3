/* The pages for citizens that need no script: which language, and text that cannot become markup. */
#include "gateway/console/pages.h"

#include <string.h>
#include <strings.h>

#include "gateway/base/utf8.h"
#include "gateway/console/internal.h"

bool page_english(const struct http_req *r)
{
	const char *asked = http_query(r, "lang"), *accepts = http_header(r, "accept-language");
	if (asked != NULL)
		return strncasecmp(asked, "en", 2) == 0;
	if (accepts == NULL)
		return false;
	const char *zh = strcasestr(accepts, "zh"), *en = strcasestr(accepts, "en");
	return en != NULL && (zh == NULL || en < zh);
}

void page_text(struct buf *b, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&': buf_adds(b, "&amp;"); break;
		case '<': buf_adds(b, "&lt;"); break;
		case '>': buf_adds(b, "&gt;"); break;
		case '"': buf_adds(b, "&quot;"); break;
		case '\'': buf_adds(b, "&#39;"); break;
		default: buf_addc(b, *s);
		}
	}
}

void page_begin(struct buf *b, bool english, const char *title)
{
	buf_init(b, PAGE_MAX);
	buf_addf(b, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n<title>", english ? "en" : "zh-CN");
	page_text(b, title);
	buf_adds(b, "</title>\n<link rel=\"icon\" href=\"/console/mark.svg\" type=\"image/svg+xml\">\n"
		"<link rel=\"stylesheet\" href=\"/console/css/tokens.css\">\n"
		"<link rel=\"stylesheet\" href=\"/console/css/page.css\">\n<script src=\"/console/theme.js\"></script>\n"
		"</head>\n<body>\n<main>\n");
}

void page_end(struct http_req *r, int status, struct buf *b, bool english)
{
	static const char *const headers[] = { "Cache-Control", "no-store", "Vary", "Accept-Language", NULL };
	buf_addf(b, "<footer><a href=\"?lang=%s\" hreflang=\"%s\" lang=\"%s\">%s</a></footer>\n</main>\n</body>\n</html>\n",
		english ? "zh-CN" : "en", english ? "zh-CN" : "en", english ? "zh-CN" : "en", english ? "中文" : "English");
	must(!b->overflow);
	http_answer(r, status, "text/html; charset=utf-8", buf_str(b), b->len, headers);
	buf_fini(b);
}

/* --- forms --- */

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

const char *page_field(struct arena *a, const char *body, size_t n, const char *name)
{
	size_t len = strlen(name);
	const char *end = body + n;
	for (const char *p = body; p < end; p++) {
		const char *stop = memchr(p, '&', (size_t)(end - p));
		stop = stop ? stop : end;
		if ((size_t)(stop - p) > len && strncmp(p, name, len) == 0 && p[len] == '=') {
			char *out = arena_alloc(a, (size_t)(stop - p)), *to = out;
			for (p += len + 1; p < stop; p++) {
				bool escaped = *p == '%' && stop - p > 2 && hex(p[1]) >= 0 && hex(p[2]) >= 0;
				*to++ = escaped ? (char)(hex(p[1]) * 16 + hex(p[2])) : *p == '+' ? ' ' : *p;
				p += escaped ? 2 : 0;
			}
			return utf8_valid(out, (size_t)(to - out)) && memchr(out, 0, (size_t)(to - out)) == NULL ? out : NULL;
		}
		p = stop;
	}
	return NULL;
}
