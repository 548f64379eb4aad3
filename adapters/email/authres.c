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
	unsigned domains;
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

/* A word, quoted or not, that ends at a blank, ';', '=' or '('; lower case. */
static const char *word(const char *p, char *out, size_t max)
{
	size_t n = 0;
	bool quoted = *p == '"';
	for (p += quoted; *p && (quoted ? *p != '"' : !strchr(" \t;=(", *p)); p++)
		if (n + 1 < max)
			out[n++] = (char)tolower((unsigned char)*p);
	out[n] = '\0';
	return p + (quoted && *p == '"');
}

static void take_property(struct method *m, const char *name, const char *value)
{
	static const char *const domains[] = { "header.d", "header.i", "smtp.mailfrom", "header.from" };
	const char *at = strrchr(value, '@'), *domain = at ? at + 1 : value;
	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
		if (!strcmp(name, domains[i]) && m->domains < 2)
			memcpy(m->domain[m->domains++], domain, strlen(domain) + 1);
}

/* The next method of a field's value; NULL at its end. */
static const char *next_method(const char *p, struct method *m)
{
	char name[WORD], value[WORD];
	*m = (struct method){ 0 };
	p = skip(p);
	while (*p == ';')
		p = skip(p + 1);
	if (!*p)
		return NULL;
	for (bool first = true; *p && *p != ';'; first = false) {
		const char *from = p;
		p = skip(word(p, name, sizeof name));
		*value = '\0';
		if (*p == '=')
			p = skip(word(skip(p + 1), value, sizeof value));
		if (first) {
			(void)snprintf(m->name, sizeof m->name, "%.31s", name);
			(void)snprintf(m->result, sizeof m->result, "%.31s", value);
		} else {
			take_property(m, name, value);
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
	bool pass = !strcmp(m->result, "pass");
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
		char id[WORD];
		struct method m;
		if (!strcasecmp(h->field[i].name, "Received") && ++received > 1)
			break;
		if (strcasecmp(h->field[i].name, "Authentication-Results"))
			continue;
		const char *p = word(skip(h->field[i].value), id, sizeof id);
		if (strcasecmp(id, server))
			continue;
		p += strcspn(p, ";"); /* a version may stand behind the name */
		while ((p = next_method(p, &m)))
			pass |= vouches(&m, at + 1, &dmarc_failed);
	}
	return pass && !dmarc_failed ? AUTHRES_PASS : AUTHRES_FAIL;
}
