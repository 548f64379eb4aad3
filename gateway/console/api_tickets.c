/* GET /api/v1/tickets: the list, by filters, by a core system's number, or those behind a number of a report. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/people.h"
#include "gateway/console/reports.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"

/* --- which filters go together: what does not count is not passed over in silence --- */

#define BIT(q) (1u << Q_##q)
#define PAGE_OF (BIT(AFTER) | BIT(LIMIT))
#define LISTED (BIT(STATE) | BIT(CHANNEL) | BIT(DEPARTMENT) | BIT(SEARCH) | BIT(OPEN) | BIT(WAITING) | BIT(OVERDUE) | BIT(FLAG) | BIT(ASKED) | \
	BIT(UNASSIGNED) | BIT(ASSIGNEE) | BIT(ORDER) | PAGE_OF)
#define COUNTED (BIT(REPORT) | BIT(FROM) | BIT(TO) | BIT(CATEGORY) | BIT(WORD) | BIT(EVERY) | BIT(DEPARTMENT) | BIT(CHANNEL) | PAGE_OF)
#define OF_CORE (BIT(CORE) | PAGE_OF)
_Static_assert(Q_COUNT <= 32, "a bit each");

static int filters_fit(const struct call *c, unsigned known, const char *why, struct err *e)
{
	if (c->stray != NULL)
		return err_set(e, E_MALFORMED, "%.60s: there is no such filter", c->stray);
	for (unsigned i = 0; i < Q_COUNT; i++)
		if (c->query[i] != NULL && !(known & 1u << i))
			return err_set(e, E_MALFORMED, "%s: %s", query_name(i), (LISTED | COUNTED | OF_CORE) & 1u << i ? why : "there is no such filter");
	return 0;
}

/* Each says "yes" or is left out. */
static int marks_read(const struct call *c, struct err *e)
{
	static const enum query mark[] = { Q_OPEN, Q_WAITING, Q_OVERDUE, Q_ASKED, Q_UNASSIGNED };
	for (size_t i = 0; i < sizeof mark / sizeof *mark; i++) {
		const char *said = c->query[mark[i]];
		if (said != NULL && strcmp(said, "1") != 0 && strcmp(said, "true") != 0)
			return err_set(e, E_MALFORMED, "%s: 1 or true; without it, all", query_name(mark[i]));
	}
	return c->query[Q_WAITING] && c->query[Q_ASKED] ? err_set(e, E_MALFORMED, "asked: does not go with waiting") : 0;
}

/* --- the list --- */

static int state_read(const struct call *c, int *state, struct err *e)
{
	*state = c->query[Q_STATE] ? sm_find(&ticket_machine, c->query[Q_STATE]) : -1;
	return c->query[Q_STATE] && *state < 0 ? err_set(e, E_MALFORMED, "state: there is no state '%.40s'", c->query[Q_STATE]) : 0;
}

static int flag_read(const struct call *c, unsigned *flags, struct err *e)
{
	const char *name = c->query[Q_FLAG];
	*flags = 0;
	for (unsigned i = 0; name != NULL && ticket_flag_name(i) != NULL; i++)
		if (strcmp(ticket_flag_name(i), name) == 0)
			*flags = 1u << i;
	return name && !*flags ? err_set(e, E_MALFORMED, "flag: there is no flag '%.40s'", name) : 0;
}

/* "due": the nearest deadline first, of those that are open; else the newest first. */
static int order_read(const struct call *c, struct ticket_query *q, struct err *e)
{
	const char *order = c->query[Q_ORDER], *after = c->query[Q_AFTER];
	q->by_due = order != NULL && strcmp(order, "due") == 0;
	if (order != NULL && !q->by_due)
		return err_set(e, E_MALFORMED, "order: 'due' is the only one");
	if (!q->by_due || after == NULL)
		return call_after(c, &q->after, e);
	char end;
	if (strlen(after) > 40 || sscanf(after, "%" SCNd64 "-%" SCNu64 "%c", &q->after_due, &q->after, &end) != 2 ||
		q->after > INT64_MAX || q->after_due < 0)
		return err_set(e, E_MALFORMED, "after: the 'next' of an earlier answer");
	return 0;
}

static int query_read(const struct call *c, struct ticket_query *q, struct err *e)
{
	const char *own = who_department(&c->who);
	*q = (struct ticket_query){ .channel = c->query[Q_CHANNEL], .department = c->query[Q_DEPARTMENT],
		.text = c->query[Q_SEARCH], .open_only = c->query[Q_OPEN] != NULL, .overdue_only = c->query[Q_OVERDUE] != NULL,
		.unassigned_only = c->query[Q_UNASSIGNED] != NULL,
		.last_word = c->query[Q_WAITING] != NULL ? 1 : c->query[Q_ASKED] != NULL ? 2 : 0 };
	q->assignee = c->query[Q_ASSIGNEE] && strcmp(c->query[Q_ASSIGNEE], "me") == 0 ? c->who.name : c->query[Q_ASSIGNEE];
	if (own != NULL && q->department != NULL && strcmp(own, q->department) != 0)
		return err_set(e, E_DENIED, "department: you see the tickets of your own only");
	if (own != NULL)
		q->department = *own ? own : "\x01"; /* nobody's: no ticket is with it */
	int rc = state_read(c, &q->state, e);
	if (rc < 0 || (rc = marks_read(c, e)) < 0 || (rc = flag_read(c, &q->flags_any, e)) < 0 || (rc = call_limit(c, &q->limit, e)) < 0)
		return rc;
	return order_read(c, q, e);
}

/* By deadline a place is two numbers: "DUE-ID". */
static const char *cursor(const struct call *c, const struct ticket_query *q, const struct ticket_row *last, uint64_t next)
{
	if (!next || !last)
		return NULL;
	return q->by_due ? arena_printf(c->arena, "%" PRId64 "-%" PRIu64, last->due_at, next) : arena_printf(c->arena, "%" PRIu64, next);
}

int api_tickets_list(struct call *c, struct tx *tx, struct err *e)
{
	bool report = reports_asked(c);
	int rc = c->query[Q_CORE] ? filters_fit(c, OF_CORE, "does not go with core", e) :
		report ? filters_fit(c, COUNTED, "does not go with report or word", e) : filters_fit(c, LISTED, "goes with report or word only", e);
	if (rc < 0)
		return rc;
	if (c->query[Q_CORE] != NULL)
		return tickets_of_core(c, tx, e);
	struct ticket_query q = { 0 };
	struct ticket_row *row;
	size_t n;
	uint64_t next;
	rc = report ? reports_tickets(c, tx, &row, &n, &next, e) : query_read(c, &q, e);
	if (rc < 0)
		return rc;
	if (!report && (rc = ticket_list(tx, &q, &row, &n, &next)) < 0)
		return err_set(e, rc, "the tickets could not be read");
	json_t *items = json_array();
	bool full = c->who.token && who_sees_peer(&c->who);
	/* A report may not know yet that a ticket has moved. */
	for (size_t i = 0; i < n; i++)
		if (!report || who_sees(&c->who, &row[i]))
			must(json_array_append_new(items, shape_ticket(&row[i], full)) == 0);
	for (size_t i = 0; full && i < n; i++)
		call_shown(c, "ticket", row[i].number);
	call_list_text(c, items, cursor(c, &q, n ? &row[n - 1] : NULL, next));
	return (rc = put_people(tx, c->answer)) < 0 ? err_set(e, rc, "the names could not be read") : 0;
}
