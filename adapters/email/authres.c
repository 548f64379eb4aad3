#include "adapters/email/authres.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD = 256 };

/* One method with its result and the properties that matter: "dkim=pass (…) header.d=qq.com header.i=@qq.com". */
struct method {
	char name[32], result[32];
	char domain[2][WORD];
	unsigned domains, seen;
	bool doubtful; /* something in it has two meanings: it vouches for nobody */
};
struct word {
	char text[WORD];      /* lower case, without its quotes */
	const char *domain;   /* in text: behind the '@' that parts address and domain; or all of it */
	bool whole;           /* it fits, and where it ends is clear */
};

static const char *skip(const char *p)
{
	unsigned depth = 0;
	for (; *p && (depth || *p == ' ' || *p == '\t' || *p == '('); p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
		else if (*p == '\\' && p[1])
			p++;
	}
	return p;
}

/* What stands up to a blank, ';', '(' or another of `ends`: quoted strings may be all of it or a part, as the local part of
 * "a@b"@example.org, which anybody may choose. */
static const char *word(const char *p, const char *ends, struct word *w)
{
	size_t n = 0, at = 0;
	bool quoted = false;
	*w = (struct word){ .whole = true };
	for (; *p && (quoted || !strchr(ends, *p)); p++) {
		if (*p == '"') {
			quoted = !quoted;
			w->whole &= at == 0;
			continue;
		}
		if (*p == '\\' && quoted && p[1])
			p++;
		w->whole &= n + 1 < sizeof w->text;
		if (n + 1 < sizeof w->text)
			w->text[n++] = (char)tolower((unsigned char)*p);
		if (*p == '@' && !quoted)
			at = n;
	}
	const char *inner = strrchr(w->text, '@');
	w->domain = at ? w->text + at : inner ? inner + 1 : w->text;
	w->whole &= !quoted && *skip(p) != '@'; /* a domain behind a blank or comment is its domain still */
	return p;
}

static void take_property(struct method *m, const char *name, const struct word *value)
{
	static const char *const domains[] = { "header.d", "header.i", "smtp.mailfrom", "header.from" };
	m->doubtful |= !value->whole;
	for (unsigned i = 0; i < sizeof domains / sizeof *domains; i++) {
		if (strcmp(name, domains[i]))
			continue;
		m->doubtful |= (m->seen >> i & 1) != 0;
		m->seen |= 1u << i;
		if (m->domains < 2)
			memcpy(m->domain[m->domains++], value->domain, strlen(value->domain) + 1);
	}
}

/* The next method of a field's value; NULL at its end. */
static const char *next_method(const char *p, struct method *m)
{
	struct word name, value;
	*m = (struct method){ 0 };
	p = skip(p);
	while (*p == ';')
		p = skip(p + 1);
	if (!*p)
		return NULL;
	for (bool first = true; *p && *p != ';'; first = false) {
		const char *from = p;
		p = skip(word(p, " \t;(=", &name));
		value = (struct word){ .domain = value.text, .whole = true };
		if (*p == '=')
			p = skip(word(skip(p + 1), " \t;(", &value));
		if (first) {
			(void)snprintf(m->name, sizeof m->name, "%.31s", name.text);
			(void)snprintf(m->result, sizeof m->result, "%.31s", value.text);
		} else {
			take_property(m, name.text, &value);
		}
		if (p == from) /* nothing a word could begin with */
			p++;
	}
	return p;
}

/* Equal, or one below the other with at least two labels in common. */
static bool aligned(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);
	const char *longer = n >= k ? a : b, *shorter = n >= k ? b : a;
	size_t less = n >= k ? k : n, more = n >= k ? n : k;
	if (!less || strcasecmp(longer + more - less, shorter))
		return false;
	return more == less || (longer[more - less - 1] == '.' && strchr(shorter, '.'));
}

static bool vouches(const struct method *m, const char *domain, bool *dmarc_failed)
{
	bool pass = !strcmp(m->result, "pass") && !m->doubtful;
	if (!strcmp(m->name, "dmarc")) {
		*dmarc_failed |= !strcmp(m->result, "fail");
		return pass && (!m->domains || aligned(m->domain[0], domain));
	}
	if (!pass || (strcmp(m->name, "dkim") && strcmp(m->name, "spf")))
		return false;
	for (unsigned i = 0; i < m->domains; i++)
		if (aligned(m->domain[i], domain))
			return true;
	return false;
}

enum authres authres_judge(const struct headers *h, const char *server, const char *from)
{
	const char *at = strrchr(from, '@');
	bool pass = false, dmarc_failed = false;
	unsigned received = 0;
	if (!server)
		return AUTHRES_UNSAID;
	for (size_t i = 0; at && i < h->count; i++) {
		struct word id;
		struct method m;
		if (!strcasecmp(h->field[i].name, "Received") && ++received > 1)
			break;
		if (strcasecmp(h->field[i].name, "Authentication-Results"))
			continue;
		const char *p = word(skip(h->field[i].value), " \t;(=", &id);
		if (strcasecmp(id.text, server))
			continue;
		p += strcspn(p, ";"); /* a version may stand behind the name */
		while ((p = next_method(p, &m)))
			pass |= vouches(&m, at + 1, &dmarc_failed);
	}
	return pass && !dmarc_failed ? AUTHRES_PASS : AUTHRES_FAIL;
}
