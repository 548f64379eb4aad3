#include "gateway/base/config_file.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/file.h"
#include "gateway/base/mem.h"
#include "gateway/base/network.h"
#include "gateway/base/utf8.h"

/* inih splits lines into keys and values and knows comments; Debian builds it without line numbers, and it says nothing
 * of sections without keys or of repeated ones. So we feed it line by line: the line being read is then known to the
 * handler, and section lines are looked at on the way. */

enum { CONFIG_FILE_MAX = 1 << 20, CONFIG_LINE_MAX = 4096 };

struct reader {
	struct config_file *c;
	struct faults *f;
	const char *at, *end;
	unsigned line;
	bool awaits_key; /* the line given to inih must come back as a key and value */
};

const char *config_path(const struct config_file *c)
{
	return c->path;
}

struct config_section *config_section(const struct config_file *c, size_t i)
{
	return i < c->count ? c->section[i] : NULL;
}

const char *config_section_kind(const struct config_section *s)
{
	return s->kind;
}

const char *config_section_name(const struct config_section *s)
{
	return s->name;
}

unsigned config_section_line(const struct config_section *s)
{
	return s->line;
}

static struct config_section *section_find(const struct config_file *c, const char *kind, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->section[i]->kind, kind) && !strcmp(c->section[i]->name, name))
			return c->section[i];
	return NULL;
}

/* title: "channel sms". */
static void section_add(struct reader *r, const char *title)
{
	size_t kind = strcspn(title, " \t");
	const char *name = title + kind + strspn(title + kind, " \t");
	struct config_section *s = mem_new(struct config_section);
	struct config_file *c = r->c;
	*s = (struct config_section){ .file = c, .line = r->line };
	s->kind = mem_strndup(title, kind);
	s->name = mem_strdup(name);
	const struct config_section *before = section_find(c, s->kind, s->name);
	if (before)
		faults_add(r->f, c->path, r->line, "[%s] is here again after line %u; put its keys there", title,
			before->line);
	c->section = mem_grow(c->section, c->count, sizeof *c->section);
	c->section[c->count++] = s;
}

/* line begins with '['. */
static void take_section(struct reader *r, const char *line)
{
	const char *close = strchr(line, ']');
	const char *rest = close ? close + 1 + strspn(close + 1, " \t\r\n") : "";
	if (!close || (*rest && !strchr("#;", *rest))) {
		faults_add(r->f, r->c->path, r->line,
			"not a section; write [KIND] or [KIND NAME] on a line of its own");
		return;
	}
	line += 1 + strspn(line + 1, " \t");
	while (close > line && strchr(" \t", close[-1]))
		close--;
	char *title = mem_strndup(line, (size_t)(close - line));
	if (!*title)
		faults_add(r->f, r->c->path, r->line, "a section without a name; write [KIND] or [KIND NAME]");
	section_add(r, title);
	free(title);
}

static void expect_key(struct reader *r)
{
	if (r->awaits_key)
		faults_add(r->f, r->c->path, r->line,
			"neither a section nor a key; write KEY = VALUE, or # before a comment");
	r->awaits_key = false;
}

/* inih's ini_reader: the next line, or NULL at the end. Our section lines reach inih as empty ones. */
static char *next_line(char *out, int size, void *arg)
{
	struct reader *r = arg;
	expect_key(r);
	if (r->at == r->end)
		return NULL;
	const char *feed = memchr(r->at, '\n', (size_t)(r->end - r->at));
	size_t n = (size_t)((feed ? feed : r->end) - r->at);
	const char *line = r->at;
	r->at += n + (feed != NULL);
	r->line++;
	*out = '\0';
	if (n + 3 > (size_t)size) {
		faults_add(r->f, r->c->path, r->line, "the line is longer than %d bytes", size - 3);
		return out;
	}
	memcpy(out, line, n);
	out[n] = '\0';
	const char *start = out + strspn(out, " \t\r");
	r->awaits_key = *start && !strchr("#;[", *start);
	if (*start == '[') {
		take_section(r, start);
		*out = '\0';
	}
	return out;
}

static int take_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reader *r = arg;
	(void)section;
	r->awaits_key = false;
	if (!*key) {
		faults_add(r->f, r->c->path, r->line, "a value without a key; write KEY = VALUE");
		return 1;
	}
	if (!r->c->count) {
		faults_add(r->f, r->c->path, r->line,
			"key \"%s\" stands before any section; put it under one, as [gateway]", key);
		return 1;
	}
	struct config_section *s = r->c->section[r->c->count - 1];
	s->entry = mem_grow(s->entry, s->count, sizeof *s->entry);
	s->entry[s->count++] =
		(struct config_entry){ .key = mem_strdup(key), .value = mem_strdup(value), .line = r->line };
	return 1;
}

