/* GET /api/v1/events: what happened, in order; and what of an event its reader is not to learn. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"

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

/* Not even that there is one: its neighbour of the same instant would tell as much. */
int event_hidden(const struct call *c, struct tx *tx, const struct ticket_row *t, const char *kind, const json_t *event)
{
	return names_unknown(c, tx, t, kind, json_object_get(event, "data"));
}

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
	const json_t *data = json_object_get(event, "data");
	bool other = json_object_get(data, "other") || json_object_get(data, "into") || strcmp(v->kind, "phone-proven") == 0;
	int rc = other && v->ticket != 0 ? ticket_get(tx, v->ticket, &t) : E_NOTFOUND;
	if (rc == 0)
		rc = event_hidden(c, tx, &t, v->kind, event);
	if (rc == 0 || rc == E_NOTFOUND)
		must(json_array_append(items, event) == 0);
	json_decref(event);
	return rc < 0 && rc != E_NOTFOUND ? rc : 0;
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
