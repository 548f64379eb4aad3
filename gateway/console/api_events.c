/* GET /api/v1/events: what happened, in order; and what of an event its reader is not to learn. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/store/event.h"
#include "gateway/store/place.h"
#include "gateway/store/ticket.h"

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

/* A page is filled over what its reader is not shown, so that an empty one is the end; but not for ever: so many rows are looked at in one
 * call, one that had to be asked for its ticket counting as several. */
enum { READ_PAGE = 200, WORK_MOST = 20000, WORK_OF_TICKET = 5 };

struct feed_page {
	const struct call *call;
	json_t *items;
	unsigned limit, work;
	uint64_t ticket; /* of the event before, where it was asked for */
	int visible;
};

static int ticket_visible(struct feed_page *p, struct tx *tx, uint64_t ticket)
{
	struct ticket_row t;
	if (ticket == p->ticket)
		return p->visible;
	p->work += WORK_OF_TICKET;
	int rc = ticket_get(tx, ticket, &t);
	p->visible = rc == 0 ? who_sees(&p->call->who, &t) : rc == E_NOTFOUND ? 0 : rc;
	p->ticket = ticket;
	return p->visible;
}

/* A department reads the events of its own tickets; the cursor goes on over the others. */
static int event_visible(struct feed_page *p, struct tx *tx, const struct event_row *v)
{
	p->work++;
	if (strcmp(v->kind, SHOWN_EVENT) == 0)
		return 0;
	if (who_department(&p->call->who) == NULL)
		return 1;
	return v->ticket == 0 ? 0 : ticket_visible(p, tx, v->ticket);
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

static bool page_full(const struct feed_page *p)
{
	return json_array_size(p->items) >= p->limit;
}

/* Takes of these what the reader may see, until the page is full: how many it went through, or E_*. */
static int page_take(struct feed_page *p, struct tx *tx, const struct event_row *v, size_t n)
{
	size_t i;
	int rc = 0;
	for (i = 0; rc >= 0 && i < n && !page_full(p); i++)
		if ((rc = event_visible(p, tx, &v[i])) > 0)
			rc = event_add(p->call, tx, &v[i], p->items);
	return rc < 0 ? rc : (int)i;
}

/* *place moves behind what was looked at. 1: there may be more, 0: that was the end, E_*. */
static int page_step(struct feed_page *p, struct tx *tx, const char **place)
{
	struct event_row *v;
	size_t n;
	uint64_t id[READ_PAGE];
	const char *next;
	int rc = event_list(tx, *place, READ_PAGE, &v, &n, &next), through;
	if (rc < 0 || (rc = through = page_take(p, tx, v, n)) < 0)
		return rc;
	for (int i = 0; i < through; i++)
		id[i] = v[i].id;
	if ((size_t)through < n && (rc = place_behind(tx, *place, id, (size_t)through, &next)) < 0)
		return rc;
	*place = next;
	return n == READ_PAGE || (size_t)through < n;
}

int api_events(struct call *c, struct tx *tx, struct err *e)
{
	struct feed_page p = { .call = c };
	const char *place = c->query[Q_AFTER] ? c->query[Q_AFTER] : "0";
	int rc = call_limit(c, &p.limit, e);
	if (rc < 0)
		return rc;
	p.items = json_array();
	do
		rc = page_step(&p, tx, &place);
	while (rc > 0 && !page_full(&p) && p.work < WORK_MOST);
	/* The cursor stays usable at the end: whoever follows asks again with the same one. */
	call_list_text(c, p.items, place);
	must(json_object_set_new(c->answer, "more", json_boolean(rc > 0)) == 0);
	return rc < 0 ? err_set(e, rc, rc == E_MALFORMED ? "after: the 'next' of an earlier answer" : "the events could not be read") : 0;
}
