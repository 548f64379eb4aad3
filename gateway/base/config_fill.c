#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/buf.h"
#include "gateway/base/config_file.h"
#include "gateway/base/file.h"
#include "gateway/base/utf8.h"

enum { SECRET_MAX = 64 * 1024, WORDS_MAX = 4096 };

/* Converters: the value of k, into *out. 0, or E_* with words that say what would be right. */

static int to_int(const struct config_key *k, const char *value, int *out, struct err *e)
{
	long long least = k->min || k->max ? k->min : INT_MIN, most = k->min || k->max ? k->max : INT_MAX;
	char *end;
	errno = 0;
	long long v = strtoll(value, &end, 10);
	if (end == value || *end)
		return err_set(e, E_MALFORMED, "not a whole number; write one from %lld to %lld", least, most);
	if (errno || v < least || v > most)
		return err_set(e, E_RANGE, "out of range; write a whole number from %lld to %lld", least, most);
	*out = (int)v;
	return E_OK;
}

static int to_bool(const char *value, bool *out, struct err *e)
{
	static const char *const yes[] = { "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		bool is_yes = !strcasecmp(value, yes[i]);
		if (is_yes || !strcasecmp(value, no[i])) {
			*out = is_yes;
			return E_OK;
		}
	}
	return err_set(e, E_MALFORMED, "neither yes nor no; write yes or no");
}

static int to_choice(const struct config_key *k, const char *value, int *out, struct err *e)
{
	int index = 0;
	size_t len = strlen(value);
	for (const char *c = k->choices;; index++) {
		size_t n = strcspn(c, "|");
		if (n && n == len && !memcmp(c, value, n)) {
			*out = index;
			return E_OK;
		}
		if (!c[n])
			break;
		c += n + 1;
	}
	struct buf right;
	buf_init(&right, ERR_WORDS_MAX);
	for (const char *c = k->choices; *c; c++)
		buf_adds(&right, *c == '|' ? ", " : (char[]){ *c, '\0' });
	int rc = err_set(e, E_RANGE, "not a choice; write one of %s", buf_str(&right));
	buf_fini(&right);
	return rc;
}

static int to_listen(struct arena *a, const char *value, struct config_listen *out, struct err *e)
{
	static const char right[] = "write HOST:PORT, such as 127.0.0.1:12345 or [::1]:12345";
	const char *host = value, *colon = strrchr(value, ':');
	size_t n = colon ? (size_t)(colon - value) : 0;
	if (!n)
		return err_set(e, E_MALFORMED, "no host and port; %s", right);
	if (*host == '[') {
		if (n < 3 || host[n - 1] != ']')
			return err_set(e, E_MALFORMED, "the bracket is not closed before the port; %s", right);
		host++;
		n -= 2;
	} else if (memchr(host, ':', n)) {
		return err_set(e, E_MALFORMED, "an IPv6 address without brackets; %s", right);
	}
	struct config_key port = { .max = 65535 };
	if (colon[1] < '0' || colon[1] > '9' || to_int(&port, colon + 1, &out->port, NULL))
		return err_set(e, E_RANGE, "\"%s\" is no port from 0 to 65535; %s", colon + 1, right);
	out->host = arena_strndup(a, host, n);
	return E_OK;
}

static int convert(struct config_section *s, const struct config_key *k, const char *value, void *out, struct err *e)
{
	struct arena *a = s->file->arena;
	switch (k->type) {
	case CONFIG_STRING:
		*(const char **)out = arena_strdup(a, value);
		return E_OK;
	case CONFIG_PATH:
		*(const char **)out = *value ? config_resolve(s, value) : NULL;
		return E_OK;
	case CONFIG_INT:
		return to_int(k, value, out, e);
	case CONFIG_BOOL:
		return to_bool(value, out, e);
	case CONFIG_ENUM:
		return to_choice(k, value, out, e);
	case CONFIG_LISTEN:
		return *value ? to_listen(a, value, out, e) : E_OK;
	case CONFIG_LIST:
		break;
	}
	must_fail("a key of one value", __FILE__, __LINE__);
}

/* Adds the items of one line: "a, b". */
static void list_add(struct arena *a, struct config_list *l, const char *value)
{
	size_t most = l->count + 1;
	for (const char *c = value; *c; c++)
		most += *c == ',';
	const char **item = arena_alloc(a, most * sizeof *item);
	if (l->count)
		memcpy(item, l->item, l->count * sizeof *item);
	while (*value) {
		value += strspn(value, " \t,");
		size_t n = strcspn(value, ",");
		const char *next = value + n;
		while (n && strchr(" \t", value[n - 1]))
			n--;
		if (n)
			item[l->count++] = arena_strndup(a, value, n);
		value = next;
	}
	l->item = item;
}

static void fill_list(struct config_section *s, const struct config_key *k, struct config_list *l, struct faults *f)
{
	const struct config_entry *v;
	size_t n = 0;
	for (; (v = config_entry(s, k->name, n)); n++)
		list_add(s->file->arena, l, v->value);
	if (!n && k->def)
		list_add(s->file->arena, l, k->def);
	if (k->required && !l->count)
		config_fault(s, k->name, f, "%s is missing; write %s = VALUE, VALUE", k->name, k->name);
}

