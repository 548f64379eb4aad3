#include "adapters/email/lmtp_line.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum lmtp_verb lmtp_verb(const char *line, const char **rest)
{
	static const struct { const char *name; enum lmtp_verb verb; } verbs[] = { { "LHLO", LMTP_LHLO },
		{ "EHLO", LMTP_HELO }, { "HELO", LMTP_HELO }, { "MAIL", LMTP_MAIL }, { "RCPT", LMTP_RCPT },
		{ "DATA", LMTP_VERB_DATA }, { "BDAT", LMTP_BDAT }, { "RSET", LMTP_RSET }, { "NOOP", LMTP_NOOP },
		{ "QUIT", LMTP_QUIT }, { "VRFY", LMTP_VRFY }, { "STARTTLS", LMTP_STARTTLS } };
	size_t n = strcspn(line, " \t");
	*rest = line + n + strspn(line + n, " \t");
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (n == strlen(verbs[i].name) && !strncasecmp(line, verbs[i].name, n))
			return verbs[i].verb;
	return LMTP_UNKNOWN;
}

static bool number(const char *p, size_t n, uint64_t *out)
{
	if (n == 0 || n > 18)
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)p[i]))
			return false;
		*out = *out * 10 + (uint64_t)(p[i] - '0');
	}
	return true;
}

static bool parameter(const char *p, size_t n, struct lmtp_path *out)
{
	if (n > 5 && !strncasecmp(p, "SIZE=", 5))
		return number(p + 5, n - 5, &out->size);
	if (n == 8 && !strncasecmp(p, "SMTPUTF8", 8))
		return out->utf8 = true;
	return (n == 9 && !strncasecmp(p, "BODY=7BIT", 9)) || (n == 13 && !strncasecmp(p, "BODY=8BITMIME", 13)) ||
		(n == 15 && !strncasecmp(p, "BODY=BINARYMIME", 15));
}

/* The end of "<…>", with quoted local parts and an old source route. */
static const char *bracket(const char *p, struct lmtp_path *out)
{
	bool quoted = false;
	const char *from = ++p;
	for (; *p && (quoted || *p != '>'); p++) {
		if (*p == '\\' && quoted && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && ((unsigned char)*p <= ' ' || *p == '<'))
			return NULL;
	}
	if (*p != '>')
		return NULL;
	const char *colon = *from == '@' ? memchr(from, ':', (size_t)(p - from)) : NULL;
	if (colon)
		from = colon + 1;
	if ((size_t)(p - from) >= sizeof out->address)
		return NULL;
	memcpy(out->address, from, (size_t)(p - from));
	return p + 1;
}

enum lmtp_path_fault lmtp_path(const char *rest, bool mail, struct lmtp_path *out)
{
	const char *word = mail ? "FROM:" : "TO:";
	*out = (struct lmtp_path){ 0 };
	if (strncasecmp(rest, word, strlen(word)))
		return LMTP_PATH_SYNTAX;
	const char *p = rest + strlen(word);
	p += strspn(p, " ");
	p = *p == '<' ? bracket(p, out) : NULL;
	if (!p || (*p && *p != ' '))
		return LMTP_PATH_SYNTAX;
	if (!*out->address && !mail)
		return LMTP_PATH_SYNTAX;
	for (;;) {
		p += strspn(p, " \t");
		size_t n = strcspn(p, " \t");
		if (n == 0)
			return LMTP_PATH_OK;
		if (!mail || !parameter(p, n, out))
			return LMTP_PATH_PARAMETER;
		p += n;
	}
}

bool lmtp_chunk(const char *rest, uint64_t *n, bool *last)
{
	size_t k = strcspn(rest, " ");
	if (!number(rest, k, n))
		return false;
	rest += k + strspn(rest + k, " ");
	*last = !strcasecmp(rest, "LAST");
	return *last || !*rest;
}

static enum lmtp_dot after(char c)
{
	return c == '\r' ? DOT_CR : DOT_IN;
}

/* One byte; returns the next state and appends to out what it means. */
static enum lmtp_dot step(enum lmtp_dot s, char c, char *out, size_t *made)
{
	if (s == DOT_START && c == '.')
		return DOT_DOT;
	if (s == DOT_DOT && c == '\r')
		return DOT_DOT_CR;
	if (s == DOT_DOT_CR) {
		if (c == '\n')
			return DOT_END;
		out[(*made)++] = '\r';
		s = DOT_CR;
	}
	out[(*made)++] = c;
	return s == DOT_CR && c == '\n' ? DOT_START : after(c);
}

size_t lmtp_data(struct lmtp_data *d, const char *p, size_t n, char *out, size_t *made)
{
	size_t i = 0;
	*made = 0;
	while (i < n && d->state != DOT_END) {
		if (d->state == DOT_IN) { /* the long stretches between line ends */
			const char *cr = memchr(p + i, '\r', n - i);
			size_t k = cr ? (size_t)(cr - p) - i : n - i;
			memcpy(out + *made, p + i, k);
			*made += k;
			i += k;
			if (!cr)
				break;
		}
		d->state = step(d->state, p[i++], out, made);
	}
	return i;
}
