#include "adapters/email/attach.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/words.h"
#include "gateway/base/utf8.h"

static const char *last_component(const char *p)
{
	const char *from = p;
	for (; *p; p++)
		if (*p == '/' || *p == '\\')
			from = p + 1;
	return from;
}

static void keep_ending(const char *name, size_t n, char out[ATTACH_NAME_MAX + 1])
{
	const char *dot = memrchr(name, '.', n);
	size_t ending = dot && (size_t)(name + n - dot) <= 16 ? (size_t)(name + n - dot) : 0;
	size_t stem = utf8_cut(name, n - ending, ATTACH_NAME_MAX - ending);
	memcpy(out, name, stem);
	memcpy(out + stem, name + n - ending, ending);
	size_t n_out = stem + ending;
	while (n_out > 0 && (out[n_out - 1] == ' ' || out[n_out - 1] == '.')) /* where it was cut */
		n_out--;
	out[n_out] = '\0';
}

void attach_name(const char *name, unsigned number, char out[ATTACH_NAME_MAX + 1])
{
	struct buf text, clean;
	buf_init(&text, 64 << 10);
	buf_init(&clean, 64 << 10);
	if (name)
		words_decode(name, strnlen(name, 16 << 10), CHARSET_MAINLAND, &text);
	for (const char *p = last_component(buf_str(&text)); *p; p++)
		buf_addc(&clean, strchr("<>:\"|?*", *p) ? '_' : *p);
	const char *p = buf_str(&clean);
	p += strspn(p, ". ");
	size_t n = strlen(p);
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '.'))
		n--;
	if (n > 0)
		keep_ending(p, n, out);
	else
		snprintf(out, ATTACH_NAME_MAX + 1, "附件-%u", number);
	buf_fini(&text);
	buf_fini(&clean);
}
