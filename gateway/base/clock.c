#include "gateway/base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/err.h"

static int64_t read_clock(clockid_t id)
{
	struct timespec t;
	must(clock_gettime(id, &t) == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static _Atomic int64_t adjusted;

void clock_adjust(int64_t ms)
{
	atomic_store(&adjusted, ms);
}

int64_t clock_adjusted(void)
{
	return atomic_load(&adjusted);
}

int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME) + atomic_load_explicit(&adjusted, memory_order_relaxed);
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* Returns the milliseconds within the second. */
static int local_time(int64_t at, struct tm *t)
{
	int64_t local = at + CLOCK_ZONE_MS;
	int ms = (int)(local % 1000);
	if (ms < 0)
		ms += 1000;
	time_t s = (local - ms) / 1000;
	must(gmtime_r(&s, t));
	return ms;
}

/* Returns its length. */
static size_t put_year(const struct tm *t, char out[CLOCK_TEXT])
{
	return (size_t)snprintf(out, CLOCK_TEXT, "%04d", t->tm_year + 1900);
}

char *clock_rfc3339(int64_t at, char out[CLOCK_TEXT])
{
	struct tm t;
	int ms = local_time(at, &t);
	size_t n = put_year(&t, out); /* strftime would write 622 for the year 0622 */
	n += strftime(out + n, CLOCK_TEXT - n, "-%m-%dT%H:%M:%S", &t);
	snprintf(out + n, CLOCK_TEXT - n, ".%03d+08:00", ms);
	return out;
}

char *clock_people(int64_t at, char out[CLOCK_TEXT])
{
	struct tm t;
	local_time(at, &t);
	size_t n = put_year(&t, out);
	must(strftime(out + n, CLOCK_TEXT - n, "-%m-%d %H:%M", &t));
	return out;
}

int64_t clock_day_begin(int64_t at)
{
	const int64_t day = 24LL * 3600 * 1000;
	int64_t local = at + CLOCK_ZONE_MS;
	return local - (local % day + day) % day - CLOCK_ZONE_MS;
}

int clock_day(int64_t at)
{
	struct tm t;
	local_time(at, &t);
	return (t.tm_year + 1900) * 10000 + (t.tm_mon + 1) * 100 + t.tm_mday;
}

/* Reads exactly `digits` digits and then, unless it is NUL, the character `then`. */
static bool take(const char **s, int digits, char then, int *v)
{
	*v = 0;
	for (; digits > 0; digits--, ++*s) {
		if (**s < '0' || **s > '9')
			return false;
		*v = *v * 10 + (**s - '0');
	}
	if (then && **s != then)
		return false;
	*s += then != '\0';
	return true;
}

static bool day_exists(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (month < 1 || month > 12 || day < 1)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= days[month - 1] + (month == 2 && leap);
}

static bool take_date(const char **s, struct tm *t)
{
	if (!take(s, 4, '-', &t->tm_year) || !take(s, 2, '-', &t->tm_mon) || !take(s, 2, '\0', &t->tm_mday) ||
		!day_exists(t->tm_year, t->tm_mon, t->tm_mday))
		return false;
	t->tm_year -= 1900;
	t->tm_mon--;
	return true;
}

/* ":09.123" */
static bool take_seconds(const char **s, struct tm *t, int *ms)
{
	++*s;
	if (!take(s, 2, '\0', &t->tm_sec) || t->tm_sec > 60) /* 60 is a leap second */
		return false;
	if (**s != '.')
		return true;
	int scale = 100;
	for (++*s; **s >= '0' && **s <= '9'; ++*s, scale /= 10)
		*ms += (**s - '0') * scale;
	return (*s)[-1] != '.';
}

static bool take_zone(const char **s, int64_t *zone_ms)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes;
	char c = *(*s)++;
	if (c == 'Z' || c == 'z') {
		*zone_ms = 0;
		return true;
	}
	if ((c != '+' && c != '-') || !take(s, 2, ':', &hours) || !take(s, 2, '\0', &minutes) || hours > 23 ||
		minutes > 59)
		return false;
	*zone_ms = sign * (hours * 60 + minutes) * 60000LL;
	return true;
}

int clock_parse(const char *s, int64_t *at)
{
	struct tm t = { 0 };
	int ms = 0;
	int64_t zone_ms = CLOCK_ZONE_MS;
	if (!take_date(&s, &t))
		return E_MALFORMED;
	if (*s) {
		bool exact = *s == 'T' || *s == 't';
		if ((!exact && *s != ' ') || (s++, !take(&s, 2, ':', &t.tm_hour)) || !take(&s, 2, '\0', &t.tm_min) ||
			t.tm_hour > 23 || t.tm_min > 59)
			return E_MALFORMED;
		if (*s == ':' ? !take_seconds(&s, &t, &ms) : exact)
			return E_MALFORMED;
		if ((exact || *s) && !take_zone(&s, &zone_ms))
			return E_MALFORMED;
	}
	if (*s)
		return E_MALFORMED;
	*at = (int64_t)timegm(&t) * 1000 + ms - zone_ms;
	return E_OK;
}
