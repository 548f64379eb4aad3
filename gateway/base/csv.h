/* Tables that staff edit in a spreadsheet: RFC 4180, UTF-8 with or without a byte-order mark, LF or CRLF, a header
 * line. Cells are trimmed of spaces, the full-width one too; rows with nothing in any cell, as spreadsheets leave them
 * behind, are passed over.
 * Thread: any; a table is read-only once loaded. */
#ifndef XQ_BASE_CSV_H
#define XQ_BASE_CSV_H

#include <stddef.h>

#include "gateway/base/err.h"

struct csv;
enum { CSV_MAX_BYTES = 16 << 20, CSV_MAX_COLUMNS = 64 };
/* NULL and a fault when it cannot be read, is not UTF-8, has an open quote, a column name twice or a row with
 * another number of fields. */
struct csv *csv_load(const char *path, struct faults *f);
void csv_destroy(struct csv **t);
size_t csv_rows(const struct csv *t); /* without the header */
int csv_column(const struct csv *t, const char *name); /* -1: no such column */
/* A fault for each column that is called almost like one of these names (up to NULL) that the table lacks: it would be passed over. */
void csv_misspelt(const struct csv *t, const char *const *name, struct faults *f);
const char *csv_cell(const struct csv *t, size_t row, int column); /* trimmed; "" where empty */
unsigned csv_line(const struct csv *t, size_t row);
const char *csv_path(const struct csv *t);

#endif
