#include "adapters/email/limits.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
	LINE_LONG = 998, /* as RFC 5322; within one longer than its buffer GMime sees boundaries */
	BOUNDARIES = 16  /* that are known; with more every two dashes may be one */
};

struct boundary { const char *p; size_t n; };

struct count {
	size_t fields, top_fields, dashes, nesting, parts, taken_apart;
	bool top;            /* still in the mail's own header */
	bool header;         /* in some header, as far as lines can tell */
	bool message;        /* this header announces a message within */
	bool anywhere;       /* any line may be in one */
	size_t field, marks; /* of the field being read */
	bool structured, type, nests;
	bool odd, parameters; /* of a type: a quote or comment has begun; its parameters have */
	struct boundary boundary[BOUNDARIES]; /* that types have named so far */
	unsigned boundaries;
	bool any_boundary;   /* one was named in a way that another parser may read otherwise: any line with dashes may be it */
};

/* GMime takes these apart as soon as it meets them. */
static const char *const structured_fields[] = { "From", "To", "Cc", "Bcc", "Reply-To", "Sender" };

static bool begins(const char *p, size_t n, const char *word)
{
	size_t k = strlen(word);
	return n >= k && !strncasecmp(p, word, k);
}

/* Whether a line begins a field for GMime, which takes names of any length, of 8-bit characters, and none at all. */
static bool is_field(const char *p, size_t n, size_t *name)
{
	size_t k = 0;
	while (k < n && (unsigned char)p[k] > 0x20 && p[k] != 0x7F && p[k] != ':')
		k++;
	*name = k;
	while (k < n && (p[k] == ' ' || p[k] == '\t'))
		k++;
	return k < n && p[k] == ':';
}

static bool is_structured(const char *name, size_t k)
{
	for (size_t i = 0; i < sizeof structured_fields / sizeof *structured_fields; i++)
		if (k == strlen(structured_fields[i]) && begins(name, k, structured_fields[i]))
			return true;
	return begins(name, k, "Resent-") || begins(name, k, "Content-");
}

/* Quotes and comments hide nothing: where they begin and end, two parsers need not agree. */
static size_t marks_in(const char *p, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += p[i] == ':' || p[i] == ',';
	return count;
}

static bool has(const char *p, size_t n, const char *word)
{
	size_t k = strlen(word);
	for (size_t i = 0; i + k <= n; i++)
		if (!strncasecmp(p + i, word, k))
			return true;
	return false;
}

static bool in_header(const struct count *c)
{
	return c->header || c->anywhere;
}

static void field_begins(struct count *c, const char *p, size_t name)
{
	c->fields += in_header(c);
	c->top_fields += c->top;
	c->field = 0;
	c->marks = 0;
	c->structured = in_header(c) && is_structured(p, name);
	c->type = name == strlen("Content-Type") && begins(p, name, "Content-Type");
	c->nests = c->odd = c->parameters = false;
	c->parts += c->type && in_header(c);
}

static const char *over(const struct count *c)
{
	if (c->structured && (c->field > LIMIT_STRUCTURED_FIELD || c->marks > LIMIT_STRUCTURED_MARKS))
		return "an address or a type is too long";
	if (c->taken_apart > LIMIT_STRUCTURED)
		return "too many addresses or types";
	if (c->field > LIMIT_FIELD)
		return "a header field is too long";
	if (c->fields > LIMIT_FIELDS || c->top_fields > LIMIT_TOP_FIELDS)
		return "too many header fields";
	if (c->nesting > LIMIT_NESTING)
		return "parts nested too deep";
	if (c->dashes > LIMIT_DASH_LINES)
		return "too many boundary lines";
	return c->parts > LIMIT_PARTS ? "too many parts" : NULL;
}

static void block_ends(struct count *c)
{
	c->top = false;
	c->structured = false;
	c->type = false;
	c->field = 0;
	c->header = c->message; /* a message within begins with a header of its own */
	c->message = false;
}

/* The slash may stand behind blanks, comments and a fold; in the parameters behind it, a file's name says what it likes. */
static void type_goes_on(struct count *c, const char *p, size_t n)
{
	size_t k = 0;
	if (c->parameters)
		return;
	for (; k < n && p[k] != ';'; k++)
		c->odd |= p[k] == '(' || p[k] == '"' || p[k] == '\\'; /* then the semicolon may be within it */
	c->parameters = k < n && !c->odd;
	n = c->odd ? n : k;
	bool message = has(p, n, "message");
	c->message |= message;
	c->anywhere |= has(p, n, "digest"); /* whose parts are messages without saying so */
	if (!c->nests && (message || has(p, n, "multipart"))) {
		c->nests = true;
		c->nesting++;
	}
}

