/* Working time: which days are worked (holidays 节假日, make-up working days 调休) and when a deadline falls. Pure; filled from
 * config/calendar.csv by flow/catalog_time.c. Local time is Asia/Shanghai. */
#ifndef XQ_MODEL_CALENDAR_H
#define XQ_MODEL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calendar_day { int day; bool working; }; /* 20261001; overrides Monday to Friday */
struct calendar {
	struct calendar_day *day; /* sorted by day; owned by whoever filled it */
	size_t days;
	int open_minute, close_minute; /* business hours of a working day, from midnight */
	bool always;              /* works day and night, holidays too */
};

bool calendar_working(const struct calendar *c, int day);
/* `days` working days from `at`: the same time of day on that working day; a start outside working days counts from the
 * next one's opening. */
int64_t calendar_add_days(const struct calendar *c, int64_t at, unsigned days);
/* `hours` of wall time: urgent classes run through nights and holidays. */
int64_t calendar_add_hours(int64_t at, unsigned hours);

/* Milliseconds of business hours between two moments; negative never: 0 when `to` is not after `from`. */
int64_t calendar_worked(const struct calendar *c, int64_t from, int64_t to);
/* The moment when `ms` of business hours have passed since `from`. */
int64_t calendar_add_worked(const struct calendar *c, int64_t from, int64_t ms);
/* The moment when so many percent (1 to 100) of the business hours between two moments are used up; of the wall time where
 * c is NULL or none of it is worked. 100: `to` itself. */
int64_t calendar_part(const struct calendar *c, int64_t from, int64_t to, unsigned percent);
/* `at`, or the end of the quiet hours it falls into. From and to are minutes of the day and may span midnight; equal: none. */
int64_t calendar_awake(int64_t at, int quiet_from, int quiet_to);

#endif
