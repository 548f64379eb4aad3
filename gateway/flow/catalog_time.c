/* calendar.csv, and what is worked out with it: hours and deadlines. */
#include "gateway/flow/catalog_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/mem.h"

/* --- the table --- */

static int by_day(const void *a, const void *b)
{
	const struct calendar_day *x = a, *y = b;
	return (x->day > y->day) - (x->day < y->day);
}

static bool day_contradicts(const struct calendar *c, int day, bool working)
{
	for (size_t i = 0; i < c->days; i++)
		if (c->day[i].day == day && c->day[i].working != working)
			return true;
	return false;
}

void catalog_load_calendar(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "day", "kind" };
	const struct csv *t = c->csv[T_CALENDAR];
	int at[2];
	if (!cell_columns(t, name, at, 2, f))
		return;
	c->calendar.day = mem_array(struct calendar_day, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		int64_t time;
		const char *day = csv_cell(t, r, at[0]), *kind = csv_cell(t, r, at[1]);
		bool work = strcmp(kind, "work") == 0;
		if (strlen(day) != strlen("2026-10-01") || clock_parse(day, &time) < 0)
			faults_add(f, csv_path(t), csv_line(t, r), "'%s' is no day; 2026-10-01 would be right", day);
		else if (!work && strcmp(kind, "rest") != 0)
			faults_add(f, csv_path(t), csv_line(t, r), "'%s' is neither 'work' (a make-up day) nor 'rest' (a holiday)", kind);
		else if (day_contradicts(&c->calendar, clock_day(time), work))
			faults_add(f, csv_path(t), csv_line(t, r), "%s is '%s' further up", day, work ? "rest" : "work");
		else
			c->calendar.day[c->calendar.days++] = (struct calendar_day){ clock_day(time), work };
	}
	qsort(c->calendar.day, c->calendar.days, sizeof *c->calendar.day, by_day);
}

/* --- hours --- */

bool catalog_hours_read(const char *s, struct department *d)
{
	unsigned h1, m1, h2, m2;
	char rest;
	if (strcmp(s, "24h") == 0)
		d->always = true;
	else if (*s != '\0') {
		if (sscanf(s, "%2u:%2u-%2u:%2u%c", &h1, &m1, &h2, &m2, &rest) != 4 || h1 > 23 || h2 > 24 || m1 > 59 || m2 > 59 ||
			h1 * 60 + m1 >= h2 * 60 + m2)
			return false;
		d->open_minute = (int)(h1 * 60 + m1);
		d->close_minute = (int)(h2 * 60 + m2);
	}
	return true;
}

static struct calendar hours_of(const struct catalog *c, const struct department *d)
{
	struct calendar own = c->calendar;
	if (d != NULL && d->close_minute > d->open_minute) {
		own.open_minute = d->open_minute;
		own.close_minute = d->close_minute;
	}
	own.always = d != NULL && d->always;
	return own;
}

struct calendar catalog_hours(const struct catalog *c, const char *department)
{
	return hours_of(c, *department ? catalog_department(c, department) : NULL);
}

bool catalog_hours_written(const struct catalog *c, const char *hours, struct calendar *out)
{
	struct department d = { 0 };
	bool ok = catalog_hours_read(hours, &d);
	*out = hours_of(c, ok ? &d : NULL);
	return ok;
}

/* --- deadlines --- */

static const struct category *category_or_default(const struct catalog *c, const char *code)
{
	const struct category *g = catalog_category(c, *code ? code : "default");
	if (g == NULL)
		g = catalog_category(c, "default");
	must(g != NULL);
	return g;
}

int64_t catalog_due_on(const struct catalog *c, const char *category, const struct calendar *hours, int64_t from)
{
	const struct category *g = category_or_default(c, category);
	return g->hours ? calendar_add_hours(from, g->hours) : calendar_add_days(hours, from, g->days);
}

int64_t catalog_due(const struct catalog *c, const char *category, const char *department, int64_t from, bool emergency)
{
	enum { EMERGENCY_HOURS = 2 };
	struct calendar hours = catalog_hours(c, department);
	return emergency ? calendar_add_hours(from, EMERGENCY_HOURS) : catalog_due_on(c, category, &hours, from);
}

bool catalog_due_hours(const struct catalog *c, const char *category, bool emergency)
{
	return emergency || category_or_default(c, category)->hours != 0;
}
