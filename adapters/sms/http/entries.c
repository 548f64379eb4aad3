#include "adapters/sms/http/entries.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"

const char *entry_text(const struct provider_call *c, const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	if (json_is_integer(v))
		return arena_printf(c->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	if (!json_is_string(v))
		return NULL;
	const char *p = json_string_value(v);
	size_t n = json_string_length(v), to = 0;
	char *text = arena_alloc(c->arena, n + 1);
	for (size_t i = 0; i < n; i++)
		if (p[i])
			text[to++] = p[i];
	return text;
}

static json_t *parse(const struct provider_call *c)
{
	const size_t flags = JSON_ALLOW_NUL;
	json_t *all = json_loadb(c->body, c->n, flags, NULL);
	if (all || utf8_valid(c->body, c->n))
		return all;
	struct buf mended;
	buf_init(&mended, 3 * PROVIDER_BODY_MAX);
	utf8_mend(&mended, c->body, c->n);
	all = json_loadb(buf_str(&mended), mended.len, flags, NULL);
	buf_fini(&mended);
	return all;
}

static void one(const struct provider_call *c, const json_t *object, entry_read_f *read, provider_each_f *each,
	void *arg)
{
	struct provider_entry e = { .kind = ENTRY_BAD, .reason = "entry-no-object" };
	if (json_is_object(object))
		read(c, object, &e);
	char *raw = e.kind == ENTRY_BAD ? json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	if (raw) {
		e.raw = raw;
		e.raw_n = strlen(raw);
	}
	each(arg, &e);
	free(raw);
}

int entries_read(const struct provider_call *c, entry_read_f *read, provider_each_f *each, void *arg)
{
	json_t *all = parse(c);
	int rc = json_is_object(all) || (json_is_array(all) && json_array_size(all) <= PROVIDER_ENTRIES_MAX) ? 1 : -1;
	if (rc > 0 && json_is_object(all))
		one(c, all, read, each, arg);
	for (size_t i = 0; rc > 0 && i < json_array_size(all); i++)
		one(c, json_array_get(all, i), read, each, arg);
	json_decref(all);
	return rc;
}
