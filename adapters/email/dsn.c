#include "adapters/email/dsn.h"

#include <string.h>
#include <strings.h>

#include "adapters/email/words.h"
#include "gateway/base/utf8.h"

enum { REASON_MAX = 600, DSN_MAX = 256 << 10 };

struct group {
	const char *recipient, *action, *status, *diagnostic;
};

static char *value_of(struct arena *a, const char *p, size_t n)
{
	struct buf all;
	buf_init(&all, n * 4 + 64);
	words_decode(p, n, CHARSET_MAINLAND, &all);
	char *s = arena_strndup(a, buf_str(&all), all.len), *to = s;
	buf_fini(&all);
	for (const char *from = s; *from;) { /* 163 writes HTML blanks into it; folding leaves more than one */
		bool entity = !strncasecmp(from, "&nbsp;", 6), blank = entity || *from == ' ';
		if (!blank || (to > s && to[-1] != ' '))
			*to++ = blank ? ' ' : *from;
		from += entity ? 6 : 1;
	}
	while (to > s && to[-1] == ' ')
		to--;
	*to = '\0';
	return s;
}

static bool named(const char *p, size_t n, const char *name)
{
	size_t k = strlen(name);
	return n == k && !strncasecmp(p, name, k);
}

static void take_field(struct arena *a, const char *p, size_t n, struct group *g)
{
	const char *colon = memchr(p, ':', n);
	if (!colon)
		return;
	size_t k = (size_t)(colon - p);
	while (k > 0 && (p[k - 1] == ' ' || p[k - 1] == '\t'))
		k--;
	const char **to = named(p, k, "Final-Recipient") ? &g->recipient : named(p, k, "Action") ? &g->action :
		named(p, k, "Status") ? &g->status : named(p, k, "Diagnostic-Code") ? &g->diagnostic : NULL;
	if (to && !*to)
		*to = value_of(a, colon + 1, (size_t)(p + n - colon) - 1);
}

static enum out_state state_of(const struct group *g)
{
	if (g->action && !strncasecmp(g->action, "deliv", 5))
		return OUT_DELIVERED;
	if (g->action && !strncasecmp(g->action, "failed", 6))
		return OUT_FAILED;
	if (!g->action && g->status && *g->status == '5')
		return OUT_FAILED;
	return OUT_ACCEPTED;
}

static void take_group(struct arena *a, const struct group *g, struct dsn *d)
{
	if (!g->recipient)
		return;
	enum out_state state = state_of(g);
	if (d->found && (d->state == OUT_FAILED || state != OUT_FAILED))
		return;
	const char *semicolon = strchr(g->recipient, ';'), *address = semicolon ? semicolon + 1 : g->recipient;
	char *reason = arena_printf(a, "%s %s", g->status ? g->status : "", g->diagnostic ? g->diagnostic : "");
	reason[utf8_cut(reason, strlen(reason), REASON_MAX)] = '\0';
	*d = (struct dsn){ .found = true, .state = state, .recipient = address + strspn(address, " "),
		.reason = reason + strspn(reason, " ") };
}

void dsn_read(struct arena *a, const char *p, size_t n, struct dsn *d)
{
	struct group g = { 0 };
	*d = (struct dsn){ 0 };
	if (n > DSN_MAX)
		n = DSN_MAX;
	for (size_t at = 0; at < n;) {
		size_t end = at;
		do { /* a field with its folded lines */
			const char *lf = memchr(p + end, '\n', n - end);
			end = lf ? (size_t)(lf - p) + 1 : n;
		} while (end < n && (p[end] == ' ' || p[end] == '\t'));
		size_t len = end - at;
		while (len > 0 && (p[at + len - 1] == '\n' || p[at + len - 1] == '\r'))
			len--;
		if (len > 0) {
			take_field(a, p + at, len, &g);
		} else {
			take_group(a, &g, d);
			g = (struct group){ 0 };
		}
		at = end;
	}
	take_group(a, &g, d);
}
