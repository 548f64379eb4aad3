#include "adapters/email/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/html_doc.h"
#include "adapters/email/html_flat.h"
#include "adapters/email/picture.h"
#include "adapters/email/words.h"
#include "gateway/base/utf8.h"

enum { LIST_DEPTH = 16, META_WINDOW = 1024, LINK_MAX = 500 };

struct render {
	struct buf *out;
	size_t base;          /* where our text begins in out */
	unsigned newlines;    /* wanted before the next word */
	bool space;           /* a blank is wanted before the next word */
	bool cell;            /* a cell went before in this row */
	unsigned pre, hidden; /* depth of <pre>, of what is not shown */
	int list[LIST_DEPTH]; /* next number; -1: bullets */
	unsigned lists;
	long quote_at;
};

static bool is(const xmlNode *n, const char *name)
{
	return !strcmp((const char *)n->name, name);
}

enum kind { OTHER, HIDDEN, PARAGRAPH, BLOCK };

/* In order. */
static const struct known { const char *name; enum kind kind; } known[] = {
	{ "address", BLOCK }, { "article", BLOCK }, { "blockquote", PARAGRAPH }, { "caption", BLOCK },
	{ "center", BLOCK }, { "dd", BLOCK }, { "div", BLOCK }, { "dl", PARAGRAPH }, { "dt", BLOCK },
	{ "fieldset", BLOCK }, { "footer", BLOCK }, { "form", BLOCK }, { "h1", PARAGRAPH }, { "h2", PARAGRAPH },
	{ "h3", PARAGRAPH }, { "h4", PARAGRAPH }, { "h5", PARAGRAPH }, { "h6", PARAGRAPH }, { "head", HIDDEN },
	{ "header", BLOCK }, { "hr", PARAGRAPH }, { "legend", BLOCK }, { "li", BLOCK }, { "main", BLOCK },
	{ "nav", BLOCK }, { "noscript", HIDDEN }, { "object", HIDDEN }, { "ol", PARAGRAPH }, { "option", BLOCK },
	{ "p", PARAGRAPH }, { "pre", PARAGRAPH }, { "script", HIDDEN }, { "section", BLOCK }, { "style", HIDDEN },
	{ "table", PARAGRAPH }, { "template", HIDDEN }, { "title", HIDDEN }, { "tr", BLOCK }, { "ul", PARAGRAPH }
};

static int by_name(const void *name, const void *one)
{
	return strcmp(name, ((const struct known *)one)->name);
}

static enum kind kind_of(const xmlNode *n)
{
	const struct known *k = bsearch(n->name, known, sizeof known / sizeof *known, sizeof *known, by_name);
	return k ? k->kind : OTHER;
}

static void want_lines(struct render *r, unsigned n)
{
	if (n > r->newlines)
		r->newlines = n;
	r->space = false;
}

/* Writes the break or blank that is due. */
static void settle(struct render *r)
{
	if (r->out->len > r->base) {
		for (unsigned i = 0; i < r->newlines; i++)
			buf_addc(r->out, '\n');
		if (r->newlines == 0 && r->space)
			buf_addc(r->out, ' ');
	}
	r->newlines = 0;
	r->space = false;
}

static void word(struct render *r, const char *p, size_t n)
{
	settle(r);
	if (!buf_add(r->out, p, n))
		buf_add(r->out, p, utf8_cut(p, n, r->out->cap - r->out->len));
}

