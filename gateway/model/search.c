#include "gateway/model/search.h"

#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/model/text.h"

enum script { SCRIPT_NONE, SCRIPT_LETTERS, SCRIPT_CHARACTERS };

static enum script script_of(uint32_t cp)
{
	if ((cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || (cp >= 0xC0 && cp < 0x1100 && cp != 0xD7 && cp != 0xF7) ||
		(cp >= 0x1E00 && cp < 0x2000))
		return SCRIPT_LETTERS;
	bool marks = (cp >= 0x3000 && cp <= 0x3004) || (cp >= 0x3008 && cp <= 0x3020) || (cp >= 0x3030 && cp <= 0x303F);
	if ((cp >= 0x2E80 && cp < 0xD800 && !marks) || (cp >= 0x1100 && cp < 0x1200) || (cp >= 0xF900 && cp < 0xFB00) ||
		(cp >= 0x20000 && cp < 0x40000))
		return SCRIPT_CHARACTERS;
	return SCRIPT_NONE;
}

struct glyph { size_t at, n; enum script script; };

static struct glyph glyph_at(const char *s, size_t at, size_t end)
{
	uint32_t cp = 0;
	size_t n = at < end ? utf8_next(s + at, end - at, &cp) : 0;
	return (struct glyph){ at, n ? n : at < end, n ? script_of(cp) : SCRIPT_NONE };
}

/* A word of letters, or a pair of characters, or the last character of its run; 0 at the end. *next: where to go on. */
struct unit { size_t at, n; enum script script; bool pair; };

static bool unit_next(const char *s, size_t *at, size_t end, struct unit *u)
{
	struct glyph g = glyph_at(s, *at, end);
	while (g.n && g.script == SCRIPT_NONE)
		g = glyph_at(s, g.at + g.n, end);
	if (!g.n)
		return false;
	struct glyph after = glyph_at(s, g.at + g.n, end);
	*u = (struct unit){ .at = g.at, .n = g.n, .script = g.script };
	if (g.script == SCRIPT_CHARACTERS) {
		u->pair = after.script == SCRIPT_CHARACTERS;
		u->n += u->pair ? after.n : 0;
		*at = g.at + g.n;
		return true;
	}
	for (; after.script == SCRIPT_LETTERS; after = glyph_at(s, after.at + after.n, end))
		u->n += after.n;
	*at = u->at + u->n;
	return true;
}

void search_words(const char *text, struct buf *out)
{
	struct buf folded;
	struct unit u;
	size_t at = 0;
	buf_init(&folded, SEARCH_TEXT_MAX);
	char *cut = strnlen(text, SEARCH_TEXT_MAX) == SEARCH_TEXT_MAX
		? mem_strndup(text, utf8_cut(text, strlen(text), SEARCH_TEXT_MAX - 8)) : NULL;
	text_fold(cut ? cut : text, &folded);
	const char *s = buf_str(&folded);
	while (unit_next(s, &at, folded.len, &u)) {
		(void)buf_add(out, s + u.at, u.n);
		(void)buf_addc(out, ' ');
	}
	buf_fini(&folded);
	free(cut);
}

bool search_query_read(const char *query, struct search_query *out)
{
	struct buf folded;
	char *rest;
	*out = (struct search_query){ .terms = 0 };
	buf_init(&folded, SEARCH_QUERY_MAX);
	text_fold(query, &folded);
	memcpy(out->folded, buf_str(&folded), folded.len);
	buf_fini(&folded);
	for (char *p = strtok_r(out->folded, " \n", &rest); p != NULL && out->terms < SEARCH_TERMS_MAX; p = strtok_r(NULL, " \n", &rest))
		out->term[out->terms++] = p;
	return out->terms > 0;
}

/* How units are asked for: in which dialect, and whether one is enough. */
struct asking { enum search_dialect dialect; bool any; };

static void unit_put(const char *s, const struct unit *u, bool prefix, struct asking how, struct buf *out)
{
	static const char *const between[][2] = { [SEARCH_FTS5] = { " ", " OR " }, [SEARCH_TSQUERY] = { " & ", " | " } };
	if (out->len)
		(void)buf_adds(out, between[how.dialect][how.any]);
	if (how.dialect == SEARCH_FTS5)
		(void)buf_addf(out, "\"%.*s\"%s", (int)u->n, s + u->at, prefix ? "*" : "");
	else
		(void)buf_addf(out, "'%.*s'%s", (int)u->n, s + u->at, prefix ? ":*" : "");
}

/* A word of letters that ends its term is looked up as what a longer one begins with. A single character is what a pair begins
 * with, which is long to look up: only where nothing else is asked for. */
static size_t term_put(const char *s, bool singles, struct asking how, size_t room, struct buf *out)
{
	struct unit u;
	size_t at = 0, end = strlen(s), put = 0;
	while (put < room && unit_next(s, &at, end, &u)) {
		bool single = u.script == SCRIPT_CHARACTERS && !u.pair;
		if (single != singles)
			continue;
		unit_put(s, &u, single || (u.script == SCRIPT_LETTERS && u.at + u.n == end), how, out);
		put++;
	}
	return put;
}

bool search_expression_of(const struct search_query *q, enum search_dialect d, bool any, struct buf *out)
{
	struct asking how = { d, any };
	size_t units = 0;
	for (size_t i = 0; i < q->terms; i++)
		units += term_put(q->term[i], false, how, SEARCH_UNITS_MAX - units, out);
	for (size_t i = 0; units == 0 && i < q->terms; i++)
		units += term_put(q->term[i], true, how, 1, out);
	return units > 0;
}

bool search_expression(const struct search_query *q, enum search_dialect d, struct buf *out)
{
	return search_expression_of(q, d, false, out);
}

/* A term that begins with a letter begins a word: "lamp" is in "lamps" and not in "clamp". */
static bool holds(const char *s, size_t n, const char *term)
{
	size_t len = strlen(term);
	bool word = glyph_at(term, 0, len).script == SCRIPT_LETTERS;
	for (const char *p = s; (p = memmem(p, n - (size_t)(p - s), term, len)) != NULL; p++) {
		size_t before = (size_t)(p - s);
		while (word && before > 0 && ((unsigned char)s[--before] & 0xC0) == 0x80)
			;
		if (!word || p == s || glyph_at(s, before, n).script != SCRIPT_LETTERS)
			return true;
	}
	return false;
}

bool search_holds(const struct search_query *q, const char *subject, const char *text)
{
	struct buf folded;
	bool all = true;
	buf_init(&folded, SEARCH_TEXT_MAX + 4096);
	text_fold(subject ? subject : "", &folded);
	(void)buf_addc(&folded, '\n');
	text_fold(text ? text : "", &folded);
	for (size_t i = 0; all && i < q->terms; i++)
		all = holds(buf_str(&folded), folded.len, q->term[i]);
	buf_fini(&folded);
	return all;
}
