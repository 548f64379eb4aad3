#include "gateway/model/calendar.h"

#include "gateway/base/clock.h"

#define DAY_MS (24LL * 3600 * 1000)

/* 0 is Sunday. Years are counted from March, so that a leap day is the last of its year. */
static int weekday(int day)
{
	static const int before[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
	int y = day / 10000, m = day / 100 % 100, d = day % 100;
	if (m < 1 || m > 12)
		return 0;
	y -= m < 3;
	return (y + y / 4 - y / 100 + y / 400 + before[m - 1] + d) % 7;
}

bool calendar_working(const struct calendar *c, int day)
{
	if (c->always)
		return true;
	size_t low = 0, high = c->days;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (c->day[mid].day == day)
			return c->day[mid].working;
		if (c->day[mid].day < day)
			low = mid + 1;
		else
			high = mid;
	}
	int w = weekday(day);
	return w >= 1 && w <= 5;
}

static int64_t next_working(const struct calendar *c, int64_t at)
{
	do
		at += DAY_MS;
	while (!calendar_working(c, clock_day(at)));
	return at;
}

int64_t calendar_add_days(const struct calendar *c, int64_t at, unsigned days)
{
	if (!calendar_working(c, clock_day(at)))
		at = next_working(c, clock_day_begin(at)) + c->open_minute * 60000LL;
	for (; days; days--)
		at = next_working(c, at);
	return at;
}

int64_t calendar_add_hours(int64_t at, unsigned hours)
{
	return at + hours * 3600000LL;
}

/* The business hours of the day that `at` falls on, as moments; none: both the day's end. */
static void day_hours(const struct calendar *c, int64_t at, int64_t *open, int64_t *close)
{
	int64_t day = clock_day_begin(at);
	*open = *close = day + DAY_MS;
	if (c->always)
		*open = day;
	else if (calendar_working(c, clock_day(at))) {
		*open = day + c->open_minute * 60000LL;
		*close = day + c->close_minute * 60000LL;
	}
}

int64_t calendar_worked(const struct calendar *c, int64_t from, int64_t to)
{
	int64_t sum = 0;
	for (int64_t at = from; at < to; at = clock_day_begin(at) + DAY_MS) {
		int64_t open, close;
		day_hours(c, at, &open, &close);
		int64_t begin = open > at ? open : at, end = close < to ? close : to;
		sum += end > begin ? end - begin : 0;
	}
	return sum;
}

int64_t calendar_add_worked(const struct calendar *c, int64_t from, int64_t ms)
{
	for (int64_t at = from;; at = clock_day_begin(at) + DAY_MS) {
		int64_t open, close;
		day_hours(c, at, &open, &close);
		int64_t begin = open > at ? open : at;
		if (close > begin && close - begin >= ms)
			return begin + ms;
		ms -= close > begin ? close - begin : 0;
	}
}

int64_t calendar_part(const struct calendar *c, int64_t from, int64_t to, unsigned percent)
{
	int64_t worked = c && percent < 100 ? calendar_worked(c, from, to) : 0;
	if (percent >= 100 || to <= from)
		return to;
	if (worked == 0)
		return from + (to - from) / 100 * percent;
	return calendar_add_worked(c, from, worked / 100 * percent);
}

int64_t calendar_awake(int64_t at, int quiet_from, int quiet_to)
{
	int64_t day = clock_day_begin(at);
	int minute = (int)((at - day) / 60000);
	bool over = quiet_from > quiet_to; /* the night spans midnight */
	bool quiet = over ? minute >= quiet_from || minute < quiet_to : minute >= quiet_from && minute < quiet_to;
	if (!quiet)
		return at;
	return day + quiet_to * 60000LL + (over && minute >= quiet_from ? DAY_MS : 0);
}