/* These are the library's own globals; configuration is read before there are threads. */
static void set_up_inih(void)
{
	static char comment[] = "#;";
	ini_allow_multiline = false;
	ini_allow_bom = false;
	ini_allow_inline_comments = true;
	ini_inline_comment_prefixes = comment;
	ini_start_comment_prefixes = comment;
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_initial_alloc = CONFIG_LINE_MAX; /* on the heap and not growing, this is the limit */
	ini_allow_no_value = false;
	ini_stop_on_first_error = false;
}

static bool read_text(const char *path, struct buf *text, struct faults *f)
{
	struct err e;
	if (file_read(path, text, &e)) {
		faults_add(f, path, 0, "%s", e.words);
		return false;
	}
	if (!utf8_valid(buf_str(text), text->len) || strlen(buf_str(text)) != text->len) {
		faults_add(f, path, 0, "not UTF-8 text; save it as UTF-8");
		return false;
	}
	return true;
}

struct config_file *config_load(const char *path, struct faults *f)
{
	struct config_file *c = NULL;
	struct buf text;
	buf_init(&text, CONFIG_FILE_MAX);
	if (read_text(path, &text, f)) {
		c = mem_new(struct config_file);
		c->path = mem_strdup(path);
		c->arena = arena_create(4096);
		char *folder = file_folder(path);
		c->folder = realpath(folder, NULL);
		must(c->folder); /* a file in it was just read */
		free(folder);
		struct reader r = { .c = c, .f = f, .at = buf_str(&text), .end = buf_str(&text) + text.len };
		if (!strncmp(r.at, "\xEF\xBB\xBF", 3))
			r.at += 3;
		set_up_inih();
		must(ini_parse_stream(next_line, &r, take_key, &r) >= 0);
	}
	buf_fini(&text);
	return c;
}

static void section_destroy(struct config_section *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->entry[i].key);
		free(s->entry[i].value);
	}
	free(s->entry);
	free(s->kind);
	free(s->name);
	free(s);
}

void config_destroy(struct config_file **c)
{
	if (!*c)
		return;
	for (size_t i = 0; i < (*c)->count; i++)
		section_destroy((*c)->section[i]);
	free((*c)->section);
	arena_destroy(&(*c)->arena);
	free((*c)->folder);
	free((*c)->path);
	free(*c);
	*c = NULL;
}

struct config_entry *config_entry(struct config_section *s, const char *key, size_t n)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->entry[i].key, key)) {
			s->entry[i].known = true;
			if (!n--)
				return &s->entry[i];
		}
	return NULL;
}

const char *config_raw(struct config_section *s, const char *key, unsigned *line)
{
	const struct config_entry *v = config_entry(s, key, 0);
	if (v && line)
		*line = v->line;
	return v ? v->value : NULL;
}

/* A secret KEY may stand there as KEY_file. */
static bool is_of(const char *written, const char *key)
{
	size_t n = strlen(key);
	return !strncmp(written, key, n) && (!written[n] || !strcmp(written + n, "_file"));
}

static unsigned line_of(const struct config_section *s, const char *key)
{
	unsigned line = s->line;
	for (size_t i = s->count; i-- > 0;)
		if (key && is_of(s->entry[i].key, key))
			line = s->entry[i].line;
	return line;
}

void config_fault(struct config_section *s, const char *key, struct faults *f, const char *fmt, ...)
{
	char *words = NULL;
	va_list ap;
	va_start(ap, fmt);
	must(vasprintf(&words, fmt, ap) >= 0);
	va_end(ap);
	faults_add(f, s->file->path, line_of(s, key), "%s", words);
	free(words);
}

void config_warn(struct config_section *s, const char *key, struct faults *f, const char *fmt, ...)
{
	char *words = NULL;
	va_list ap;
	va_start(ap, fmt);
	must(vasprintf(&words, fmt, ap) >= 0);
	va_end(ap);
	faults_warn(f, s->file->path, line_of(s, key), "%s", words);
	free(words);
}

void config_warn_plain(struct config_section *s, const char *key, const char *address, bool plain,
	const char *instead, struct faults *f)
{
	if (address && !plain && !network_is_loopback(address))
		config_warn(s, key, f, "%s = %s reaches beyond this machine without TLS, so whoever is in between reads along; %s",
			key, address, instead);
}

const char *config_resolve(const struct config_section *s, const char *path)
{
	struct arena *a = s->file->arena;
	return *path == '/' ? arena_strdup(a, path) : arena_printf(a, "%s/%s", s->file->folder, path);
}
