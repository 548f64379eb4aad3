/* What commands print: one JSON object a line, or a table for people. */
#ifndef XQ_COMMAND_PRINT_H
#define XQ_COMMAND_PRINT_H

#include <jansson.h>

#include "gateway/command/app.h"

struct command_print {
	bool json;
	const char *const *column; /* keys of the objects, in order; NULL at the end; "last" takes the rest of the line */
	size_t rows;
};
/* Prints one row; the reference moves. Without json: columns with a tab between, after a header line. */
void print_row(struct command_print *p, json_t *row);
/* Words of others, with a blank for every character that commands a terminal (C0 and C1) but those in kept. */
void print_words(const char *s, const char *kept);
/* When there was no row (and no --json): a word about that. */
void print_end(struct command_print *p, const char *empty);
int command_failed(const struct err *e); /* prints the words when there are any; EXIT_FAILED */

#endif
