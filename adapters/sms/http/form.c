#include "adapters/sms/http/form.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/percent.h"

bool form_encode(struct buf *out, const char *text)
{
	return percent_add(out, text, "-._~");
}

bool form_add(struct buf *out, const char *name, const char *value)
{
	bool first = !out->len || out->data[out->len - 1] == '?';
	return (first || buf_addc(out, '&')) && form_encode(out, name) && buf_addc(out, '=') && form_encode(out, value);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL: malformed. */
static const char *decode(const char *p, size_t n, struct arena *a)
{
	char *out = arena_alloc(a, n + 1), *to = out;
	for (size_t i = 0; i < n; i++) {
		char c = p[i] == '+' ? ' ' : p[i];
		if (c == '%') {
			int high = i + 2 < n ? digit(p[i + 1]) : -1, low = i + 2 < n ? digit(p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return NULL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c)
			*to++ = c;
	}
	*to = '\0';
	return out;
}

static int add(struct form *f, const char *p, size_t n, struct arena *a)
{
	const char *equals = memchr(p, '=', n);
	size_t name = equals ? (size_t)(equals - p) : n;
	if (f->count == FORM_PAIRS_MAX)
		return -1;
	struct form_pair *pair = &f->pair[f->count++];
	pair->name = decode(p, name, a);
	pair->value = equals ? decode(equals + 1, n - name - 1, a) : "";
	return pair->name && pair->value ? 1 : -1;
}

int form_read(const char *p, size_t n, struct arena *a, struct form *out)
{
	out->count = 0;
	for (size_t at = 0; at < n;) {
		const char *amp = memchr(p + at, '&', n - at);
		size_t len = amp ? (size_t)(amp - p) - at : n - at;
		if (len && add(out, p + at, len, a) < 0)
			return -1;
		at += len + 1;
	}
	return 1;
}

const char *form_get(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->pair[i].name, name))
			return f->pair[i].value;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct form_pair *x = a, *y = b;
	int by_name = strcmp(x->name, y->name);
	return by_name ? by_name : strcmp(x->value, y->value);
}

void form_sort(struct form *f)
{
	qsort(f->pair, f->count, sizeof f->pair[0], compare);
}
