#include "gateway/command/print.h"

#include <ctype.h>
#include <string.h>

#include "gateway/base/err.h"
#include "gateway/base/utf8.h"

void print_words(const char *s, const char *kept)
{
	uint32_t cp;
	size_t left = strlen(s);
	for (size_t n; left; s += n, left -= n) {
		n = utf8_next(s, left, &cp);
		if (n == 0)
			n = 1, cp = 0x7f; /* no character at all */
		if ((cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) && strchr(kept, (int)cp) == NULL)
			(void)fputc(' ', stdout);
		else
			(void)fwrite(s, 1, n, stdout);
	}
}

static void print_cell(const json_t *v, const char *sep)
{
	(void)fputs(sep, stdout);
	if (json_is_string(v)) /* one row is one line, whatever a citizen wrote */
		print_words(json_string_value(v), "");
	else if (json_is_integer(v))
		(void)printf("%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		(void)fputs(json_is_true(v) ? "yes" : "no", stdout);
	else
		(void)fputc('-', stdout);
}

void print_row(struct command_print *p, json_t *row)
{
	must(row != NULL);
	if (p->json) {
		char *text = json_dumps(row, JSON_COMPACT);
		must(text != NULL);
		(void)puts(text);
		free(text);
	} else {
		for (size_t i = 0; p->rows == 0 && p->column[i] != NULL; i++)
			(void)printf("%s%s%s", i ? "\t" : "", p->column[i], p->column[i + 1] ? "" : "\n");
		for (size_t i = 0; p->column[i] != NULL; i++)
			print_cell(json_object_get(row, p->column[i]), i ? "\t" : "");
		(void)fputc('\n', stdout);
	}
	p->rows++;
	json_decref(row);
}

void print_end(struct command_print *p, const char *empty)
{
	if (p->rows == 0 && !p->json)
		(void)puts(empty);
}

int command_failed(const struct err *e)
{
	if (e->words[0] != '\0')
		(void)fprintf(stderr, "xinqiao: %s\n", e->words);
	return EXIT_FAILED;
}
