/* A table from a spreadsheet: the input as a file, and its words as cells that are written and read again. */
#include "tests/fuzz/memory_file.h"

#include "gateway/base/csv.h"

enum { FUZZ_MAX = 1024 };
enum { COLUMNS = 3, ROWS = 40 };

static void read_all(const struct csv *t)
{
	static const char *const names[] = { "a", "b", "code", "word", "" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int column = csv_column(t, names[i]);
		for (size_t row = 0; column >= 0 && row < csv_rows(t); row++) {
			const char *cell = csv_cell(t, row, column);
			size_t n = strlen(cell);
			must(text_valid(cell) && csv_line(t, row) > 1);
			must(!n || (!strchr(" \t", cell[0]) && !strchr(" \t\r\n", cell[n - 1])));
		}
	}
}

static void write_cell(struct buf *out, const char *cell)
{
	buf_addc(out, '"');
	for (; *cell; cell++)
		buf_adds(out, *cell == '"' ? "\"\"" : (char[]){ *cell, '\0' });
	buf_addc(out, '"');
}

/* Cells between bars survive any word, since nothing of it is at an end that is trimmed. */
static void there_and_back(struct input *in)
{
	char *cell[ROWS][COLUMNS];
	size_t rows = 0;
	struct buf out;
	struct faults f = { 0 };
	buf_init(&out, 1 << 20);
	buf_adds(&out, "a,b,c\n");
	for (; in->n && rows < ROWS; rows++)
		for (int c = 0; c < COLUMNS; c++) {
			char *word = input_line(in);
			cell[rows][c] = mem_printf("|%s|", word);
			free(word);
			write_cell(&out, cell[rows][c]);
			buf_adds(&out, c + 1 < COLUMNS ? "," : "\r\n");
		}
	struct csv *t = csv_load(memory_file(buf_str(&out), out.len), &f);
	must((t != NULL) == utf8_valid(buf_str(&out), out.len));
	must(!t || csv_rows(t) == rows);
	for (size_t r = 0; r < rows; r++)
		for (int c = 0; c < COLUMNS; c++) {
			must(!t || !strcmp(csv_cell(t, r, c), cell[r][c]));
			free(cell[r][c]);
		}
	csv_destroy(&t);
	faults_fini(&f);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	struct faults f = { 0 };
	struct csv *t = csv_load(memory_file(p, n), &f);
	must((t != NULL) == (f.count == 0));
	faults_are_lines(&f);
	if (t)
		read_all(t);
	csv_destroy(&t);
	faults_fini(&f);
	there_and_back(&in);
	return 0;
}
