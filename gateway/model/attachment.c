#include "gateway/model/attachment.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/utf8.h"

static const char *last_component(const char *p)
{
	const char *from = p;
	for (; *p; p++)
		if (*p == '/' || *p == '\\')
			from = p + 1;
	return from;
}

static void keep_ending(const char *name, size_t n, char out[ATTACHMENT_NAME_MAX + 1])
{
	const char *dot = memrchr(name, '.', n);
	size_t ending = dot && (size_t)(name + n - dot) <= 16 ? (size_t)(name + n - dot) : 0;
	size_t stem = utf8_cut(name, n - ending, ATTACHMENT_NAME_MAX - ending);
	memcpy(out, name, stem);
	memcpy(out + stem, name + n - ending, ending);
	size_t n_out = stem + ending;
	while (n_out > 0 && (out[n_out - 1] == ' ' || out[n_out - 1] == '.')) /* where it was cut */
		n_out--;
	out[n_out] = '\0';
}

/* Controls, marks that turn the direction of what follows, and what a file system takes for something else. */
static bool unwanted(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) ||
		cp == 0x2028 || cp == 0x2029 || cp == 0xFEFF;
}

static void add_wanted(struct buf *out, const char *p)
{
	uint32_t cp;
	for (size_t n = strlen(p), k; n > 0; p += k, n -= k) {
		k = utf8_next(p, n, &cp);
		if (k == 0)
			k = 1;
		else if (!unwanted(cp))
			utf8_put(out, cp < 0x80 && strchr("<>:\"|?*", (int)cp) ? '_' : cp);
	}
}

void attachment_name(const char *name, unsigned number, char out[ATTACHMENT_NAME_MAX + 1])
{
	struct buf clean;
	buf_init(&clean, 64 << 10);
	add_wanted(&clean, name ? last_component(name) : "");
	const char *p = buf_str(&clean);
	p += strspn(p, ". ");
	size_t n = strlen(p);
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '.'))
		n--;
	if (n > 0)
		keep_ending(p, n, out);
	else
		snprintf(out, ATTACHMENT_NAME_MAX + 1, "附件-%u", number);
	buf_fini(&clean);
}

static bool ends(const char *name, const char *ending)
{
	size_t n = strlen(name), k = strlen(ending);
	return n >= k && strcasecmp(name + n - k, ending) == 0;
}

bool attachment_is_mail(const char *type, const char *name)
{
	return strcasecmp(type, "message/rfc822") == 0 || ends(name, ".eml") || ends(name, ".msg");
}

/* --- to a citizen --- */

bool attachment_listed(const char *types, const char *type)
{
	size_t n = strlen(type);
	for (const char *p = types; *p;) {
		size_t word = strcspn(p, ", ");
		if (word == n && strncasecmp(p, type, n) == 0)
			return true;
		p += word;
		p += strspn(p, ", ");
	}
	return false;
}

int attachment_allowed(const struct attachment_limits *l, const struct msg_attachment *a, size_t n, struct err *e)
{
	enum { MB = 1 << 20 };
	uint64_t all = 0;
	if (n == 0)
		return 0;
	if (l->count == 0)
		return err_set(e, E_RANGE, "files: this channel carries none; say it in words, or name a page where they are");
	if (n > l->count)
		return err_set(e, E_RANGE, "files: this channel carries %u with one message at most", l->count);
	for (size_t i = 0; i < n; i++) {
		all += a[i].size;
		if (!attachment_listed(l->types, a[i].type))
			return err_set(e, E_RANGE, "files: '%.80s' is %.80s, which this channel does not carry; it carries %s", a[i].name, a[i].type,
				l->types);
		if (a[i].size == 0 || a[i].size > l->each)
			return err_set(e, E_RANGE, "files: '%.80s' is %s; this channel carries up to %u MB each", a[i].name,
				a[i].size ? "too large" : "empty", (unsigned)(l->each / MB));
	}
	return all > l->all ? err_rule(e, E_RANGE, "files-together", "files: together they are too large; this channel carries up to "
		"%u MB with one message", (unsigned)(l->all / MB)) : 0;
}