/* What KEY_file names: one line, whose end and byte-order mark, which editors put there, are no part of a password. */
static const char *read_secret(struct config_section *s, const struct config_entry *from, struct faults *f)
{
	struct buf b;
	struct err e;
	const char *value = NULL;
	buf_init(&b, SECRET_MAX);
	if (file_read(config_resolve(s, from->value), &b, &e)) {
		faults_add(f, s->file->path, from->line, "%s: %s", from->key, e.words);
	} else {
		const char *text = buf_str(&b);
		size_t mark = strncmp(text, "\xEF\xBB\xBF", 3) ? 0 : 3, len = b.len - mark;
		text += mark;
		size_t n = strcspn(text, "\r\n");
		if (!n || n + strspn(text + n, "\r\n") != len || !utf8_valid(text, len))
			faults_add(f, s->file->path, from->line,
				"%s: %s must hold one line of UTF-8 text and nothing else", from->key, from->value);
		else
			value = arena_strndup(s->file->arena, text, n);
	}
	buf_fini(&b);
	return value;
}

static const struct config_entry *entry_of_file(struct config_section *s, const struct config_key *k)
{
	if (!k->secret)
		return NULL;
	char *name = mem_printf("%s_file", k->name);
	const struct config_entry *from = config_entry(s, name, 0);
	free(name);
	return from;
}

/* What is written for k, here or in its KEY_file; else the default. false: a fault was added. */
static bool written_value(struct config_section *s, const struct config_key *k, const char **value, unsigned *line,
	struct faults *f)
{
	const struct config_entry *own = config_entry(s, k->name, 0), *again = config_entry(s, k->name, 1);
	const struct config_entry *from = entry_of_file(s, k);
	const char *file = s->file->path;
	*line = own ? own->line : from ? from->line : s->line;
	*value = own ? own->value : k->def;
	if (again) {
		faults_add(f, file, again->line, "%s is here again after line %u; keep one of them", k->name, *line);
		return false;
	}
	if (own && from) {
		faults_add(f, file, from->line, "%s and %s are both given; keep one of them", k->name, from->key);
		return false;
	}
	if (from)
		*value = read_secret(s, from, f);
	return *value || !from;
}

/* A path or address that has a default is used in any case: without one, it would be none, or every address there is. */
static bool takes_empty(const struct config_key *k)
{
	return !k->required && (k->type == CONFIG_STRING || (!k->def && (k->type == CONFIG_PATH || k->type == CONFIG_LISTEN)));
}

static void fill_one(struct config_section *s, const struct config_key *k, void *out, struct faults *f)
{
	struct err e = { 0 };
	const char *value, *file = s->file->path;
	unsigned line;
	if (!written_value(s, k, &value, &line, f))
		return;
	if (!value) {
		if (k->required)
			faults_add(f, file, line, "[%s%s%s] needs %s%s%s", s->kind, *s->name ? " " : "", s->name,
				k->name, k->doc ? ": " : "", k->doc ? k->doc : "");
	} else if (!*value && !takes_empty(k)) {
		faults_add(f, file, line, "%s has no value; write one, or leave the line out", k->name);
	} else if (convert(s, k, value, out, &e)) {
		if (k->secret)
			faults_add(f, file, line, "%s: %s", k->name, e.words);
		else
			faults_add(f, file, line, "%s = %s: %s", k->name, value, e.words);
	}
}

static void clear(const struct config_key *k, void *out)
{
	static const size_t size[] = { [CONFIG_STRING] = sizeof(const char *),
		[CONFIG_PATH] = sizeof(const char *),
		[CONFIG_INT] = sizeof(int),
		[CONFIG_BOOL] = sizeof(bool),
		[CONFIG_ENUM] = sizeof(int),
		[CONFIG_LISTEN] = sizeof(struct config_listen),
		[CONFIG_LIST] = sizeof(struct config_list) };
	memset(out, 0, size[k->type]);
}

static void fault_unknown(struct config_section *s, const struct config_key *keys, struct faults *f)
{
	struct buf names;
	buf_init(&names, WORDS_MAX);
	for (const struct config_key *k = keys; k->name; k++)
		buf_addf(&names, "%s%s", k == keys ? "" : ", ", k->name);
	for (size_t i = 0; i < s->count; i++)
		if (!s->entry[i].known)
			faults_add(f, s->file->path, s->entry[i].line, "unknown key \"%s\" in [%s%s%s]; it knows %s",
				s->entry[i].key, s->kind, *s->name ? " " : "", s->name, buf_str(&names));
	buf_fini(&names);
}

void config_fill(struct config_section *s, const struct config_key *keys, void *out, struct faults *f)
{
	for (const struct config_key *k = keys; k->name; k++) {
		void *field = (char *)out + k->offset;
		clear(k, field);
		if (k->type == CONFIG_LIST)
			fill_list(s, k, field, f);
		else
			fill_one(s, k, field, f);
	}
	fault_unknown(s, keys, f);
}
