#include "adapters/email/html_flat.h"

#include <libxml/HTMLparser.h>
#include <libxml/chvalid.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"

enum { NAME_LONGEST = 10 };

struct flat {
	struct buf *out;
	size_t base;     /* where our text begins in out */
	unsigned breaks; /* wanted before the next word */
	bool space;
	size_t *references; /* libxml2 looks for each in a list */
};

/* In order: what begins a line, and what is not shown. */
static const struct known { char name[NAME_LONGEST + 1]; bool hidden; } known[] = {
	{ "address", false }, { "article", false }, { "blockquote", false }, { "br", false }, { "center", false },
	{ "dd", false }, { "div", false }, { "dl", false }, { "dt", false }, { "footer", false }, { "form", false },
	{ "h1", false }, { "h2", false }, { "h3", false }, { "h4", false }, { "h5", false }, { "h6", false },
	{ "header", false }, { "hr", false }, { "li", false }, { "ol", false }, { "p", false }, { "pre", false },
	{ "script", true }, { "section", false }, { "style", true }, { "table", false }, { "td", false }, { "th", false },
	{ "title", true }, { "tr", false }, { "ul", false }
};

static int by_name(const void *name, const void *one)
{
	return strcmp(name, ((const struct known *)one)->name);
}

/* --- words --- */

static void settle(struct flat *f)
{
	if (f->out->len > f->base) {
		for (unsigned i = 0; i < f->breaks; i++)
			buf_addc(f->out, '\n');
		if (f->breaks == 0 && f->space)
			buf_addc(f->out, ' ');
	}
	f->breaks = 0;
	f->space = false;
}

static size_t space_len(const char *p, size_t n)
{
	if (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r' || *p == '\f')
		return 1;
	return n > 1 && p[0] == (char)0xC2 && p[1] == (char)0xA0 ? 2 : 0;
}

/* Text without tags and references. */
static void words(struct flat *f, const char *p, size_t n)
{
	for (size_t i = 0, k; i < n;) {
		if ((k = space_len(p + i, n - i)) > 0) {
			f->space = true;
			i += k;
			continue;
		}
		size_t from = i;
		while (i < n && (unsigned char)p[i] >= ' ' && !space_len(p + i, n - i))
			i++;
		if (i > from) {
			settle(f);
			if (!buf_add(f->out, p + from, i - from))
				buf_add(f->out, p + from, utf8_cut(p + from, i - from, f->out->cap - f->out->len));
		} else {
			i++; /* a control */
		}
	}
}

/* --- references --- */

static int digit(char c, unsigned base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return base == 16 && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool letter(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* "#8364", "#x20AC". */
static size_t numbered(const char *p, size_t n, uint32_t *cp)
{
	bool hex = n > 1 && (p[1] | 32) == 'x';
	unsigned base = hex ? 16 : 10;
	size_t i = 1 + hex, from = i;
	int d;
	for (*cp = 0; i < n && (d = digit(p[i], base)) >= 0; i++)
		*cp = *cp < 0x110000 ? *cp * base + (unsigned)d : *cp;
	return i > from && xmlIsCharQ(*cp) ? i : 0;
}

static size_t named(struct flat *f, const char *p, size_t n, uint32_t *cp)
{
	char name[NAME_LONGEST + 1];
	size_t k = 0;
	while (k < n && k < NAME_LONGEST && (letter(p[k]) || (k > 0 && digit(p[k], 10) >= 0)))
		name[k] = p[k], k++;
	name[k] = '\0';
	if (k == 0 || k == NAME_LONGEST || *f->references == 0)
		return 0;
	--*f->references;
	const htmlEntityDesc *found = htmlEntityLookup((const xmlChar *)name);
	*cp = found ? found->value : 0;
	return found ? k : 0;
}

/* The reference at p, which is a '&', or the sign itself; bytes taken. */
static size_t reference(struct flat *f, const char *p, size_t n)
{
	uint32_t cp;
	char one[8];
	struct buf b;
	size_t k = n < 2 ? 0 : p[1] == '#' ? numbered(p + 1, n - 1, &cp) : named(f, p + 1, n - 1, &cp);
	if (k == 0) {
		words(f, p, 1);
		return 1;
	}
	buf_init(&b, sizeof one);
	utf8_put(&b, cp);
	words(f, buf_str(&b), b.len);
	buf_fini(&b);
	return 1 + k + (1 + k < n && p[1 + k] == ';');
}

/* --- tags --- */

/* Behind the next `end`; 0: there is none, here or later. Not by memmem(), of which AddressSanitizer wants all that is left looked at. */
static size_t behind(const char *p, size_t n, size_t at, const char *end, bool *none)
{
	const size_t len = strlen(end);
	for (const char *c = p + at; !*none && (c = memchr(c, *end, (size_t)(p + n - c))); c++)
		if ((size_t)(p + n - c) >= len && !memcmp(c, end, len))
			return (size_t)(c - p) + len;
	*none = true;
	return 0;
}

/* The name of the tag at p, small; "" when it is longer than any we know. */
static void tag_name(const char *p, size_t n, char name[NAME_LONGEST + 1])
{
	size_t k = 0;
	while (k < n && k < NAME_LONGEST && (letter(p[k]) || digit(p[k], 10) >= 0))
		name[k] = (char)(p[k] | 32), k++; /* digits stay */
	name[k < n && (letter(p[k]) || digit(p[k], 10) >= 0) ? 0 : k] = '\0';
}

static bool is_tag(const char *p, size_t n)
{
	return n > 1 && (letter(p[1]) || p[1] == '/' || p[1] == '!' || p[1] == '?');
}

void html_flat(const char *html, size_t n, size_t *references, struct buf *out)
{
	struct flat f = { .out = out, .base = out->len, .references = references };
	bool no_tag = false, no_comment = false, no_end = false;
	for (size_t i = 0, to; i < n && !out->overflow; i = to) {
		const char *p = html + i;
		char name[NAME_LONGEST + 1];
		bool comment = n - i > 4 && !memcmp(p, "<!--", 4), ending = n - i > 1 && p[1] == '/';
		if (*p == '&') {
			to = i + reference(&f, p, n - i);
			continue;
		}
		to = comment ? behind(html, n, i, "-->", &no_comment) :
			*p == '<' && is_tag(p, n - i) ? behind(html, n, i, ">", &no_tag) : 0;
		if (to == 0) {
			for (to = i + 1; to < n && html[to] != '<' && html[to] != '&'; to++)
				;
			words(&f, p, to - i);
			continue;
		}
		tag_name(p + 1 + ending, n - i - 1 - ending, name);
		const struct known *tag = bsearch(name, known, sizeof known / sizeof *known, sizeof *known, by_name);
		if (tag && tag->hidden && !ending) {
			size_t end = behind(html, n, to, "</", &no_end);
			to = end ? end - 2 : to;
		} else if (tag && !tag->hidden) {
			f.breaks += f.breaks < 2;
		}
	}
}
