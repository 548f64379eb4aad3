/* 延期申请: asked before the deadline, ruled on by a supervisor, and the citizen learns the new date and why. */
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/flow/stepping.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

static int asked_before(struct stepping *s, unsigned *count)
{
	struct docket_row *d;
	size_t n;
	int rc = docket_list(s->tx, s->t->id, &d, &n);
	*count = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		*count += d[i].kind == DOCKET_EXTENSION && strcmp(d[i].verdict, "void") != 0;
	return rc;
}

static int days_check(struct stepping *s, unsigned days)
{
	unsigned most = catalog_loop(s->catalog)->extension_days;
	if (days >= 1 && days <= most)
		return 0;
	return err_rule(s->e, E_RANGE, "days", "days: from 1 to %u working days", most);
}

int effect_extend(struct stepping *s)
{
	struct ticket_row *t = s->t;
	char due[CLOCK_TEXT];
	unsigned count;
	int rc = days_check(s, s->q->days);
	if (rc < 0 || (rc = asked_before(s, &count)) < 0)
		return rc;
	if (tx_now(s->tx) >= t->due_at)
		return err_rule(s->e, E_CONFLICT, "extend-late", "the deadline passed at %s: an extension is asked for before it",
			clock_people(t->due_at, due));
	if (count >= catalog_loop(s->catalog)->extensions_max)
		return err_rule(s->e, E_CONFLICT, "extend-spent", "no further extension: %u of %u were asked for", count,
			catalog_loop(s->catalog)->extensions_max);
	struct docket_row d = { .ticket = t->id, .kind = DOCKET_EXTENSION, .department = t->department, .actor = s->q->actor,
		.note = s->q->note, .days = s->q->days, .since = t->due_at, .due_at = t->due_at };
	json_object_set_new(s->data, "days", json_integer(s->q->days));
	return docket_insert(s->tx, &d);
}

int effect_grant(struct stepping *s)
{
	struct ticket_row *t = s->t;
	struct docket_row d;
	int rc = docket_pending(s->tx, t, DOCKET_EXTENSION, &d);
	if (rc <= 0)
		return rc < 0 ? rc : err_rule(s->e, E_CONFLICT, "nothing-asked", "nobody has asked for an extension");
	unsigned days = s->q->days ? s->q->days : d.days;
	if ((rc = days_check(s, days)) < 0)
		return rc;
	struct calendar hours = catalog_hours(s->catalog, t->department);
	char due[CLOCK_TEXT];
	t->due_at = d.until = calendar_add_days(&hours, t->due_at, days);
	s->args.reason = s->q->text;
	json_object_set_new(s->data, "days", json_integer(days));
	json_object_set_new(s->data, "due", json_string(clock_rfc3339(t->due_at, due)));
	return docket_rule(s->tx, &d, "granted", s->q->actor, s->q->text);
}

int effect_deny(struct stepping *s)
{
	struct docket_row d;
	int rc = docket_pending(s->tx, s->t, DOCKET_EXTENSION, &d);
	return rc <= 0 ? rc : docket_rule(s->tx, &d, "denied", s->q->actor, s->q->note);
}
