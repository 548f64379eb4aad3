#include "adapters/email/html_doc.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* --- attributes --- */

/* Within a tag, as libxml2 walks it. A tag is begun at every "<" and a letter, comment or not, so that none can be hidden. */
enum place { TAG, BETWEEN, NAME, BEHIND, EQUALS, VALUE, BOGUS, DOUBLE, SINGLE, PLACES, OUT = PLACES };

enum { NAME_LONG = 100 }; /* libxml2 takes a longer one for several */

static bool name_begins(char c)
{
	return isalpha((unsigned char)c) || c == '_' || c == ':' || c == '.';
}

static bool name_goes_on(char c)
{
	return name_begins(c) || isdigit((unsigned char)c) || c == '-';
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum place between(char c)
{
	return c == '>' ? OUT : blank(c) ? BETWEEN : name_begins(c) ? NAME : BOGUS;
}

static enum place step(enum place at, char c)
{
	switch (at) {
	case TAG: return name_goes_on(c) ? TAG : between(c);
	case NAME: return name_goes_on(c) ? NAME : c == '=' ? EQUALS : blank(c) ? BEHIND : between(c);
	case BEHIND: return c == '=' ? EQUALS : blank(c) ? BEHIND : between(c);
	case EQUALS: return c == '"' ? DOUBLE : c == '\'' ? SINGLE : blank(c) ? EQUALS : c == '>' ? OUT : VALUE;
	case VALUE:
	case BOGUS: return c == '>' ? OUT : blank(c) ? BETWEEN : at;
	case DOUBLE: return c == '"' ? BETWEEN : at;
	case SINGLE: return c == '\'' ? BETWEEN : at;
	default: return between(c);
	}
}

/* Of all tags that may be open here, the most attributes at each place; -1: none is there. */
static bool too_many_attributes(const char *p, size_t n)
{
	int most[PLACES];
	memset(most, -1, sizeof most);
	bool open = false;
	for (size_t i = 0, name = 0; i < n; i++) {
		int next[PLACES + 1];
		if (!open) {
			const char *lt = memchr(p + i, '<', n - i);
			if (!lt)
				return false;
			i = (size_t)(lt - p);
		}
		memset(next, -1, sizeof next);
		name = name_goes_on(p[i]) ? name + 1 : 0;
		for (enum place at = 0; at < PLACES && open; at++) {
			bool cut = name > 0 && name % NAME_LONG == 0;
			enum place to = at == TAG && cut ? NAME : step(at, p[i]);
			int count = most[at] + (to == NAME && (at != NAME || cut));
			if (most[at] >= 0 && count > next[to])
				next[to] = count;
		}
		if (i > 0 && p[i - 1] == '<' && name_begins(p[i]))
			next[TAG] = 0;
		open = p[i] == '<';
		for (enum place at = 0; at < PLACES; at++) {
			most[at] = next[at];
			open |= most[at] >= 0;
			if (most[at] > HTML_DOC_ATTRIBUTES)
				return true;
		}
	}
	return false;
}

/* --- reading --- */

htmlDocPtr html_doc(const char *html, size_t n)
{
	int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
		HTML_PARSE_COMPACT;
	if (n > HTML_DOC_MAX || too_many_attributes(html, n))
		return NULL;
	htmlParserCtxtPtr parser = htmlNewParserCtxt();
	htmlDocPtr doc = parser ? htmlCtxtReadMemory(parser, html, (int)n, NULL, "UTF-8", options) : NULL;
	if (parser && parser->disableSAX) { /* it stopped */
		xmlFreeDoc(doc);
		doc = NULL;
	}
	htmlFreeParserCtxt(parser);
	return doc;
}

/* --- without its structure --- */

static const char *const block[] = { "address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "footer", "form", "h1",
	"h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul", NULL };
static const char *const hidden[] = { "script", "style", "title", NULL };

static bool named(const char *p, size_t n, const char *const *names)
{
	size_t k = 0;
	while (k < n && isalnum((unsigned char)p[k]))
		k++;
	for (; *names; names++)
		if (strlen(*names) == k && !strncasecmp(p, *names, k))
			return true;
	return false;
}

/* Behind the next `end`; 0: there is none, here or later. */
static size_t behind(const char *p, size_t n, size_t at, const char *end, bool *none)
{
	const char *found = *none ? NULL : memmem(p + at, n - at, end, strlen(end));
	*none = !found;
	return found ? (size_t)(found - p) + strlen(end) : 0;
}

void html_flat(const char *html, size_t n, struct buf *out)
{
	bool no_tag = false, no_comment = false, no_end = false;
	for (size_t i = 0, to; i < n; i = to) {
		const char *p = html + i;
		bool comment = n - i > 4 && !memcmp(p, "<!--", 4), ending = n - i > 1 && p[1] == '/';
		to = comment ? behind(html, n, i, "-->", &no_comment) :
			n - i > 1 && *p == '<' && (isalpha((unsigned char)p[1]) || strchr("/!?", p[1])) ? behind(html, n, i, ">", &no_tag) : 0;
		if (to == 0) {
			(void)(*p == '<' ? buf_adds(out, "&lt;") : buf_addc(out, *p));
			to = i + 1;
		} else if (!ending && named(p + 1, n - i - 1, hidden)) {
			size_t end = behind(html, n, to, "</", &no_end);
			to = end ? end - 2 : to;
		} else if (named(p + 1 + ending, n - i - 1 - ending, block)) {
			buf_adds(out, "<br>");
		}
	}
}
