#include "gateway/model/calendar.h"

#include "gateway/base/clock.h"

#define DAY_MS (24LL * 3600 * 1000)

static int64_t start_of_day(int64_t at)
{
	int64_t local = at + CLOCK_ZONE_MS, into = local % DAY_MS;
	return at - (into < 0 ? into + DAY_MS : into);
}

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
		at = next_working(c, start_of_day(at)) + c->open_minute * 60000LL;
	for (; days; days--)
		at = next_working(c, at);
	return at;
}

int64_t calendar_add_hours(int64_t at, unsigned hours)
{
	return at + hours * 3600000LL;
}
