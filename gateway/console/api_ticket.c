/* GET /api/v1/tickets/NUMBER: one ticket with all that belongs to it. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/held.h"
#include "gateway/console/internal.h"
#include "gateway/console/people.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/flow/steps.h"
#include "gateway/store/event.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"

static int put_messages(struct tx *tx, const struct ticket_row *t, bool full, json_t *o)
{
	struct message_row *m;
	size_t n;
	int64_t last = 0;
	int rc = message_list_ticket(tx, t->id, &m, &n);
	if (rc < 0)
		return rc;
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		must(json_array_append_new(list, shape_message(&m[i], full)) == 0);
		last = m[i].seq > last ? m[i].seq : last;
	}
	must(json_object_set_new(o, "messages", list) == 0);
	must(json_object_set_new(o, "last_seq", json_integer(last)) == 0);
	return 0;
}

static int put_steps(const struct call *c, struct tx *tx, const struct ticket_row *t, json_t *o)
{
	struct event_row *v;
	size_t n;
	int rc = event_list_ticket(tx, t->id, &v, &n);
	if (rc < 0)
		return rc;
	json_t *list = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++) {
		json_t *step = shape_step(&v[i]);
		if ((rc = event_hidden(c, tx, t, v[i].kind, step)) == 0)
			must(json_array_append(list, step) == 0);
		json_decref(step);
		rc = rc < 0 ? rc : 0;
	}
	must(json_object_set_new(o, "steps", list) == 0);
	return rc;
}

static int put_survey(struct tx *tx, const struct ticket_row *t, json_t *o)
{
	struct survey_row s;
	int rc = survey_of_ticket(tx, t->id, &s);
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	must(json_object_set_new(o, "survey", shape_survey(rc == 0 ? &s : NULL)) == 0);
	return 0;
}

/* Where a merged ticket's messages are now. */
static int put_merged(const struct call *c, struct tx *tx, const struct ticket_row *t, json_t *o)
{
	uint64_t into = 0;
	struct ticket_row other;
	int rc = ticket_merged(tx, t->id, &into);
	bool merged = rc == 0 && into != 0 && (rc = ticket_get(tx, into, &other)) == 0;
	merged = merged && who_may_link(&c->who, t, &other);
	must(json_object_set_new(o, "merged_into", merged ? json_string(other.number) : json_null()) == 0);
	return rc;
}

int api_ticket_get(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	bool full = who_sees_citizen(&c->who, &t);
	c->answer = shape_ticket(&t, full);
	if ((rc = put_messages(tx, &t, full, c->answer)) < 0 || (rc = put_steps(c, tx, &t, c->answer)) < 0 ||
		(rc = put_survey(tx, &t, c->answer)) < 0 || (rc = put_merged(c, tx, &t, c->answer)) < 0 ||
		(rc = put_docket(tx, &t, c->answer)) < 0 || (rc = put_held(tx, &t, c->answer)) < 0 ||
		(rc = put_people(tx, c->answer)) < 0 || (rc = shape_core(tx, t.id, c->answer)) < 0 ||
		(rc = shape_reach(tx, flow_words(c->console->set.flow), &t, who_may_link(&c->who, &t, &t), c->answer)) < 0)
		return err_set(e, rc, "the ticket could not be read");
	must(json_object_set_new(c->answer, "legal", shape_steps(call_legal(c, &t))) == 0);
	if (who_department(&c->who) != NULL)
		c->remember_ticket = t.id;
	if (full)
		call_shown(c, "ticket", t.number);
	return 0;
}
