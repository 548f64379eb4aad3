/* Reports over the HTTP API: GET /api/v1/reports/rates and /topics, as JSON or, with format=csv, as a table for a spreadsheet;
 * and the tickets behind each number, GET /api/v1/tickets?report=…. What the numbers mean: model/report.h. */
#ifndef XQ_CONSOLE_REPORTS_H
#define XQ_CONSOLE_REPORTS_H

#include "gateway/console/call.h"
#include "gateway/store/report.h"
#include "gateway/store/ticket.h"

enum { REPORT_DAYS_MAX = 1100 /* three years */, REPORT_DAYS_USUAL = 30 };

/* from, to (local days, both included; the last thirty where none is given), department, category and channel ("-": those that
 * have none) of a request. A department's people are bounded to their own. */
int reports_query(const struct call *, int64_t now, struct report_query *, struct err *);
/* A query parameter that is a number from 1 on. */
int reports_number(const char *name, const char *s, unsigned absent, unsigned *n, struct err *);
/* Is a table for a spreadsheet asked for? E_MALFORMED: neither that nor JSON. */
bool reports_csv(const struct call *);
int reports_format(const struct call *, struct err *);
json_t *reports_day(int64_t day); /* "2026-11-22" */
/* Does this request for tickets ask for those behind a number? */
bool reports_asked(const struct call *);
/* The tickets behind a number. E_MALFORMED also for a filter of lists that a report has not. */
int reports_tickets(const struct call *, struct tx *, struct ticket_row **, size_t *n, uint64_t *next, struct err *);

#endif
