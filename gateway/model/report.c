#include "gateway/model/report.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/model/ticket.h"

#define NAME(name) #name,
static const char *const COLUMN[REPORT_COLUMNS] = { REPORT_MARKS(NAME) REPORT_SUMS(NAME) };
#undef NAME

static const struct report_rate RATE[] = {
	{ "response", REPORT_responded, REPORT_received, false },
	{ "prompt", REPORT_prompt, REPORT_received, false },
	{ "solved", REPORT_solved, REPORT_said, false },
	{ "satisfied", REPORT_satisfied, REPORT_rated, false },
	{ "answered", REPORT_answered, REPORT_asked, false },
	{ "overdue", REPORT_overdue, REPORT_timed, true },
	{ "returned", REPORT_returned, REPORT_received, true },
	{ "category", REPORT_category_taken, REPORT_category_suggested, false },
	{ "department", REPORT_department_taken, REPORT_department_suggested, false },
};
enum { RATES = sizeof RATE / sizeof *RATE };

const char *report_column_name(unsigned column)
{
	return column < REPORT_COLUMNS ? COLUMN[column] : NULL;
}

int report_mark_find(const char *name)
{
	for (int i = 0; i < REPORT_MARK_COUNT; i++)
		if (strcmp(COLUMN[i], name) == 0)
			return i;
	return -1;
}

const struct report_rate *report_rate(unsigned i)
{
	return i < RATES ? &RATE[i] : NULL;
}

int report_rate_find(const char *name)
{
	for (int i = 0; i < RATES; i++)
		if (strcmp(RATE[i].name, name) == 0)
			return i;
	return -1;
}

static uint32_t mark_if(enum report_column c, bool holds)
{
	return holds ? (uint32_t)1 << c : 0;
}

/* An answer of a person's, or the refusal that says where to go instead. */
static int64_t first_word(const struct report_case *k)
{
	int64_t refused = k->state == TICKET_REFUSED ? k->closed_at : 0;
	return k->contacted_at > 0 && (refused == 0 || k->contacted_at < refused) ? k->contacted_at : refused;
}

static bool is_overdue(const struct report_case *k, int64_t now)
{
	int64_t done = k->state >= TICKET_REPLIED ? (k->replied_at ? k->replied_at : k->closed_at) : 0;
	return k->due_at > 0 && (done ? done : now) > k->due_at;
}

static uint32_t survey_marks(const struct report_case *k)
{
	bool answered = k->survey && k->survey_state == SURVEY_ANSWERED, rated = answered && k->rating > 0;
	return mark_if(REPORT_asked, k->survey) | mark_if(REPORT_answered, answered) |
		mark_if(REPORT_said, answered && k->solved != SOLVED_UNSAID) |
		mark_if(REPORT_solved, answered && k->solved == SOLVED_YES) | mark_if(REPORT_rated, rated && k->counted) |
		mark_if(REPORT_satisfied, rated && k->counted && k->rating >= 3) |
		mark_if(REPORT_poor, rated && k->counted && k->rating < 3) | mark_if(REPORT_uncounted, rated && !k->counted);
}

bool report_mark(const struct report_case *k, const struct report_limits *l, int64_t now, uint32_t *marks,
	int64_t sum[REPORT_COLUMNS - REPORT_MARK_COUNT])
{
	if (k->merged || (k->flags & FLAG_HELD))
		return false;
	int64_t first = first_word(k), took = first > k->opened_at ? first - k->opened_at : 0;
	*marks = mark_if(REPORT_received, true) | mark_if(REPORT_responded, first > 0) |
		mark_if(REPORT_prompt, first > 0 && took <= (k->letter ? l->letter_ms : l->first_ms)) |
		mark_if(REPORT_finished, !ticket_state_open(k->state)) |
		mark_if(REPORT_timed, k->due_at > 0) | mark_if(REPORT_overdue, is_overdue(k, now)) |
		mark_if(REPORT_returned, k->bounces > 0) | mark_if(REPORT_reopened, k->rounds > 0) | survey_marks(k) |
		mark_if(REPORT_category_suggested, k->category_suggested > 0) |
		mark_if(REPORT_category_taken, k->category_suggested > 1) |
		mark_if(REPORT_department_suggested, k->department_suggested > 0) |
		mark_if(REPORT_department_taken, k->department_suggested > 1);
	sum[REPORT_bounces - REPORT_MARK_COUNT] = k->bounces;
	sum[REPORT_lost_ms - REPORT_MARK_COUNT] = k->lost_ms;
	sum[REPORT_first_ms - REPORT_MARK_COUNT] = took;
	return true;
}

int report_worse(const struct report_rate *r, const int64_t *a, const int64_t *b)
{
	if (a[r->of] == 0 || b[r->of] == 0)
		return (a[r->of] == 0) - (b[r->of] == 0);
	/* good/of compared without dividing; counts of tickets are far from overflowing this */
	int64_t x = a[r->good] * b[r->of], y = b[r->good] * a[r->of];
	int less = (x > y) - (x < y);
	if (less == 0) /* of two that are alike the one with more behind it says more */
		return (a[r->of] < b[r->of]) - (a[r->of] > b[r->of]);
	return r->less_is_better ? -less : less;
}

/* --- days --- */

enum { DAY_MS = 24 * 3600 * 1000 };

int64_t report_day(int64_t at)
{
	return (clock_day_begin(at) + CLOCK_ZONE_MS) / DAY_MS;
}

int64_t report_day_begin(int64_t day)
{
	return day * DAY_MS - CLOCK_ZONE_MS;
}

int64_t report_monday(int64_t day)
{
	return day - (day + 3) % 7; /* 1970 began on a Thursday */
}

char *report_day_text(int64_t day, bool month, char out[REPORT_DAY_TEXT])
{
	char text[CLOCK_TEXT];
	int n = month ? (int)strlen("2026-11") : (int)strlen("2026-11-22");
	(void)snprintf(out, REPORT_DAY_TEXT, "%.*s", n, clock_people(report_day_begin(day), text));
	return out;
}
