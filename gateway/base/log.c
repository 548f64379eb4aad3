#include "gateway/base/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/utf8.h"

/* Where a field begins is marked in the format, before values go in, so a value with " key=" in it stays a value. */
enum { FIELD_MARK = 0x1F, LOG_FIELDS_MAX = 4096, LOG_LINE_MAX = 6 * 4096 + 4096, LOG_FORMAT_MAX = 512 };

static atomic_bool as_json;
static atomic_int least_level = LOG_INFO;

void log_init(bool json, enum log_level least)
{
	atomic_store(&as_json, json);
	atomic_store(&least_level, (int)least);
}

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The length of "key" when s begins "key=", else 0. */
static size_t key_len(const char *s)
{
	size_t n = 0;
	while (is_key_char(s[n]))
		n++;
	return s[n] == '=' ? n : 0;
}

static unsigned count_marks(const char *s)
{
	unsigned n = 0;
	for (; *s; s++)
		n += *s == FIELD_MARK;
	return n;
}

/* A value that holds a mark could forge fields: then nothing is split. */
static void unmark_forged(char *fields, unsigned marks)
{
	if (count_marks(fields) <= marks)
		return;
	for (; *fields; fields++)
		if (*fields == FIELD_MARK)
			*fields = ' ';
}

static void mark_fields(const char *fmt, char out[LOG_FORMAT_MAX])
{
	size_t n = 0;
	must(strlen(fmt) < LOG_FORMAT_MAX - 1);
	for (size_t i = 0; fmt[i]; i++) {
		if (fmt[i] == ' ' && key_len(fmt + i + 1)) {
			out[n++] = FIELD_MARK;
			continue;
		}
		out[n++] = fmt[i];
	}
	out[n] = '\0';
}

/* JSON's escapes, which the text form shares. */
static void add_escaped(struct buf *b, const char *s, size_t n)
{
	uint32_t cp;
	for (size_t took; n; s += took, n -= took) {
		took = utf8_next(s, n, &cp);
		if (!took) {
			buf_adds(b, "\xEF\xBF\xBD");
			took = 1;
		} else if (cp == '"' || cp == '\\') {
			buf_addf(b, "\\%c", (char)cp);
		} else if (cp == '\n') {
			buf_adds(b, "\\n");
		} else if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029) {
			buf_addf(b, "\\u%04x", (unsigned)cp);
		} else {
			buf_add(b, s, took);
		}
	}
}

static void add_quoted(struct buf *b, const char *s, size_t n)
{
	buf_addc(b, '"');
	add_escaped(b, s, n);
	buf_addc(b, '"');
}

static bool is_plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || strchr("\"\\=", s[i]))
			return false;
	return n > 0;
}

static void add_field(struct buf *b, bool json, const char *s, size_t n)
{
	size_t k = key_len(s);
	if (k >= n)
		k = 0;
	const char *key = k ? s : "note", *value = k ? s + k + 1 : s;
	size_t key_n = k ? k : 4, value_n = (size_t)(s + n - value);
	buf_adds(b, json ? ",\"" : " ");
	buf_add(b, key, key_n);
	buf_adds(b, json ? "\":" : "=");
	if (json || !is_plain(value, value_n))
		add_quoted(b, value, value_n);
	else
		add_escaped(b, value, value_n);
}

static void add_head(struct buf *b, bool json, enum log_level level, const char *tag, const char *what)
{
	static const char *const name[] = { "debug", "info", "warn", "error" };
	char at[CLOCK_TEXT];
	clock_rfc3339(clock_now(), at);
	buf_addf(b, json ? "{\"at\":\"%s\",\"level\":\"%s\",\"tag\":" : "%s %-5s ", at, name[level]);
	if (json) {
		add_quoted(b, tag, strlen(tag));
		buf_adds(b, ",\"what\":");
		add_quoted(b, what, strlen(what));
	} else {
		add_escaped(b, tag, strlen(tag));
		buf_adds(b, ": ");
		add_escaped(b, what, strlen(what));
	}
}

static void add_fields(struct buf *b, bool json, const char *fields)
{
	const char mark[] = { FIELD_MARK, '\0' };
	while (*fields) {
		size_t n = strcspn(fields, mark);
		if (n)
			add_field(b, json, fields, n);
		fields += n + (fields[n] != '\0');
	}
}

/* --- to stderr --- */

/* Who reads stderr may stop reading, or be slow. Lines wait for that as long as this, all together, in a while; then they are left out. */
enum { READER_MS = 200, READER_WHILE_MS = 10000, PIPE_ROOM = 4096 };

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static unsigned left_out; /* lines since one got through; all of this under writing */
static bool torn;         /* the last one in its middle */
static int64_t while_began, waited; /* ms */

/* A pipe that is said to have room takes a page of it without blocking. */
static bool has_room(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	int64_t now = clock_monotonic();
	if (poll(&p, 1, 0) > 0)
		return true;
	if (now - while_began >= READER_WHILE_MS) {
		while_began = now;
		waited = 0;
	}
	if (waited >= READER_MS)
		return false;
	bool room = poll(&p, 1, (int)(READER_MS - waited)) > 0;
	waited += clock_monotonic() - now;
	return room;
}

/* false: there was no room for it, or for its rest. */
static bool put(const uint8_t *p, size_t n)
{
	for (size_t step; n; p += step, n -= step) {
		step = n < PIPE_ROOM ? n : PIPE_ROOM;
		if (!has_room())
			return false;
		ssize_t ignored = write(STDERR_FILENO, p, step);
		(void)ignored;
		torn = n > step;
	}
	return true;
}

static void put_line(bool json, const struct buf *line)
{
	struct buf late;
	buf_init(&late, LOG_LINE_MAX + LOG_FORMAT_MAX);
	must(pthread_mutex_lock(&writing) == 0);
	if (left_out) {
		char lines[32];
		(void)snprintf(lines, sizeof lines, "lines=%u", left_out);
		buf_adds(&late, torn ? "\n" : "");
		add_head(&late, json, LOG_WARN, "log", "nobody read it: lines were left out");
		add_fields(&late, json, lines);
		buf_adds(&late, json ? "}\n" : "\n");
		buf_add(&late, line->data, line->len);
		line = &late;
	}
	left_out = put(line->data, line->len) ? 0 : left_out + 1;
	must(pthread_mutex_unlock(&writing) == 0);
	buf_fini(&late);
}

void log_event(enum log_level level, const char *tag, const char *what, const char *fmt, ...)
{
	if ((int)level < atomic_load(&least_level))
		return;
	bool json = atomic_load(&as_json);
	char marked[LOG_FORMAT_MAX], fields[LOG_FIELDS_MAX] = "";
	if (fmt) {
		mark_fields(fmt, marked);
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(fields, sizeof fields, marked, ap);
		va_end(ap);
		fields[utf8_cut(fields, strlen(fields), strlen(fields))] = '\0';
		unmark_forged(fields, count_marks(marked));
	}
	struct buf line;
	buf_init(&line, LOG_LINE_MAX);
	add_head(&line, json, level, tag, what);
	add_fields(&line, json, fields);
	buf_adds(&line, json ? "}\n" : "\n");
	put_line(json, &line);
	buf_fini(&line);
}
