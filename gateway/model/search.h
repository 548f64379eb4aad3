/* Words for an index, and queries that find them again. Chinese has no blanks, so the unit is the pair of neighbouring
 * characters: "路灯坏了" is 路灯, 灯坏, 坏了, and 了 for its end. A query of two characters is one look-up, one of a single
 * character the prefix of a pair, a longer one the pairs it is made of; what is found is then compared with the whole. Words of
 * letters and digits are units as they are, and a query finds what begins with it. Everything is folded first (text.h), so
 * that full-width and capital letters make no difference.
 *
 * Pure. */
#ifndef XQ_MODEL_SEARCH_H
#define XQ_MODEL_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"

enum {
	SEARCH_TEXT_MAX = 64 * 1024, /* bytes of a text that are indexed */
	SEARCH_WORDS_MAX = 512 * 1024, /* bytes of its words */
	SEARCH_QUERY_MAX = 300,      /* bytes of a query that are looked at */
	SEARCH_TERMS_MAX = 6,        /* between its blanks */
	SEARCH_UNITS_MAX = 16        /* looked up; more would find nothing else */
};

/* Appends the words of a text, a blank behind each. */
void search_words(const char *text, struct buf *out);

struct search_query {
	char folded[SEARCH_QUERY_MAX + 1];
	const char *term[SEARCH_TERMS_MAX]; /* in folded */
	size_t terms;
};
/* false: nothing is asked for. */
bool search_query_read(const char *query, struct search_query *out);
/* What the index is asked: every unit of every term. false: there is none (punctuation alone), and all must be read. */
enum search_dialect { SEARCH_FTS5, SEARCH_TSQUERY };
bool search_expression(const struct search_query *, enum search_dialect, struct buf *out);
/* any: what has at least one unit will do; else as search_expression(). */
bool search_expression_of(const struct search_query *, enum search_dialect, bool any, struct buf *out);
/* Does a text hold every term? text may be NULL. */
bool search_holds(const struct search_query *, const char *subject, const char *text);

#endif
