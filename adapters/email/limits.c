#include "adapters/email/limits.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct count {
	size_t fields, top_fields, dashes, nesting, parts;
	bool top;             /* still in the mail's own header */
	bool header;          /* in some header, as far as lines can tell */
	bool message;         /* this header announces a message within */
	size_t field, colons; /* of the field being read */
	bool address;
};

static const char *const address_fields[] = { "From:", "To:", "Cc:", "Bcc:", "Reply-To:", "Sender:", "Resent-" };

static bool begins(const char *p, size_t n, const char *word)
{
	size_t k = strlen(word);
	return n >= k && !strncasecmp(p, word, k);
}

static bool is_address(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof address_fields / sizeof *address_fields; i++)
		if (begins(p, n, address_fields[i]))
			return true;
	return false;
}

static bool looks_like_field(const char *p, size_t n)
{
	size_t k = 0;
	while (k < n && k < 76 && p[k] > 0x20 && p[k] < 0x7F && p[k] != ':')
		k++;
	return k > 0 && k < n && p[k] == ':';
}

static size_t colons_in(const char *p, size_t n)
{
	size_t count = 0;
	bool quoted = false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			quoted = !quoted;
		else if (p[i] == '\\')
			i++;
		else
			count += p[i] == ':' && !quoted;
	}
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

static void field_begins(struct count *c, const char *p, size_t n)
{
	c->fields += c->header;
	c->top_fields += c->top;
	c->field = 0;
	c->colons = 0;
	c->address = is_address(p, n);
	c->parts += begins(p, n, "Content-Type:");
}

static const char *over(const struct count *c)
{
	if (c->address && (c->field > LIMIT_ADDRESS_FIELD || c->colons > LIMIT_ADDRESS_COLONS))
		return "an address field is too long";
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
	c->address = false;
	c->field = 0;
	c->header = c->message; /* a message within begins with a header of its own */
	c->message = false;
}

static void line(struct count *c, const char *p, size_t n)
{
	bool folded = n > 0 && (p[0] == ' ' || p[0] == '\t');
	if (n == 0 || (n == 1 && p[0] == '\r')) {
		block_ends(c);
		return;
	}
	if (!folded && looks_like_field(p, n))
		field_begins(c, p, n);
	else if (!folded)
		c->address = false;
	if (c->header || c->address)
		c->field += n;
	if (c->address)
		c->colons += colons_in(p, n);
	if (n >= 2 && p[0] == '-' && p[1] == '-') {
		c->dashes++;
		c->header = true;
	}
	if (n < 1000 && (folded || begins(p, n, "Content-Type"))) {
		bool message = has(p, n, "message/");
		c->message |= message;
		c->nesting += message || has(p, n, "multipart/");
	}
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
	struct count c = { .address = true, .field = n, .colons = n <= LIMIT_ADDRESS_FIELD ? colons_in(value, n) : 0 };
	return over(&c);
}
