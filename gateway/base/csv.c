#include "gateway/base/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/file.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

enum { FAULTS_MAX = 20 };

struct csv {
	char *path;
	struct buf text;    /* the file; cells point into it, unquoted and trimmed in place */
	const char **cell;  /* row by row, the header first */
	unsigned *line;     /* where each row begins */
	size_t rows, room;  /* with the header */
	int columns;
};

struct reader {
	struct csv *t;
	struct faults *f;
	char *at;
	unsigned line;
	size_t before; /* faults of others */
};

/* Spreadsheet users also indent with the full-width space (U+3000). */
static char *trim(char *s)
{
	static const char wide[] = "\xE3\x80\x80";
	while (*s == ' ' || *s == '\t' || !strncmp(s, wide, 3))
		s += *s == wide[0] ? 3 : 1;
	size_t n = strlen(s);
	for (;;) {
		if (n && strchr(" \t\r\n", s[n - 1]))
			n--;
		else if (n >= 3 && !memcmp(s + n - 3, wide, 3))
			n -= 3;
		else
			break;
	}
	s[n] = '\0';
	return s;
}

static bool ends_field(char c)
{
	return c == ',' || c == '\n' || c == '\r' || c == '\0';
}

/* A field in quotes, unquoted in place: it only gets shorter. false: the quote never closes. */
static bool take_quoted(struct reader *r, char **field)
{
	char *from = r->at + 1, *to = from;
	*field = to;
	for (; *from; *to++ = *from++) {
		if (*from == '"' && *++from != '"') {
			*to = '\0';
			r->at = from;
			return true;
		}
		r->line += *from == '\n';
	}
	return false;
}

/* Reads one field and what ends it (',', a line end or NUL), which goes into *end. */
static bool take_field(struct reader *r, char **field, char *end)
{
	unsigned line = r->line;
	if (*r->at == '"') {
		if (!take_quoted(r, field)) {
			faults_add(r->f, r->t->path, line, "a quote opens here and never closes; write \" at the end of the field");
			return false;
		}
		if (!ends_field(*r->at)) {
			faults_add(r->f, r->t->path, r->line, "text follows a closing quote; write \"\" for a quote inside a quoted field");
			return false;
		}
	} else {
		*field = r->at;
		while (!ends_field(*r->at))
			r->at++;
	}
	*end = *r->at;
	if (*end)
		*r->at++ = '\0';
	if (*end == '\r' && *r->at == '\n') {
		*end = '\n';
		r->at++;
	}
	return true;
}

/* The fields of one row into cell[]; their number, or -1 when the rest of the file cannot be read. */
static int take_row(struct reader *r, const char *cell[CSV_MAX_COLUMNS])
{
	int n = 0;
	for (char end = ','; end == ',';) {
		char *field;
		if (n == CSV_MAX_COLUMNS) {
			faults_add(r->f, r->t->path, r->line, "more columns than the %d a table may have", CSV_MAX_COLUMNS);
			return -1;
		}
		if (!take_field(r, &field, &end))
			return -1;
		cell[n++] = trim(field);
		r->line += end == '\n' || end == '\r';
	}
	return n;
}

static bool is_empty(const char *const *cell, int n)
{
	for (int i = 0; i < n; i++)
		if (*cell[i])
			return false;
	return true;
}

static void keep_row(struct csv *t, const char *const *cell, unsigned line)
{
	size_t columns = (size_t)t->columns;
	if (t->rows == t->room) {
		t->room = t->room ? t->room * 2 : 64;
		t->cell = mem_realloc(t->cell, t->room * columns * sizeof *t->cell);
		t->line = mem_realloc(t->line, t->room * sizeof *t->line);
	}
	memcpy(t->cell + t->rows * columns, cell, columns * sizeof *cell);
	t->line[t->rows++] = line;
}

