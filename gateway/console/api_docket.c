/* The docket: what waits for a decision beside the handling of a ticket, and whose help was asked; of one ticket, and as a list. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/people.h"
#include "gateway/console/shape.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

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

int put_docket(struct tx *tx, const struct ticket_row *t, json_t *o)
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

static void put_ticket(json_t *o, const char *number, const char *title)
{
	must(json_object_set_new(o, "number", shape_text(number)) == 0 && json_object_set_new(o, "title", shape_covered(COVER_THEIRS, NULL, title)) == 0);
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
	rc = rc < 0 ? rc : put_people(tx, c->answer);
	return rc < 0 ? err_set(e, rc, "the docket could not be read") : 0;
}
