/* A table as text for a spreadsheet: UTF-8 with a mark, CRLF, and no cell that a spreadsheet would run as a formula. */
#ifndef XQ_CONSOLE_SHEET_H
#define XQ_CONSOLE_SHEET_H

#include <stdint.h>

#include "gateway/base/buf.h"

void sheet_begin(struct buf *);
/* first: of its line. */
void sheet_cell(struct buf *, bool first, const char *text);
void sheet_number(struct buf *, int64_t);
void sheet_line_end(struct buf *);

#endif
