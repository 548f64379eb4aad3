/* Inside the survey: a text on the way to an answer. survey_level.c reads levels in words, survey_digits.c numbers, survey_doubt.c asks
 * whether the rest of the text says otherwise; survey_read.c has the whole. A token is given by its index. */
#ifndef XQ_MODEL_SURVEY_SAID_H
#define XQ_MODEL_SURVEY_SAID_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/model/survey.h"
#include "gateway/model/survey_token.h"

enum { SAID_TOKENS_MAX = 200 };

struct said {
	const char *s; /* folded */
	size_t len;
	enum survey_scale scale;
	bool superseded;
	struct survey_token t[SAID_TOKENS_MAX + 1];
	size_t n;

	bool found, in_words, framed, aspect;
	bool unclear; /* an answer, but not which */
	int level, given;
	enum msg_solved solved;
	size_t raw_at, raw_end, comment; /* folded offsets; comment == len: none */
};

/* Words by which the whole is meant, and parts of the service: "态度很好" rates the person, "不满意" behind it the outcome. */
extern const char SAID_SATISFACTION[], SAID_ASPECT[];

/* --- tokens --- */
bool said_is_number(enum survey_kind);
size_t said_skip_blanks(const struct said *, size_t i);
size_t said_clause_end(const struct said *, size_t i);
/* A question, a condition or a wish is no statement. */
bool said_asked(const struct said *, size_t from, size_t to);

/* --- survey_level.c --- */
/* A level at token i: the index behind it and its grade, or 0. */
size_t said_level(const struct said *, size_t i, int *level);
/* May words end at token i? Not in the middle of a longer sentence: "满意度", "satisfied customers". */
bool said_ends(const struct said *, size_t i);

/* --- survey_digits.c --- */
/* Number at token i with its unit: the index behind it, or 0 when it is no answer. */
size_t said_number(struct said *, size_t i);

/* --- survey_doubt.c --- */
/* Three levels, each behind a number: somebody sent the menu back. */
bool said_is_menu(const struct said *, size_t from);
/* Praise that the rest of the text, from token i, belies. */
bool said_belied(const struct said *, size_t i);
/* What the comment, from token i, makes of what was read. */
void said_settle(struct said *, size_t i);

#endif
