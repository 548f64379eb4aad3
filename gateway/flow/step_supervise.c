/* 督办单: an order to a department, with a day by which it is answered. */
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/flow/stepping.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

int order_open(struct tx *tx, const struct catalog *c, struct ticket_row *t, const char *actor, const char *reason,
	const char *note)
{
	struct docket_row d;
	char due[CLOCK_TEXT];
	t->flags |= FLAG_SUPERVISED;
	int rc = docket_pending(tx, t, DOCKET_SUPERVISION, &d);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	struct calendar hours = catalog_hours(c, t->department);
	d = (struct docket_row){ .ticket = t->id, .kind = DOCKET_SUPERVISION, .department = t->department, .actor = actor,
		.reason = reason, .note = note, .since = tx_now(tx),
		.due_at = calendar_add_days(&hours, tx_now(tx), catalog_loop(c)->order_days) };
	if ((rc = docket_insert(tx, &d)) < 0 || (rc = task_put(tx, &(struct task_row){ .ticket = t->id, .kind = TASK_ORDER,
		.at = d.due_at, .since = d.since })) < 0)
		return rc;
	if (strcmp(actor, "system") != 0) /* a person's order is a step, with an event of its own */
		return 0;
	/* The note may be the citizen's words: it stands in the docket alone, which can be erased. */
	return tell_event(tx, t->id, "order", actor, json_pack("{s:s, s:s}", "reason", reason, "due", clock_rfc3339(d.due_at, due)));
}

int effect_supervise(struct stepping *s)
{
	struct docket_row d;
	char due[CLOCK_TEXT];
	int rc = order_open(s->tx, s->catalog, s->t, s->q->actor, "manual", s->q->note);
	if (rc == 0 && (rc = docket_pending(s->tx, s->t, DOCKET_SUPERVISION, &d)) > 0)
		json_object_set_new(s->data, "due", json_string(clock_rfc3339(d.due_at, due)));
	return rc < 0 ? rc : 0;
}

int effect_answer(struct stepping *s)
{
	struct docket_row d;
	int rc = docket_pending(s->tx, s->t, DOCKET_SUPERVISION, &d);
	if (rc <= 0)
		return rc < 0 ? rc : err_rule(s->e, E_CONFLICT, "nothing-asked", "no supervision order waits for an answer");
	if ((rc = docket_rule(s->tx, &d, "answered", s->q->actor, s->q->note)) < 0)
		return rc;
	return task_drop(s->tx, s->t->id, TASK_ORDER);
}
