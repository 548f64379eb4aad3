#include "gateway/base/err.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

const char *err_name(int code)
{
	static const char *const name[] = { "ok", "again", "io", "malformed", "range", "not-found", "exists",
		"conflict", "denied", "config", "timeout", "closed", "corrupt", "unsupported" };
	size_t i = code <= 0 ? (size_t)-(long long)code : sizeof name;
	return i < sizeof name / sizeof *name ? name[i] : "unknown";
}

/* One line, cut on a character border: words end up in logs, tables and problem documents. */
static void tidy(char *words, size_t written)
{
	size_t n = strlen(words);
	if (written > n)
		words[utf8_cut(words, n, n)] = '\0';
	for (char *p = words; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
}

static XQ_PRINTF(4, 0) int set(struct err *e, int code, const char *rule, const char *fmt, va_list ap)
{
	if (!e)
		return code;
	char words[ERR_WORDS_MAX]; /* an argument may be e->words itself */
	int n = vsnprintf(words, sizeof words, fmt, ap);
	must(n >= 0);
	tidy(words, (size_t)n);
	e->code = code;
	e->rule = rule;
	memcpy(e->words, words, sizeof words);
	return code;
}

int(err_set)(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)set(e, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int(err_rule)(struct err *e, int code, const char *rule, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)set(e, code, rule, fmt, ap);
	va_end(ap);
	return code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	if (!e)
		return E_OK;
	char words[ERR_WORDS_MAX];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	must(n >= 0);
	size_t at = strlen(words);
	int m = snprintf(words + at, sizeof words - at, ": %s", e->words);
	must(m >= 0);
	tidy(words, (size_t)n + (size_t)m);
	memcpy(e->words, words, sizeof words);
	return e->code;
}

/* "file:line: words"; *at: where the words begin. */
static XQ_PRINTF(4, 0) char *located(const char *file, unsigned line, size_t *at, const char *fmt, va_list ap)
{
	char *words = NULL;
	int n = vasprintf(&words, fmt, ap);
	must(n >= 0);
	tidy(words, (size_t)n);
	char *whole = line ? mem_printf("%s:%u: %s", file, line, words) : mem_printf("%s: %s", file, words);
	*at = strlen(whole) - strlen(words);
	free(words);
	return whole;
}

void faults_add(struct faults *f, const char *file, unsigned line, const char *fmt, ...)
{
	size_t words;
	va_list ap;
	va_start(ap, fmt);
	char *whole = located(file, line, &words, fmt, ap);
	va_end(ap);
	f->line = mem_grow(f->line, f->count, sizeof *f->line);
	f->of = mem_grow(f->of, f->count, sizeof *f->of);
	f->of[f->count] = (struct fault){ .form = fmt, .line = line, .file = strlen(file), .words = words };
	f->line[f->count++] = whole;
}

void faults_warn(struct faults *f, const char *file, unsigned line, const char *fmt, ...)
{
	size_t words;
	va_list ap;
	va_start(ap, fmt);
	char *whole = located(file, line, &words, fmt, ap);
	va_end(ap);
	f->warning = mem_grow(f->warning, f->warnings, sizeof *f->warning);
	f->warning[f->warnings++] = whole;
}

void faults_fini(struct faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->line[i]);
	free(f->line);
	free(f->of);
	for (size_t i = 0; i < f->warnings; i++)
		free(f->warning[i]);
	free(f->warning);
	*f = (struct faults){ 0 };
}

void err_stop(const char *line, size_t n)
{
	enum { READER_MS = 200 };
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	if (poll(&p, 1, READER_MS) > 0) { /* a pipe then takes a page without blocking */
		ssize_t ignored = write(STDERR_FILENO, line, n);
		(void)ignored;
	}
	abort();
}

void must_fail(const char *expr, const char *file, int line)
{
	char words[512];
	int n = snprintf(words, sizeof words, "%s:%d: must hold, and does not: %s\n", file, line, expr);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof words ? (size_t)n : sizeof words - 1;
	err_stop(words, len);
}
