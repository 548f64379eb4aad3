#include "adapters/webchat/squeeze.h"

#include <ctype.h>
#include <string.h>

static bool one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || one_of(c, "_$");
}

/* Skips white space and comments, and says whether there was any. */
static const char *skip_gap(const char *p, bool line_comments, bool *gap)
{
	*gap = false;
	for (;;) {
		const char *end;
		*gap |= isspace((unsigned char)*p) != 0;
		if (*p && isspace((unsigned char)*p))
			p++;
		else if (p[0] == '/' && p[1] == '*' && (end = strstr(p + 2, "*/")))
			p = end + 2;
		else if (line_comments && p[0] == '/' && p[1] == '/')
			p += strcspn(p, "\n");
		else
			return p;
	}
}

/* The end of a string or regular expression that begins at p. */
static const char *skip_literal(const char *p)
{
	char close = *p++;
	bool class = false;
	for (; *p && (*p != close || class); p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (close == '/' && *p == '[')
			class = true;
		else if (*p == ']')
			class = false;
	}
	return *p ? p + 1 : p;
}

static bool is_literal(const char *p, char before)
{
	return one_of(*p, "'\"`") || (*p == '/' && (!before || one_of(before, "(,=:[!&|?{};")));
}

static bool parted(bool gap, char before, char after)
{
	return gap && ((is_word(before) && is_word(after)) || (before == after && one_of(after, "+-")));
}

void squeeze_script(const char *p, struct buf *out)
{
	bool gap;
	char before = '\0';
	bool semicolon = false; /* held back: not needed at the end of a block */
	while (*(p = skip_gap(p, true, &gap))) {
		const char *end = is_literal(p, before) ? skip_literal(p) : p + 1;
		if (semicolon && *p != '}')
			buf_addc(out, ';');
		semicolon = *p == ';';
		if (parted(gap, before, *p))
			buf_addc(out, ' ');
		if (!semicolon)
			buf_add(out, p, (size_t)(end - p));
		before = end[-1];
		p = end;
	}
	buf_adds(out, semicolon ? ";\n" : "\n");
}

void squeeze_style(const char *p, struct buf *out)
{
	bool gap;
	char before = '\0';
	bool semicolon = false; /* held back: not needed at the end of a block */
	while (*(p = skip_gap(p, false, &gap))) {
		const char *end = one_of(*p, "'\"") ? skip_literal(p) : p + 1;
		if (semicolon && *p != '}')
			buf_addc(out, ';');
		semicolon = *p == ';';
		if (gap && before && !one_of(before, "{};,:~") && !one_of(*p, "{};,~"))
			buf_addc(out, ' ');
		if (!semicolon)
			buf_add(out, p, (size_t)(end - p));
		before = end[-1];
		p = end;
	}
}
