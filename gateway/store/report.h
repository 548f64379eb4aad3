/* The reports' numbers: kept up by report_follow() behind the writer, a batch of events at a time, so that a message in costs
 * nothing more and a report over a year reads sums of days. They are some seconds behind; counts and the lists behind them
 * come from the same rows and agree. What the numbers mean: model/report.h. Conventions as in store.h. */
#ifndef XQ_STORE_REPORT_H
#define XQ_STORE_REPORT_H

#include "gateway/model/report.h"
#include "gateway/store/store.h"

struct report_follow {
	struct report_limits limits;
	bool (*letter)(const void *arg, const char *channel); /* does the channel carry letters? */
	const void *arg;
	unsigned limit;    /* events at a time */
	size_t seen;       /* out: events; fewer than the limit: nothing more for now */
};
int report_follow(struct tx *, struct report_follow *);
/* Up to when the numbers hold: the time of the last event they know; 0: none yet. */
int report_as_of(struct tx *, int64_t *at);

enum report_by { REPORT_BY_ALL, REPORT_BY_DEPARTMENT, REPORT_BY_CATEGORY, REPORT_BY_CHANNEL, REPORT_BY_DAY, REPORT_BYS };

struct report_query {
	int64_t from, to;        /* days (report_day), both included */
	const char *department, *category, *channel; /* NULL: any; "": tickets that have none */
};
struct report_line {
	const char *key;         /* code or name; "" where the ticket has none, and by day */
	int64_t day;             /* by day */
	int64_t n[REPORT_COLUMNS];
};
/* In order of key and day. By all there is one line, also when nothing is counted. */
int report_load(struct tx *, const struct report_query *, enum report_by, struct report_line **, size_t *n);

/* The tickets behind a number, newest first; mark: enum report_column, below REPORT_MARK_COUNT. With a word, those instead
 * whose first words or title hold it (rising_holds()), among every `every`th (by the time it came). As ticket_list(). */
int report_tickets(struct tx *, const struct report_query *, unsigned mark, const char *word, unsigned every, uint64_t after,
	unsigned limit, struct ticket_row **, size_t *n, uint64_t *next);

/* Title and first words of every `every`th ticket, newest first, below the ticket `after` (0: from the newest). Valid for the
 * call. take(): 0 to go on, 1: enough. */
struct report_text { uint64_t ticket; const char *title, *text; };
typedef int report_text_f(void *arg, const struct report_text *);
int report_each(struct tx *, const struct report_query *, unsigned every, uint64_t after, report_text_f *take, void *arg);

/* --- what was suggested when a person decided --- */
enum suggested_head { SUGGESTED_CATEGORY = 1, SUGGESTED_DEPARTMENT };
/* The first decision of a ticket counts; later ones change nothing. */
int suggested_put(struct tx *, uint64_t ticket, enum suggested_head, const char *label, const char *chosen);

#endif
