#include "gateway/model/attachment.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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
