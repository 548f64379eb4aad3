/* The closed loop's own parts of the API: what a step brings beside the usual, and the docket. */
#include <string.h>

#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/citizen.h"
#include "gateway/flow/steps.h"
#include "gateway/model/alike.h"
#include "gateway/store/docket.h"

int loop_fields(const struct call *c, struct step_request *q, struct err *e)
{
	json_t *days = json_object_get(c->body, "days");
	if (days != NULL && (!json_is_integer(days) || json_integer_value(days) < 0 || json_integer_value(days) > 1000))
		return err_set(e, E_MALFORMED, "days: a number of working days is wanted");
	q->days = (unsigned)json_integer_value(days);
	const struct { const char *name, **value; } words[] = { { "reason", &q->reason }, { "basis", &q->basis },
		{ "result", &q->result }, { "region", &q->region },
		{ "other", &q->other } };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof words / sizeof *words; i++)
		rc = call_string(c, words[i].name, words[i].value, e);
	return rc;
}

static json_t *docket_json(const struct docket_row *d)
{
	json_t *o = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
		shape_id(d->id), "kind", docket_kind_name((enum docket_kind)d->kind), "department", shape_text(d->department),
		"actor", shape_text(d->actor), "reason", shape_text(d->reason), "basis", shape_text(d->basis), "note",
		shape_text(d->note), "days", (int)d->days, "since", shape_time(d->since), "at", shape_time(d->at), "due_at",
		shape_time(d->due_at), "verdict", shape_text(d->verdict), "judge", shape_text(d->judge), "words",
		shape_text(d->words), "judged_at", shape_time(d->judged_at), "until", shape_time(d->until));
	must(o != NULL);
	return o;
}

static json_t *helper_json(const struct helper_row *h)
{
	json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "department", h->department, "asked_by", shape_text(h->asked_by),
		"asked_at", shape_time(h->asked_at), "opinion", shape_text(h->opinion), "answered_by", shape_text(h->answered_by),
		"answered_at", shape_time(h->answered_at));
	must(o != NULL);
	return o;
}

int put_loop(struct tx *tx, const struct ticket_row *t, json_t *o)
{
	struct docket_row *d;
	struct helper_row *h;
	size_t n, k;
	int rc = docket_list(tx, t->id, &d, &n);
	if (rc < 0 || (rc = helper_list(tx, t->id, &h, &k)) < 0)
		return rc;
	json_t *docket = json_array(), *helpers = json_array();
	for (size_t i = 0; i < n; i++)
		must(json_array_append_new(docket, docket_json(&d[i])) == 0);
	for (size_t i = 0; i < k; i++)
		must(json_array_append_new(helpers, helper_json(&h[i])) == 0);
	must(json_object_set_new(o, "docket", docket) == 0 && json_object_set_new(o, "helping", helpers) == 0);
	return 0;
}

/* --- likely repeats --- */

/* The citizen's other tickets of a quarter of a year beside this one: a person decides whether they are the same, and then
 * merges or declines. */
int api_alike(struct call *c, struct tx *tx, struct err *e)
{
	enum { ALIKE_ROWS = 30, ALIKE_LEAST = 25 };
	const int64_t quarter = 90 * 24LL * 3600 * 1000;
	struct ticket_row t, *row;
	const char *own, *words;
	size_t n;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	if ((rc = citizen_tickets(tx, flow_words(c->console->set.flow), &t, 0, ALIKE_ROWS, &row, &n)) < 0 ||
		(rc = ticket_first_words(tx, t.id, &own)) < 0)
		return err_set(e, rc, "the citizen's tickets could not be read");
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++) {
		unsigned alike = ticket_first_words(tx, row[i].id, &words) == 0 ? text_alike(own, words) : 0;
		if (!who_sees_both(&c->who, &t, &row[i]) || alike < ALIKE_LEAST || row[i].opened_at < t.opened_at - quarter)
			continue;
		json_t *o = shape_ticket(&row[i], false);
		must(json_object_set_new(o, "alike", json_integer(alike)) == 0 &&
			json_object_set_new(o, "text", shape_text(words)) == 0 && json_array_append_new(items, o) == 0);
	}
	c->answer = json_pack("{s:o, s:o}", "text", shape_text(own), "items", items);
	must(c->answer != NULL);
	return 0;
}

static void put_ticket(json_t *o, const char *number, const char *title)
{
	must(json_object_set_new(o, "number", shape_text(number)) == 0 && json_object_set_new(o, "title", shape_text(title)) == 0);
}

/* 协办: who was asked and has not said anything. The place in the list is the ticket's. */
static int help_list(struct call *c, struct tx *tx, const char *own, uint64_t after, unsigned limit)
{
	struct helper_row *h;
	size_t n;
	int rc = helper_open(tx, own, after, limit, &h, &n);
	json_t *items = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++) {
		json_t *o = helper_json(&h[i]);
		put_ticket(o, h[i].number, h[i].title);
		must(json_array_append_new(items, o) == 0);
	}
	call_list(c, items, rc == 0 && n == limit ? h[n - 1].ticket : 0);
	return rc;
}

static int docket_items(struct call *c, struct tx *tx, enum docket_kind kind, const char *own, uint64_t after, unsigned limit)
{
	struct docket_row *d;
	size_t n;
	int rc = docket_open(tx, kind, own, after, limit, &d, &n);
	json_t *items = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++) {
		json_t *o = docket_json(&d[i]);
		put_ticket(o, d[i].number, d[i].title);
		must(json_array_append_new(items, o) == 0);
	}
	call_list(c, items, rc == 0 && n == limit ? d[n - 1].id : 0);
	return rc;
}

/* What waits: "return", "extension", "supervision", "callback", or "help". */
int api_docket(struct call *c, struct tx *tx, struct err *e)
{
	unsigned limit;
	uint64_t after;
	bool help = strcmp(c->param[0], "help") == 0;
	int kind = help ? 0 : docket_kind_find(c->param[0]);
	const char *own = who_department(&c->who);
	own = own && !*own ? "\x01" : own; /* nobody's */
	if (kind < 0)
		return err_set(e, E_NOTFOUND, "there is no docket of '%.40s'", c->param[0]);
	int rc = call_limit(c, &limit, e);
	if (rc < 0 || (rc = call_after(c, &after, e)) < 0)
		return rc;
	rc = help ? help_list(c, tx, own, after, limit) : docket_items(c, tx, (enum docket_kind)kind, own, after, limit);
	return rc < 0 ? err_set(e, rc, "the docket could not be read") : 0;
}
