/* Working time: which days are worked (holidays 节假日, make-up working days 调休) and when a deadline falls. Pure; filled from
 * config/calendar.csv by flow/catalog.c. Local time is Asia/Shanghai. */
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
};

bool calendar_working(const struct calendar *c, int day);
/* `days` working days from `at`: the same time of day on that working day; a start outside working days counts from the
 * next one's opening. */
int64_t calendar_add_days(const struct calendar *c, int64_t at, unsigned days);
/* `hours` of wall time: urgent classes run through nights and holidays. */
int64_t calendar_add_hours(int64_t at, unsigned hours);

#endif
