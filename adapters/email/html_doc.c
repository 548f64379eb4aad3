#include "adapters/email/html_doc.h"

#include <stdbool.h>
#include <string.h>

/* --- what it costs --- */

/* Within a tag, as libxml2 walks it. A tag is begun at every "<" and a letter, comment or not, so that none can be hidden. */
enum place { TAG, BETWEEN, NAME, BEHIND, EQUALS, VALUE, BOGUS, DOUBLE, SINGLE, PLACES, OUT = PLACES };

enum { NAME_LONG = 100 }; /* libxml2 takes a longer one for several */
enum { TAG_COST = 32, REFERENCE_COST = 16, COMPARED = 8 /* attributes at a cost of 1 */ };

static bool name_begins(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == ':' || c == '.';
}

static bool name_goes_on(char c)
{
	return name_begins(c) || (c >= '0' && c <= '9') || c == '-';
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

/* Does the character at i leave every place as the one before did? */
static bool goes_on(const char *p, size_t i)
{
	if (i == 0 || p[i] == '<' || p[i - 1] == '<' || p[i] == '=' || p[i] == '"' || p[i] == '\'')
		return false;
	return p[i] == p[i - 1] || (name_goes_on(p[i]) && name_goes_on(p[i - 1])) || (blank(p[i]) && blank(p[i - 1])) ||
		((p[i] & 0x80) && (p[i - 1] & 0x80));
}

/* Behind the words that begin at i, outside of all tags. */
static size_t words_end(const char *p, size_t n, size_t i, size_t *cost)
{
	for (; i < n && p[i] != '<'; i++)
		*cost += p[i] == '&' ? REFERENCE_COST : 0;
	return i;
}

/* One character further: of all tags that may be open here, the most attributes at each place; -1: none is there. */
static bool places_move(int most[PLACES], char before, char c, bool cut)
{
	int next[PLACES + 1];
	bool open = c == '<';
	memset(next, -1, sizeof next);
	for (enum place at = 0; at < PLACES; at++) {
		if (most[at] < 0)
			continue;
		enum place to = at == TAG && cut ? NAME : step(at, c);
		int count = most[at] + (to == NAME && (at != NAME || cut));
		if (count > next[to])
			next[to] = count;
	}
	if (before == '<' && name_begins(c))
		next[TAG] = 0;
	for (enum place at = 0; at < PLACES; at++)
		open |= (most[at] = next[at]) >= 0;
	return open;
}

static size_t most_attributes(const int most[PLACES])
{
	int count = 0;
	for (enum place at = 0; at < PLACES; at++)
		count = most[at] > count ? most[at] : count;
	return (size_t)count;
}

/* What reading all of it costs; more than `left` when it may not be read. */
static size_t cost_of(const char *p, size_t n, size_t left)
{
	int most[PLACES];
	memset(most, -1, sizeof most);
	bool open = false;
	size_t cost = 0, attributes = 0;
	for (size_t i = 0, name = 0; i < n && cost <= left; i++) {
		if (!open && (i = words_end(p, n, i, &cost)) == n)
			break;
		name = name_goes_on(p[i]) ? name + 1 : 0;
		bool cut = name > 0 && name % NAME_LONG == 0;
		if (open && !cut && goes_on(p, i))
			continue;
		cost += p[i] == '<' ? TAG_COST : p[i] == '&' ? REFERENCE_COST : 1;
		open = places_move(most, i > 0 ? p[i - 1] : '\0', p[i], cut);
		size_t count = open ? most_attributes(most) : 0;
		if (count > HTML_DOC_ATTRIBUTES)
			return left + 1;
		cost += count > attributes ? count / COMPARED : 0;
		attributes = count;
	}
	return cost;
}

/* --- reading --- */

htmlDocPtr html_doc(const char *html, size_t n, struct html_budget *left)
{
	int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
		HTML_PARSE_COMPACT;
	if (n > HTML_DOC_MAX)
		return NULL;
	size_t cost = cost_of(html, n, left->cost);
	bool dear = cost > left->cost;
	left->cost -= dear ? left->cost : cost; /* counting takes time, too */
	if (dear)
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
