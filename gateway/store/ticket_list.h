/* Lists, search and counts of tickets. Conventions as in store.h. */
#ifndef XQ_STORE_TICKET_LIST_H
#define XQ_STORE_TICKET_LIST_H

#include "gateway/model/ticket.h"
#include "gateway/store/ticket.h"

struct ticket_query {
	int state;               /* -1: any */
	const char *channel, *department, *assignee, *text; /* NULL: any; text: number, or words (search.h) that a message has all of */
	unsigned flags_any;      /* 0: any */
	bool open_only, overdue_only;
	bool unassigned_only;    /* open and nobody's */
	unsigned last_word;      /* open and the last word is 1: the citizen's, 2: staff's; 0: any */
	bool by_due;             /* open ones with a deadline, the nearest first; else newest first */
	int64_t since;           /* opened_at >= ; 0 */
	uint64_t after;          /* cursor: the `next` of the page before; 0: from the newest */
	int64_t after_due;       /* by_due: the cursor's deadline, beside `after`; 0: from the first */
	unsigned limit;          /* 1..200 */
};
/* Newest first; by words: with the newest message that has them first. */
int ticket_list(struct tx *, const struct ticket_query *, struct ticket_row **rows, size_t *n, uint64_t *next);
/* Decided tickets older than this id, newest first: what suggestions learn from. */
struct example_row { uint64_t id; const char *title, *nature, *category, *department, *text; };
int ticket_examples(struct tx *, uint64_t below, unsigned limit, struct example_row **, size_t *n);
/* What the citizen wrote first; "" when nothing. */
int ticket_first_words(struct tx *, uint64_t ticket, const char **text);
/* Open, nobody's, with no department and not held: up to `limit` emergencies, then as many of the oldest others. */
int ticket_list_waiting(struct tx *, unsigned limit, struct ticket_row **rows, size_t *n);
struct ticket_counts { int64_t by_state[TICKET_CLOSED]; /* of the open states */ int64_t overdue, held, emergency, unassigned, waiting, asked, opened_today, closed_today; };
int ticket_count(struct tx *, const char *department, struct ticket_counts *);

#endif
