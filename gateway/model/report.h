/* What the reports count, each defined here once. Pure.
 *
 * A ticket belongs to the day it was opened; suspects that nobody has let through and tickets that were merged into another
 * are not counted. What holds of a ticket is a mark; a report adds up marks, and every number opens the tickets that
 * carry the mark. A rate is one mark's count of another's:
 *
 *   response   响应率      a person answered, or refused with a ground, of all that came in
 *   prompt     首答及时率  the first such answer came in time: 3 minutes, a letter's 24 hours (GB/T 33358: 短信及其他媒体, 信箱)
 *   solved     解决率      the citizen says "solved", of those who said either
 *   satisfied  满意率      3 or better of 5, of those rated; mediation and law enforcement are not in it (53号)
 *   answered   参评率      rated, of those asked
 *   overdue    超期率      answered after the deadline, or not answered and past it
 *   returned   退单率      sent back by a department at least once
 *   category, department   the suggestion was taken, of those that were there when a person decided
 *
 * The citizen's word is the newest answered question's; where none is answered, the newest question's. */
#ifndef XQ_MODEL_REPORT_H
#define XQ_MODEL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The columns of the store's table, in this order: marks first, then sums. */
#define REPORT_MARKS(X) \
	X(received) X(responded) X(prompt) X(finished) X(timed) X(overdue) X(returned) X(reopened) X(asked) X(answered) X(said) \
	X(solved) X(rated) X(satisfied) X(poor) X(uncounted) X(category_suggested) X(category_taken) X(department_suggested) \
	X(department_taken)
#define REPORT_SUMS(X) X(bounces) X(lost_ms) X(first_ms)

#define REPORT_NAME(name) REPORT_##name,
enum report_column { REPORT_MARKS(REPORT_NAME) REPORT_MARK_COUNT, REPORT_SUMS_BEFORE = REPORT_MARK_COUNT - 1,
	REPORT_SUMS(REPORT_NAME) REPORT_COLUMNS };
#undef REPORT_NAME
const char *report_column_name(unsigned column); /* NULL past the last */
int report_mark_find(const char *name);          /* -1: no mark is called so */

struct report_rate {
	const char *name;
	enum report_column good, of;
	bool less_is_better;
};
const struct report_rate *report_rate(unsigned i); /* NULL past the last */
int report_rate_find(const char *name);            /* -1 */

/* All of a ticket that a report looks at. */
struct report_case {
	unsigned state, flags, bounces, rounds;
	bool merged;
	bool letter;             /* it came as a letter: there is a day for the first answer */
	int64_t opened_at, due_at, replied_at, closed_at, contacted_at, lost_ms;
	bool survey;             /* there is a question to the citizen; its state, answer and place: */
	unsigned survey_state;
	int rating, solved;      /* 0; enum msg_solved */
	bool counted;
	unsigned category_suggested, department_suggested; /* 0: nothing was, 1: another was chosen, 2: taken */
};
struct report_limits { int64_t first_ms, letter_ms; };

/* What it counts as at `now`; false: it is not counted. sum: of the three sums, each at its column less REPORT_MARK_COUNT. */
bool report_mark(const struct report_case *, const struct report_limits *, int64_t now, uint32_t *marks,
	int64_t sum[REPORT_COLUMNS - REPORT_MARK_COUNT]);

/* Worse first by a rate; where nobody is counted there is no rate, and those come last. As qsort wants it, of the two
 * numbers each. */
int report_worse(const struct report_rate *, const int64_t *a, const int64_t *b);

/* A day as a number that rises by one: local days since 1970. */
int64_t report_day(int64_t at);
int64_t report_day_begin(int64_t day);  /* its first moment */
int64_t report_monday(int64_t day);     /* of its week */
/* What a reader calls it: "2026-11-22", or "2026-11". */
enum { REPORT_DAY_TEXT = 16 };
char *report_day_text(int64_t day, bool month, char out[REPORT_DAY_TEXT]);

#endif
