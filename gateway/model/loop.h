/* The closed loop's settings and its timetable: what staff set in config/rules.csv, and when a ticket's reminders fall.
 * Pure. */
#ifndef XQ_MODEL_LOOP_H
#define XQ_MODEL_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/model/calendar.h"

struct loop_rules {
	unsigned return_hours;      /* business hours a department may look before it returns a ticket */
	unsigned returns_press;     /* so many returns press by themselves */
	unsigned extensions_max;    /* granted or asked, a ticket */
	unsigned extension_days;    /* working days, at most, of one extension */
	unsigned order_days;        /* working days to answer a supervision order */
	unsigned escalate_days;     /* working days past the deadline until it goes higher */
	unsigned transfer_minutes;  /* from acceptance to dispatch, where a category is transferred at once (即时转办) */
	unsigned care_minutes;      /* until a person has spoken with who wrote words of self-harm */
	unsigned survey_hours;      /* a question is open so long */
	unsigned survey_remind_hours; /* after which it is repeated once; 0: never */
	unsigned asks_max, asks_days; /* so many questions to one citizen in so many days */
	unsigned ask_at_once;       /* 1: a category without delay asks with the closing text, whatever the hour */
	unsigned quiet_from, quiet_to; /* minutes of the day: what the clock asks waits */
	unsigned first_minutes, letter_hours; /* the first answer is in time within these (reports); a letter's within the second */
	unsigned liaison_minutes;   /* between two text messages to a department's officer */
	unsigned second_other;      /* 1: the agent who answered first does not answer the second handling */
	unsigned work_from, work_to; /* minutes of the day: business hours where a department has none of its own */
	unsigned target_response, target_solved, target_satisfied; /* percent: what the wall measures the three rates by */
	unsigned target_department; /* percent of a department's open tickets that are in time */
};

struct loop_key {
	const char *name;
	size_t at;
	unsigned min, max, standard;
	const char *words;
	bool clock; /* written as a time of the day, "21:00" */
};
/* The table of settings: NULL past the last. */
const struct loop_key *loop_key(size_t i);
void loop_rules_defaults(struct loop_rules *);
/* 0; E_NOTFOUND: no such key; E_RANGE: no number within the key's bounds. */
int loop_rules_set(struct loop_rules *, const char *key, const char *value);

/* 分级: by category; what calls for help is always urgent. The numbers are stored. */
enum priority { PRIORITY_NORMAL, PRIORITY_URGENT, PRIORITY_LIVELIHOOD, PRIORITY_COMPLEX, PRIORITY_ENQUIRY, PRIORITIES };
const char *priority_name(unsigned p); /* "normal" for a number that is none */
int priority_find(const char *name);   /* -1 */

/* Reminders of a deadline, in their order: at 50, 80 and 100 percent of its time, the working day after (催办), and when
 * it goes higher (升级). */
enum remind { REMIND_HALF, REMIND_NEAR, REMIND_DUE, REMIND_AFTER, REMIND_ESCALATE, REMINDS };
const char *remind_name(enum remind r);
/* When reminder r of a deadline falls. hours: the deadline counts wall time, not business hours. */
int64_t remind_at(enum remind r, const struct loop_rules *, const struct calendar *, bool hours, int64_t from, int64_t due);
/* The first reminder that falls after `now`, REMINDS when none is left. */
enum remind remind_next(const struct loop_rules *, const struct calendar *, bool hours, int64_t from, int64_t due,
	int64_t now);

#endif
