/* /api/v1: tickets, replies, steps, events and files. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/console/held.h"
#include "gateway/console/internal.h"
#include "gateway/console/reports.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/flow/steps.h"

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
	if (rc < 0 || (rc = flag_read(c, &q->flags_any, e)) < 0 || (rc = call_limit(c, &q->limit, e)) < 0)
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
	if (c->query[Q_CORE] != NULL)
		return tickets_of_core(c, tx, e);
	struct ticket_query q = { 0 };
	struct ticket_row *row;
	size_t n;
	uint64_t next;
	bool report = reports_asked(c);
	int rc = report ? reports_tickets(c, tx, &row, &n, &next, e) : query_read(c, &q, e);
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
	return 0;
}

static uint32_t legal_here(const struct call *c, const struct ticket_row *t)
{
	return steps_here(flow_words(c->console->set.flow), c->who.token, ticket_legal(t, c->who.role, who_department(&c->who)));
}

/* --- one ticket --- */

static int put_messages(struct tx *tx, const struct ticket_row *t, json_t *o)
{
	struct message_row *m;
	size_t n;
	int64_t last = 0;
	int rc = message_list_ticket(tx, t->id, &m, &n);
	if (rc < 0)
		return rc;
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		must(json_array_append_new(list, shape_message(&m[i])) == 0);
		last = m[i].seq > last ? m[i].seq : last;
	}
	must(json_object_set_new(o, "messages", list) == 0);
	must(json_object_set_new(o, "last_seq", json_integer(last)) == 0);
	return 0;
}

/* An event of a ticket names the other that it was parted from, or joined with, and with it its citizen. 1: not to who reads this. */
static int names_unknown(const struct call *c, struct tx *tx, const struct ticket_row *t, const char *kind, const json_t *data)
{
	static const char *const names[] = { "other", "into" };
	if (strcmp(kind, "phone-proven") == 0) /* by the ends of a number */
		return !who_may_link(&c->who, t, t);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct ticket_row other;
		const char *number = json_string_value(json_object_get(data, names[i]));
		int rc = number ? ticket_get_number(tx, number, &other) : E_NOTFOUND;
		if (rc == 0 && !who_may_link(&c->who, t, &other))
			return 1;
		if (rc < 0 && rc != E_NOTFOUND)
			return rc;
	}
	return 0;
}

static int hide_other(const struct call *c, struct tx *tx, const struct ticket_row *t, const char *kind, json_t *event)
{
	json_t *data = json_object_get(event, "data");
	int rc = names_unknown(c, tx, t, kind, data);
	for (size_t i = 0; rc > 0 && i < 3; i++)
		(void)json_object_del(data, (const char *const[]){ "other", "into", "note" }[i]);
	return rc < 0 ? rc : 0;
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
		must(json_array_append_new(list, step) == 0);
		rc = hide_other(c, tx, t, v[i].kind, step);
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
	if ((rc = put_messages(tx, &t, c->answer)) < 0 || (rc = put_steps(c, tx, &t, c->answer)) < 0 ||
		(rc = put_survey(tx, &t, c->answer)) < 0 || (rc = put_merged(c, tx, &t, c->answer)) < 0 ||
		(rc = put_loop(tx, &t, c->answer)) < 0 || (rc = put_held(tx, &t, c->answer)) < 0 ||
		(rc = shape_core(tx, t.id, c->answer)) < 0 ||
		(rc = put_reach(tx, flow_words(c->console->set.flow), &t, c->answer)) < 0)
		return err_set(e, rc, "the ticket could not be read");
	must(json_object_set_new(c->answer, "legal", shape_steps(legal_here(c, &t))) == 0);
	if (who_department(&c->who) != NULL)
		c->remember_ticket = t.id;
	if (full)
		call_shown(c, "ticket", t.number);
	return 0;
}

/* --- replies and steps --- */

static void request_fill(const struct call *c, struct step_request *q)
{
	q->number = c->param[0];
	q->actor = c->who.name;
	q->display = c->who.display;
	q->role = c->who.role;
	q->program = c->who.token;
	q->own_department = who_department(&c->who);
}

/* What a refused step's answer says beside the words. */
static int refused(struct call *c, const struct ticket_row *t, int rc, struct err *e)
{
	if (rc != E_CONFLICT && rc != E_DENIED)
		return rc;
	if (e->rule == NULL)
		e->rule = "not-legal";
	c->extra = json_pack("{s:o, s:s}", "legal", shape_steps(legal_here(c, t)), "state", sm_name(&ticket_machine, t->state));
	must(c->extra != NULL);
	return rc;
}

/* What its writer has sent is sent, and kept no longer as a draft. A reply that was held had its draft dropped then. */
static int written(struct call *c, struct tx *tx, const struct step_request *q, const struct ticket_row *t, struct err *e)
{
	if (c->req == NULL || c->who.token || (q->step != STEP_REPLY && q->step != STEP_NOTE))
		return 0;
	int rc = draft_drop(tx, c->who.name, t->id, q->step == STEP_REPLY ? DRAFT_REPLY : DRAFT_NOTE);
	if (rc == 0 && q->step == STEP_REPLY)
		rc = draft_drop(tx, c->who.name, t->id, DRAFT_FILES);
	return rc < 0 ? err_set(e, rc, "the draft could not be dropped") : 0;
}

