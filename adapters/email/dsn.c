#include "adapters/email/dsn.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/words.h"
#include "gateway/base/utf8.h"

enum { REASON_MAX = 600, DSN_MAX = 256 << 10 };

struct group {
	const char *recipient, *action, *status, *diagnostic, *disposition, *feedback;
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
	const struct { const char *name; const char **to; } fields[] = { { "Final-Recipient", &g->recipient },
		{ "Original-Rcpt-To", &g->recipient }, { "Action", &g->action }, { "Status", &g->status },
		{ "Diagnostic-Code", &g->diagnostic }, { "Disposition", &g->disposition }, { "Feedback-Type", &g->feedback } };
	const char **to = NULL;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (named(p, k, fields[i].name))
			to = fields[i].to;
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

/* "rfc822; a@b", "<a@b>", "a@b" */
static const char *address_of(struct arena *a, const char *value)
{
	if (!value)
		return NULL;
	const char *semicolon = strchr(value, ';'), *p = semicolon ? semicolon + 1 : value;
	p += strspn(p, " <");
	return arena_strndup(a, p, strcspn(p, " >"));
}

static void take_recipient(struct arena *a, const struct group *g, struct dsn *d)
{
	enum out_state state = state_of(g);
	if (!g->recipient || (d->kind && (d->state == OUT_FAILED || state != OUT_FAILED)))
		return;
	char *reason = arena_printf(a, "%s %s", g->status ? g->status : "", g->diagnostic ? g->diagnostic : "");
	reason[utf8_cut(reason, strlen(reason), REASON_MAX)] = '\0';
	*d = (struct dsn){ .kind = DSN_DELIVERY, .state = state, .recipient = address_of(a, g->recipient),
		.reason = reason + strspn(reason, " ") };
}

static void take_group(struct arena *a, enum dsn_kind kind, const struct group *g, struct dsn *d)
{
	if (kind == DSN_DELIVERY) {
		take_recipient(a, g, d);
	} else if (kind == DSN_READING && g->disposition && !d->kind) {
		const char *semicolon = strchr(g->disposition, ';'), *type = semicolon ? semicolon + 1 : g->disposition;
		type += strspn(type, " ");
		*d = (struct dsn){ .kind = kind, .state = strncasecmp(type, "displayed", 9) ? OUT_ACCEPTED : OUT_READ,
			.recipient = address_of(a, g->recipient), .reason = g->disposition };
	} else if (kind == DSN_COMPLAINT && g->feedback && !d->kind) {
		*d = (struct dsn){ .kind = kind, .state = OUT_DELIVERED, .recipient = address_of(a, g->recipient),
			.reason = g->feedback };
	}
}

enum dsn_kind dsn_kind_of(const char *subtype)
{
	static const struct { const char *subtype; enum dsn_kind kind; } kinds[] = { { "delivery-status", DSN_DELIVERY },
		{ "global-delivery-status", DSN_DELIVERY }, { "disposition-notification", DSN_READING },
		{ "global-disposition-notification", DSN_READING }, { "feedback-report", DSN_COMPLAINT } };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcasecmp(subtype, kinds[i].subtype))
			return kinds[i].kind;
	return DSN_NONE;
}

void dsn_read(struct arena *a, enum dsn_kind kind, const char *p, size_t n, struct dsn *d)
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
			take_group(a, kind, &g, d);
			g = (struct group){ 0 };
		}
		at = end;
	}
	take_group(a, kind, &g, d);
}

/* "550 ", "550-5.1.1", "5.1.1 " with nothing but ASCII punctuation or blanks before it. */
static bool tells_code(const char *p, size_t n)
{
	for (size_t i = 0; i + 3 < n; i++) {
		if ((p[i] != '4' && p[i] != '5') || (i > 0 && isalnum((unsigned char)p[i - 1])) || (i > 0 && p[i - 1] == '.'))
			continue;
		bool code = isdigit((unsigned char)p[i + 1]) && p[i + 1] < '6' && isdigit((unsigned char)p[i + 2]) &&
			(p[i + 3] == ' ' || p[i + 3] == '-');
		bool status = i + 4 < n && p[i + 1] == '.' && isdigit((unsigned char)p[i + 2]) && p[i + 3] == '.' &&
			isdigit((unsigned char)p[i + 4]);
		if (code || status)
			return true;
	}
	return false;
}

const char *dsn_reason_in(struct arena *a, const char *text)
{
	for (unsigned line = 0; *text && line < 200; line++) {
		size_t n = strcspn(text, "\n");
		if (tells_code(text, n))
			return arena_strndup(a, text, utf8_cut(text, n, REASON_MAX));
		text += n + (text[n] == '\n');
	}
	return NULL;
}

bool dsn_only_delayed(const char *subject, const char *text)
{
	static const char *const words[] = { "(delay)", "delayed", "warning: could not send", "warning: message", "still trying",
		"will continue to try", "will be retried", "延迟", "延遲", "继续尝试", NULL };
	char head[600];
	size_t n = utf8_cut(text, strlen(text), sizeof head - 1);
	memcpy(head, text, n);
	head[n] = '\0';
	for (size_t i = 0; words[i]; i++)
		if (strcasestr(subject, words[i]) || strcasestr(head, words[i]))
			return true;
	return false;
}