/* --- boundaries: below one a header begins --- */

static void boundary_add(struct count *c, const char *p, size_t n)
{
	if (n == 0 || c->boundaries == BOUNDARIES)
		c->any_boundary = true;
	else
		c->boundary[c->boundaries++] = (struct boundary){ p, n };
}

/* p[n]: behind "boundary". Only what nobody can read in two ways is known: quoted or a plain word, whole within the line. */
static void boundary_named(struct count *c, const char *p, size_t n)
{
	size_t at = 0, k;
	while (at < n && (p[at] == ' ' || p[at] == '\t'))
		at++;
	if (at == n || p[at] == '*' || p[at] == '(' || p[at] == '\r')
		c->any_boundary = true;
	if (at == n || p[at++] != '=')
		return;
	while (at < n && (p[at] == ' ' || p[at] == '\t'))
		at++;
	bool quoted = at < n && p[at] == '"', plain = true;
	at += quoted;
	for (k = at; k < n && (quoted ? p[k] != '"' : isalnum((unsigned char)p[k]) || (p[k] && strchr("-_.+", p[k]))); k++)
		plain &= isgraph((unsigned char)p[k]) && p[k] != '\\' && p[k] != '%' && !(p[k] == '=' && k + 1 < n && p[k + 1] == '?');
	bool whole = quoted ? k < n : k == n || strchr("; \t\r", p[k]);
	if (!plain || !whole)
		c->any_boundary = true;
	else
		boundary_add(c, p + at, k - at);
}

static void boundaries_in(struct count *c, const char *p, size_t n)
{
	static const char word[] = "boundary";
	size_t k = strlen(word);
	for (size_t i = 0; i + k <= n; i++)
		if (!strncasecmp(p + i, word, k))
			boundary_named(c, p + i + k, n - i - k);
}

/* Does a boundary begin right behind the first two dashes, or anywhere? */
static bool opens(const struct count *c, const char *p, size_t n, bool anywhere)
{
	if (c->any_boundary)
		return anywhere ? has(p, n, "--") : true;
	for (unsigned i = 0; i < c->boundaries; i++) {
		const struct boundary *b = &c->boundary[i];
		const char *end = p + n, *at = p;
		if (!anywhere && n >= b->n + 2 && !memcmp(p + 2, b->p, b->n))
			return true;
		for (; anywhere && (at = memmem(at, (size_t)(end - at), b->p, b->n)); at++)
			if (at - p >= 2 && at[-1] == '-' && at[-2] == '-')
				return true;
	}
	return false;
}

static void line(struct count *c, const char *p, size_t n)
{
	bool folded = n > 0 && (p[0] == ' ' || p[0] == '\t');
	if (n == 0 || (n == 1 && p[0] == '\r')) {
		block_ends(c);
		return;
	}
	size_t name;
	bool field = is_field(p, n, &name);
	if (field && !folded)
		field_begins(c, p, name);
	else if (field) /* one of no name, where the line above is none */
		c->fields += in_header(c);
	else if (!folded) /* GMime lets it fall */
		c->structured = c->type = false, c->field = 0;
	if (c->header || c->structured)
		c->field += n;
	if (c->structured && c->field <= LIMIT_STRUCTURED_FIELD) {
		c->marks += marks_in(p, n);
		c->taken_apart += n;
		if (c->type) {
			boundaries_in(c, p, n);
			type_goes_on(c, p, n);
		}
	}
	if (n >= 2 && p[0] == '-' && p[1] == '-') {
		c->dashes++;
		c->header |= opens(c, p, n, false);
	}
	c->anywhere |= n > LINE_LONG && (c->header || opens(c, p, n, true));
}

const char *limits_check(const char *p, size_t n)
{
	struct count c = { .top = true, .header = true };
	for (size_t at = 0; at < n;) {
		const char *lf = memchr(p + at, '\n', n - at);
		size_t len = lf ? (size_t)(lf - p) - at : n - at;
		line(&c, p + at, len);
		const char *what = over(&c);
		if (what)
			return what;
		at += len + 1;
	}
	return NULL;
}

const char *limits_address(const char *value)
{
	size_t n = strlen(value);
	struct count c = { .structured = true, .field = n, .marks = marks_in(value, n) };
	return over(&c);
}