static int take(struct call *c, struct tx *tx, struct step_request *q, struct step_result *r, struct err *e)
{
	struct ticket_row t;
	struct core_row core;
	int rc = call_ticket(c, tx, &t, e), said = rc;
	if (rc < 0 || (said = core_read(c, tx, json_object_get(c->body, "core"), &t, &core, e)) < 0)
		return said;
	request_fill(c, q);
	if (c->req != NULL && q->step != STEP_NOTE && (rc = held_flush(c, tx, &t, e)) < 0)
		return rc;
	rc = step_take(tx, c->catalog, flow_words(c->console->set.flow), q, r, e);
	if (rc == 0 && said > 0 && (rc = core_put(tx, &core)) < 0)
		return err_set(e, rc, "what the core system says could not be stored");
	return rc < 0 ? refused(c, &t, rc, e) : written(c, tx, q, &t, e);
}

/* From a page it may wait for a moment, in which it can be taken back. 1: it waits. */
static int hold(struct call *c, struct tx *tx, struct step_request *q, struct step_result *r, struct err *e)
{
	struct ticket_row t;
	if (!json_is_true(json_object_get(c->body, "hold")) || c->console->set.undo_seconds == 0 || c->who.token)
		return 0;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	request_fill(c, q);
	if ((rc = step_may(tx, c->catalog, flow_words(c->console->set.flow), q, r, e)) < 0)
		return refused(c, &t, rc, e);
	if ((rc = reply_fits(tx, c->catalog, flow_words(c->console->set.flow), q, e)) < 0)
		return rc;
	rc = held_begin(c, tx, &t, r->legal, e);
	return rc < 0 ? rc : 1;
}

static int reply_read(const struct call *c, struct step_request *q, struct err *e)
{
	json_t *interim = json_object_get(c->body, "interim"), *seen = json_object_get(c->body, "seen_seq");
	if (interim != NULL && !json_is_boolean(interim))
		return err_set(e, E_MALFORMED, "interim: true or false is wanted");
	if (seen != NULL && (!json_is_integer(seen) || json_integer_value(seen) < 0))
		return err_set(e, E_MALFORMED, "seen_seq: the seq of the last message you saw");
	q->interim = json_is_true(interim);
	q->seen_seq = seen ? json_integer_value(seen) : -1;
	int rc = reply_files(c, q, e);
	return rc < 0 ? rc : call_string(c, "text", &q->text, e);
}

int api_reply(struct call *c, struct tx *tx, struct err *e)
{
	struct step_request q = { .step = STEP_REPLY };
	struct step_result r;
	int rc = reply_read(c, &q, e);
	if (rc < 0 || (rc = hold(c, tx, &q, &r, e)) != 0)
		return rc < 0 ? rc : 0;
	if ((rc = take(c, tx, &q, &r, e)) < 0)
		return rc;
	c->status = 201;
	c->answer = json_pack("{s:s, s:o, s:I, s:s, s:o}", "number", r.ticket.number, "message", shape_id(r.message), "seq",
		(json_int_t)r.seq, "state", sm_name(&ticket_machine, r.ticket.state), "legal", shape_steps(
		legal_here(c, &r.ticket)));
	must(c->answer != NULL);
	return 0;
}

/* "409 with the legal steps when it is not one": an unknown word is no legal step either. */
static int step_unknown(struct call *c, struct tx *tx, const char *name, struct err *e)
{
	struct ticket_row t;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	(void)err_set(e, E_CONFLICT, "step: there is no step '%.40s'", name);
	return refused(c, &t, E_CONFLICT, e);
}

int api_step(struct call *c, struct tx *tx, struct err *e)
{
	struct step_request q = { .seen_seq = -1 };
	struct step_result r;
	const char *name;
	int rc = reply_read(c, &q, e);
	if (rc < 0 || (rc = call_string(c, "step", &name, e)) < 0 || (rc = call_string(c, "department", &q.department, e)) < 0 ||
		(rc = call_string(c, "note", &q.note, e)) < 0 || (rc = call_string(c, "ground", &q.ground, e)) < 0 ||
		(rc = call_string(c, "category", &q.category, e)) < 0 || (rc = loop_fields(c, &q, e)) < 0)
		return rc;
	if (name == NULL)
		return err_set(e, E_RANGE, "step: say which step");
	int step = step_find(name);
	if (step < 0)
		return step_unknown(c, tx, name, e);
	q.step = (enum step)step;
	if ((rc = suggested_fields(c, tx, &q, e)) < 0 || (rc = take(c, tx, &q, &r, e)) < 0)
		return rc;
	c->answer = shape_ticket(&r.ticket, false);
	must(json_object_set_new(c->answer, "legal", shape_steps(legal_here(c, &r.ticket))) == 0);
	return 0;
}