static void check_header(struct reader *r)
{
	struct csv *t = r->t;
	for (int i = 1; i < t->columns; i++)
		if (*t->cell[i] && csv_column(t, t->cell[i]) != i)
			faults_add(r->f, t->path, t->line[0], "column \"%s\" appears twice; give each column its own name", t->cell[i]);
}

static void take_rows(struct reader *r)
{
	struct csv *t = r->t;
	while (*r->at && r->f->count - r->before < FAULTS_MAX) {
		const char *cell[CSV_MAX_COLUMNS];
		unsigned line = r->line;
		int n = take_row(r, cell);
		if (n < 0)
			return;
		if (is_empty(cell, n))
			continue;
		if (!t->rows)
			t->columns = n;
		if (n == t->columns)
			keep_row(t, cell, line);
		else
			faults_add(r->f, t->path, line, "the row has %d fields; the header has %d", n, t->columns);
		if (t->rows == 1 && t->line[0] == line)
			check_header(r);
	}
	if (!t->rows)
		faults_add(r->f, r->t->path, 1, "the table is empty; its first line must name the columns");
}

static bool check_text(struct reader *r)
{
	const struct buf *b = &r->t->text;
	const char *s = buf_str(b);
	if (!utf8_valid(s, b->len)) {
		faults_add(r->f, r->t->path, 0, "not UTF-8 (GBK, perhaps); in the spreadsheet program save it as \"CSV UTF-8\"");
		return false;
	}
	if (strlen(s) != b->len) {
		faults_add(r->f, r->t->path, 0, "holds a zero byte, so it is no text; save it as \"CSV UTF-8\"");
		return false;
	}
	return true;
}

struct csv *csv_load(const char *path, struct faults *f)
{
	struct csv *t = mem_new(struct csv);
	struct reader r = { .t = t, .f = f, .line = 1, .before = f->count };
	t->path = mem_strdup(path);
	buf_init(&t->text, CSV_MAX_BYTES);
	if (file_read_or_fault(path, &t->text, f) && check_text(&r)) {
		buf_adds(&t->text, ""); /* an empty file has no bytes to point at yet */
		r.at = (char *)t->text.data;
		if (!strncmp(r.at, "\xEF\xBB\xBF", 3))
			r.at += 3;
		take_rows(&r);
	}
	if (f->count > r.before)
		csv_destroy(&t);
	return t;
}

void csv_destroy(struct csv **t)
{
	if (!*t)
		return;
	buf_fini(&(*t)->text);
	free((*t)->path);
	free((*t)->cell);
	free((*t)->line);
	free(*t);
	*t = NULL;
}

size_t csv_rows(const struct csv *t)
{
	return t->rows - 1;
}

int csv_column(const struct csv *t, const char *name)
{
	for (int i = 0; i < t->columns; i++)
		if (!strcmp(t->cell[i], name))
			return i;
	return -1;
}

/* But for one letter, or for two that changed places. */
static bool almost(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (*a && !strcmp(a + 1, b)) || (*b && !strcmp(a, b + 1)) || (*a && *b && (!strcmp(a + 1, b + 1) ||
		(a[1] == *b && b[1] == *a && !strcmp(a + 2, b + 2))));
}

void csv_misspelt(const struct csv *t, const char *const *name, struct faults *f)
{
	for (; *name != NULL; name++)
		for (int i = 0; csv_column(t, *name) < 0 && i < t->columns; i++)
			if (almost(t->cell[i], *name))
				faults_add(f, t->path, t->line[0], "column '%s' is not known; '%s' would be right", t->cell[i], *name);
}

const char *csv_cell(const struct csv *t, size_t row, int column)
{
	must(row < csv_rows(t) && column >= 0 && column < t->columns);
	return t->cell[(row + 1) * (size_t)t->columns + (size_t)column];
}

unsigned csv_line(const struct csv *t, size_t row)
{
	must(row < csv_rows(t));
	return t->line[row + 1];
}

const char *csv_path(const struct csv *t)
{
	return t->path;
}
