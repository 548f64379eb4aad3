#include "gateway/console/reports.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"

static int day_read(const char *name, const char *s, int64_t absent, int64_t *day, struct err *e)
{
	int64_t at;
	*day = absent;
	if (s == NULL)
		return 0;
	if (strlen(s) != strlen("2026-11-22") || clock_parse(s, &at) < 0)
		return err_set(e, E_MALFORMED, "%s: a day such as 2026-11-22", name);
	*day = report_day(at);
	return 0;
}

static const char *filter_of(const char *s)
{
	return s != NULL && strcmp(s, "-") == 0 ? "" : s;
}

int reports_query(const struct call *c, int64_t now, struct report_query *q, struct err *e)
{
	const char *own = who_department(&c->who);
	*q = (struct report_query){ .department = own ? own : filter_of(c->query[Q_DEPARTMENT]),
		.category = filter_of(c->query[Q_CATEGORY]), .channel = filter_of(c->query[Q_CHANNEL]) };
	int rc = day_read("to", c->query[Q_TO], report_day(now), &q->to, e);
	if (rc < 0 || (rc = day_read("from", c->query[Q_FROM], q->to - REPORT_DAYS_USUAL + 1, &q->from, e)) < 0)
		return rc;
	if (q->from > q->to || q->to - q->from >= REPORT_DAYS_MAX)
		return err_rule(e, E_RANGE, "period", "from, to: a period of 1 to %d days", REPORT_DAYS_MAX);
	return 0;
}

int reports_number(const char *name, const char *s, unsigned absent, unsigned *n, struct err *e)
{
	char end;
	*n = absent;
	if (s != NULL && (strlen(s) > 9 || sscanf(s, "%u%c", n, &end) != 1 || *n == 0))
		return err_set(e, E_MALFORMED, "%s: a number from 1 on", name);
	return 0;
}

bool reports_asked(const struct call *c)
{
	return c->query[Q_REPORT] != NULL || c->query[Q_WORD] != NULL;
}

int reports_tickets(const struct call *c, struct tx *tx, struct ticket_row **row, size_t *n, uint64_t *next, struct err *e)
{
	struct report_query q;
	unsigned limit, every;
	uint64_t after;
	int mark = c->query[Q_REPORT] ? report_mark_find(c->query[Q_REPORT]) : REPORT_received;
	if (mark < 0)
		return err_set(e, E_MALFORMED, "report: there is no count '%.40s'", c->query[Q_REPORT]);
	int rc = reports_query(c, tx_now(tx), &q, e);
	if (rc < 0 || (rc = reports_number("every", c->query[Q_EVERY], 1, &every, e)) < 0 || (rc = call_limit(c, &limit, e)) < 0 ||
		(rc = call_after(c, &after, e)) < 0)
		return rc;
	rc = report_tickets(tx, &q, (unsigned)mark, c->query[Q_WORD], every, after, limit, row, n, next);
	return rc < 0 ? err_set(e, rc, "the tickets could not be read") : 0;
}

bool reports_csv(const struct call *c)
{
	return c->query[Q_FORMAT] != NULL && strcmp(c->query[Q_FORMAT], "csv") == 0;
}

int reports_format(const struct call *c, struct err *e)
{
	bool known = c->query[Q_FORMAT] == NULL || reports_csv(c) || strcmp(c->query[Q_FORMAT], "json") == 0;
	return known ? 0 : err_set(e, E_MALFORMED, "format: json or csv");
}

json_t *reports_day(int64_t day)
{
	char text[REPORT_DAY_TEXT];
	return json_string(report_day_text(day, false, text));
}