/* --- events --- */

/* A department reads the events of its own tickets; the cursor goes on over the others. */
static int event_visible(const struct call *c, struct tx *tx, const struct event_row *v)
{
	struct ticket_row t;
	if (who_department(&c->who) == NULL)
		return 1;
	if (v->ticket == 0)
		return 0;
	int rc = ticket_get(tx, v->ticket, &t);
	return rc == 0 ? who_sees(&c->who, &t) : rc == E_NOTFOUND ? 0 : rc;
}

static int event_add(const struct call *c, struct tx *tx, const struct event_row *v, json_t *items)
{
	struct ticket_row t;
	json_t *event = shape_event(v);
	must(json_array_append_new(items, event) == 0);
	const json_t *data = json_object_get(event, "data");
	bool other = json_object_get(data, "other") || json_object_get(data, "into") || strcmp(v->kind, "phone-proven") == 0;
	if (!other || v->ticket == 0)
		return 0;
	int rc = ticket_get(tx, v->ticket, &t);
	return rc < 0 ? rc == E_NOTFOUND ? 0 : rc : hide_other(c, tx, &t, v->kind, event);
}

int api_events(struct call *c, struct tx *tx, struct err *e)
{
	struct event_row *v;
	size_t n;
	unsigned limit;
	const char *after = c->query[Q_AFTER] ? c->query[Q_AFTER] : "0", *next;
	int rc = call_limit(c, &limit, e);
	if (rc < 0)
		return rc;
	if ((rc = event_list(tx, after, limit, &v, &n, &next)) < 0)
		return err_set(e, rc, rc == E_MALFORMED ? "after: the 'next' of an earlier answer" : "the events could not be read");
	json_t *items = json_array();
	for (size_t i = 0; rc >= 0 && i < n; i++)
		if (strcmp(v[i].kind, SHOWN_EVENT) != 0 && (rc = event_visible(c, tx, &v[i])) > 0)
			rc = event_add(c, tx, &v[i], items);
	if (rc < 0) {
		json_decref(items);
		return err_set(e, rc, "the events could not be read");
	}
	/* The cursor stays usable at the end: whoever follows asks again with the same one. */
	call_list_text(c, items, next);
	return 0;
}

/* --- files --- */

int file_held(const struct attachment_row *a, struct err *e)
{
	if (a->scan == SCAN_WAITING)
		return err_set(e, E_CONFLICT, "the file is held until it has been scanned: try again in a minute");
	if (a->scan == SCAN_INFECTED)
		return err_set(e, E_DENIED, "the file is infected (%s) and is not given out", a->scan_words);
	return 0;
}

int api_file(struct call *c, struct tx *tx, struct err *e)
{
	struct attachment_row a;
	struct ticket_row t;
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = attachment_get(tx, id, &a);
	if (rc == 0)
		rc = ticket_get(tx, a.ticket, &t);
	if (rc == 0 && !who_sees(&c->who, &t))
		rc = E_NOTFOUND;
	if (rc < 0)
		return err_set(e, rc, "there is no such file");
	if ((rc = file_held(&a, e)) < 0)
		return rc;
	if ((c->file.fd = blob_fd(c->console->set.blobs, a.sha256, &c->file.size, e)) < 0)
		return c->file.fd;
	c->file.type = a.type;
	c->file.name = a.name;
	return 0;
}

/* The message as it came, address and all: only for who may see those. What it carries is in it, so a held file holds it
 * too; an infected one may be looked at by those who lead. */
static int raw_allowed(const struct call *c, const struct ticket_row *t, const struct message_row *m, struct err *e)
{
	if (!who_sees_citizen(&c->who, t))
		return err_set(e, E_DENIED, "the raw message shows the citizen's address: you may not see it");
	for (size_t i = 0; i < m->attachments; i++) {
		bool leads = !c->who.token && (c->who.role == ROLE_SUPERVISOR || c->who.role == ROLE_ADMIN);
		if (m->attachment[i].scan == SCAN_INFECTED && leads)
			continue;
		int rc = file_held(&m->attachment[i], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int api_raw(struct call *c, struct tx *tx, struct err *e)
{
	struct message_row m;
	struct ticket_row t;
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = message_get(tx, id, &m);
	if (rc == 0)
		rc = ticket_get(tx, m.ticket, &t);
	if (rc == 0 && (!who_sees(&c->who, &t) || !m.raw_sha256 || !*m.raw_sha256))
		rc = E_NOTFOUND;
	if (rc < 0)
		return err_set(e, rc, "there is no such message");
	if ((rc = raw_allowed(c, &t, &m, e)) < 0 || (rc = raw_file(c, tx, m.id, m.raw_sha256, e)) < 0)
		return rc;
	c->file.type = "message/rfc822";
	c->file.name = arena_printf(c->arena, "%s-%" PRIi64 ".eml", t.number, m.seq);
	call_shown(c, "raw", c->file.name);
	return 0;
}