/* White space of HTML, and the no-break space that editors put everywhere. */
static size_t space_len(const char *p)
{
	if (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r' || *p == '\f')
		return 1;
	return p[0] == (char)0xC2 && p[1] == (char)0xA0 ? 2 : 0;
}

/* Its line ends count; a CR can only have come as a character reference. */
static void preformatted(struct render *r, const char *p)
{
	for (;;) {
		size_t n = strcspn(p, "\r");
		word(r, p, n);
		if (!p[n])
			return;
		p += n + 1;
		if (*p != '\n')
			word(r, "\n", 1);
	}
}

static void text(struct render *r, const char *p)
{
	if (r->pre) {
		preformatted(r, p);
		return;
	}
	while (*p) {
		size_t k;
		while (*p && (k = space_len(p))) {
			r->space |= r->newlines == 0;
			p += k;
		}
		const char *from = p;
		while (*p && !space_len(p))
			p++;
		if (p > from)
			word(r, from, (size_t)(p - from));
	}
}

static bool attribute_has(xmlNode *n, const char *name, const char *part)
{
	xmlChar *v = xmlGetProp(n, (const xmlChar *)name);
	bool found = v && strstr((const char *)v, part);
	xmlFree(v);
	return found;
}

static bool marks_quote(xmlNode *n)
{
	static const char *const ids[] = { "isReplyContent", "divRplyFwdMsg", "appendonsend", "replySplit",
		"reply139content", "origbody", "isForwardContent" };
	if (!n->properties)
		return false;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (attribute_has(n, "id", ids[i]))
			return true;
	return attribute_has(n, "class", "gmail_quote") || attribute_has(n, "class", "ntes-mailmaster-quote") ||
		(is(n, "blockquote") && attribute_has(n, "type", "cite"));
}

static void item(struct render *r)
{
	char mark[32];
	int *number = r->lists > 0 && r->lists <= LIST_DEPTH ? &r->list[r->lists - 1] : NULL;
	if (number && *number >= 0)
		snprintf(mark, sizeof mark, "%d. ", (*number)++);
	else
		snprintf(mark, sizeof mark, "- ");
	settle(r);
	for (unsigned i = 1; i < r->lists && i < LIST_DEPTH; i++)
		buf_adds(r->out, "  ");
	buf_adds(r->out, mark);
}

/* A part of this mail leaves a mark for its file's name (picture.h); any other picture, the words given for it. */
static bool picture_inside(struct render *r, xmlNode *n)
{
	xmlChar *src = xmlGetProp(n, (const xmlChar *)"src");
	const char *s = (const char *)src;
	bool inside = s && !strncasecmp(s, "cid:", 4) && strlen(s) - 4 <= PICTURE_ID_MAX && !strpbrk(s, "]\n");
	if (inside) {
		word(r, PICTURE_MARK, strlen(PICTURE_MARK));
		words_clean(s + 4, strlen(s) - 4, r->out);
		buf_adds(r->out, "]");
	}
	xmlFree(src);
	return inside;
}

static void picture(struct render *r, xmlNode *n)
{
	if (picture_inside(r, n))
		return;
	xmlChar *alt = xmlGetProp(n, (const xmlChar *)"alt");
	if (alt && *alt) {
		word(r, "[", 1);
		words_clean((const char *)alt, strlen((const char *)alt), r->out);
		buf_adds(r->out, "]");
	}
	xmlFree(alt);
}

static void list_begins(struct render *r, bool numbered)
{
	if (r->lists < LIST_DEPTH)
		r->list[r->lists] = numbered ? 1 : -1;
	if (r->lists > 0)
		r->newlines = 1;
	r->lists++;
}

static void enter(struct render *r, xmlNode *n)
{
	if (r->quote_at == HTML_NO_QUOTE && !r->hidden && marks_quote(n))
		r->quote_at = (long)r->out->len;
	enum kind kind = kind_of(n);
	if (kind == HIDDEN)
		r->hidden++;
	else if (is(n, "br"))
		r->newlines += r->newlines < 2;
	else if (kind != OTHER)
		want_lines(r, kind == PARAGRAPH ? 2 : 1);
	if (r->hidden)
		return;
	r->pre += is(n, "pre");
	if (is(n, "ul") || is(n, "ol"))
		list_begins(r, is(n, "ol"));
	else if (is(n, "li"))
		item(r);
	else if (is(n, "tr"))
		r->cell = false;
	else if (is(n, "img"))
		picture(r, n);
	else if (is(n, "a"))
		n->_private = (void *)(uintptr_t)r->out->len;
	else if (is(n, "hr"))
		word(r, "----------", 10);
	if (is(n, "td") || is(n, "th")) {
		if (r->cell)
			word(r, " | ", 3);
		r->cell = true;
	}
}

/* An address the words of the link, which begin where _private says, do not already show. */
static void link_ends(struct render *r, xmlNode *n)
{
	xmlChar *href = xmlGetProp(n, (const xmlChar *)"href");
	const char *h = (const char *)href;
	if (h && strlen(h) <= LINK_MAX && (!strncasecmp(h, "http://", 7) || !strncasecmp(h, "https://", 8))) {
		const char *said = buf_str(r->out) + (uintptr_t)n->_private;
		if (!strstr(said, strstr(h, "://") + 3)) {
			word(r, " <", 2);
			words_clean(h, strlen(h), r->out);
			buf_adds(r->out, ">");
		}
	}
	xmlFree(href);
}

static void leave(struct render *r, xmlNode *n)
{
	enum kind kind = kind_of(n);
	if (kind == HIDDEN) {
		r->hidden--;
		return;
	}
	if (is(n, "a") && !r->hidden)
		link_ends(r, n);
	if (!r->hidden) {
		r->pre -= is(n, "pre");
		r->lists -= (is(n, "ul") || is(n, "ol")) && r->lists > 0;
	}
	if ((is(n, "ul") || is(n, "ol")) && r->lists > 0)
		want_lines(r, 1);
	else if (kind != OTHER)
		want_lines(r, kind == PARAGRAPH ? 2 : 1);
}

static void visit(struct render *r, xmlNode *root)
{
	xmlNode *n = root;
	while (n) {
		if (n->type == XML_ELEMENT_NODE)
			enter(r, n);
		else if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && !r->hidden && n->content)
			text(r, (const char *)n->content);
		if (n->type == XML_ELEMENT_NODE && n->children) {
			n = n->children;
			continue;
		}
		while (n) {
			if (n->type == XML_ELEMENT_NODE)
				leave(r, n);
			if (n == root)
				return;
			if (n->next) {
				n = n->next;
				break;
			}
			n = n->parent;
		}
	}
}

void html_to_text(const char *html, size_t n, struct html_budget *left, struct buf *out, long *quote_at)
{
	struct render r = { .out = out, .base = out->len, .quote_at = HTML_NO_QUOTE };
	htmlDocPtr doc = html_doc(html, n, left);
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	if (root)
		visit(&r, root);
	else if (!doc)
		html_flat(html, n, &left->references, out);
	xmlFreeDoc(doc);
	if (quote_at)
		*quote_at = r.quote_at;
}

void html_charset(const char *html, size_t n, char out[40])
{
	out[0] = '\0';
	if (n > META_WINDOW)
		n = META_WINDOW;
	for (size_t i = 0; i + 8 < n; i++) {
		if (strncasecmp(html + i, "charset=", 8))
			continue;
		size_t at = i + 8, k = 0;
		while (at < n && strchr("\"' ", html[at]) && html[at])
			at++;
		while (at < n && k < 39 && html[at] && !strchr("\"' />;", html[at]))
			out[k++] = html[at++];
		out[k] = '\0';
		return;
	}
}
