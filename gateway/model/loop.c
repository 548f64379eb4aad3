#include "gateway/model/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/err.h"

#define KEY(name, min, max, standard, words) { #name, offsetof(struct loop_rules, name), min, max, standard, words, false }
#define CLOCK(name, standard, words) { #name, offsetof(struct loop_rules, name), 0, 24 * 60, standard, words, true }
static const struct loop_key KEYS[] = {
	KEY(return_hours, 1, 240, 8, "business hours in which a department may return a ticket"),
	KEY(returns_press, 1, 20, 3, "returns after which a ticket is supervised by itself"),
	KEY(extensions_max, 0, 10, 1, "extensions of one ticket"),
	KEY(extension_days, 1, 90, 10, "working days of one extension at most"),
	KEY(order_days, 1, 30, 2, "working days to answer a supervision order"),
	KEY(escalate_days, 1, 60, 5, "working days past the deadline until it goes higher"),
	KEY(transfer_minutes, 1, 1440, 30, "minutes to dispatch what is transferred at once"),
	KEY(care_minutes, 1, 1440, 10, "minutes until a person speaks with who wrote words of self-harm"),
	KEY(survey_hours, 1, 720, 72, "hours a question is open"),
	KEY(survey_remind_hours, 0, 720, 48, "hours after which it is repeated once, 0: never"),
	KEY(asks_max, 1, 100, 5, "questions to one citizen within asks_days"),
	KEY(asks_days, 1, 90, 1, "days in which they are counted"),
	KEY(ask_at_once, 0, 1, 1, "1: a category without delay is asked about with the closing text, at any hour"),
	CLOCK(quiet_from, 21 * 60, "from when on nobody is asked"),
	CLOCK(quiet_to, 8 * 60, "until when"),
	KEY(first_minutes, 1, 1440, 3, "minutes within which a first answer is in time, for the reports"),
	KEY(letter_hours, 1, 240, 24, "hours within which it is, to a letter"),
	KEY(liaison_minutes, 1, 1440, 30, "minutes between two text messages to a department's officer"),
	KEY(second_other, 0, 1, 1, "1: another agent answers the second handling"),
	CLOCK(work_from, 9 * 60, "business hours where a department has none of its own: from"),
	CLOCK(work_to, 17 * 60 + 30, "until"),
	KEY(target_response, 0, 100, 99, "percent that the wall wants taken up"),
	KEY(target_solved, 0, 100, 95, "percent solved"),
	KEY(target_satisfied, 0, 100, 95, "percent satisfied"),
	KEY(target_department, 0, 100, 85, "percent of a department's open tickets that are in time"),
};

static const char *const REMIND[REMINDS] = { "half", "near", "due", "after", "escalate" };

static const char *const PRIORITY[PRIORITIES] = { "normal", "urgent", "livelihood", "complex", "enquiry" };

const char *priority_name(unsigned p)
{
	return PRIORITY[p < PRIORITIES ? p : PRIORITY_NORMAL];
}

int priority_find(const char *name)
{
	for (int i = 0; i < PRIORITIES; i++)
		if (strcmp(PRIORITY[i], name) == 0)
			return i;
	return -1;
}

const struct loop_key *loop_key(size_t i)
{
	return i < sizeof KEYS / sizeof *KEYS ? &KEYS[i] : NULL;
}

static unsigned *place(struct loop_rules *r, const struct loop_key *k)
{
	return (unsigned *)(void *)((char *)r + k->at);
}

void loop_rules_defaults(struct loop_rules *r)
{
	for (size_t i = 0; loop_key(i) != NULL; i++)
		*place(r, loop_key(i)) = loop_key(i)->standard;
}

int loop_rules_set(struct loop_rules *r, const char *key, const char *value)
{
	for (size_t i = 0; loop_key(i) != NULL; i++) {
		const struct loop_key *k = loop_key(i);
		if (strcmp(k->name, key) != 0)
			continue;
		char *end = NULL;
		long long v = strtoll(value, &end, 10);
		if (k->clock) {
			unsigned hour, minute;
			char rest;
			if (sscanf(value, "%2u:%2u%c", &hour, &minute, &rest) != 2 || minute > 59)
				return E_RANGE;
			v = hour * 60 + minute;
			end = (char *)(uintptr_t)"";
		}
		if (*value == '\0' || *end != '\0' || v < k->min || v > k->max)
			return E_RANGE;
		*place(r, k) = (unsigned)v;
		return 0;
	}
	return E_NOTFOUND;
}

const char *remind_name(enum remind r)
{
	must((unsigned)r < REMINDS);
	return REMIND[r];
}

int64_t remind_at(enum remind r, const struct loop_rules *rules, const struct calendar *c, bool hours, int64_t from,
	int64_t due)
{
	static const unsigned PERCENT[] = { [REMIND_HALF] = 50, [REMIND_NEAR] = 80, [REMIND_DUE] = 100 };
	must((unsigned)r < REMINDS);
	if (r == REMIND_AFTER)
		return calendar_add_days(c, due, 1);
	if (r == REMIND_ESCALATE)
		return calendar_add_days(c, due, 1 + rules->escalate_days);
	return calendar_part(hours ? NULL : c, from, due, PERCENT[r]);
}

enum remind remind_next(const struct loop_rules *rules, const struct calendar *c, bool hours, int64_t from, int64_t due,
	int64_t now)
{
	unsigned r = 0;
	while (r < REMINDS && remind_at((enum remind)r, rules, c, hours, from, due) <= now)
		r++;
	return (enum remind)r;
}
