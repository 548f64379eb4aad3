/* The supervisors' wall: GET /console/api/wall. Every number comes with what it was counted of. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "gateway/store/wall.h"

enum { WALL_LISTED = 12 };

static json_t *list_of(const int64_t *v, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		must(json_array_append_new(list, json_integer(v[i])) == 0);
	return list;
}

static json_t *rate_json(int64_t of, int64_t good, unsigned target)
{
	json_t *o = json_pack("{s:I, s:I, s:i}", "of", (json_int_t)of, "good", (json_int_t)good, "target", (int)target);
	must(o != NULL);
	return o;
}

static json_t *departments_json(const struct wall *w)
{
	json_t *list = json_array();
	for (size_t i = 0; i < w->departments; i++)
		must(json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "code", w->department[i].code, "open",
			(json_int_t)w->department[i].open, "overdue", (json_int_t)w->department[i].overdue)) == 0);
	return list;
}

static json_t *channels_json(const struct wall *w)
{
	json_t *list = json_array();
	for (size_t i = 0; i < w->channels; i++)
		must(json_array_append_new(list, json_pack("{s:s, s:I}", "name", w->channel[i].name, "opened",
			(json_int_t)w->channel[i].opened)) == 0);
	return list;
}

/* Those with the nearest deadline, the late ones first. */
static int put_pressing(struct tx *tx, json_t *o)
{
	struct ticket_query q = { .state = -1, .by_due = true, .limit = WALL_LISTED };
	struct ticket_row *row;
	size_t n;
	uint64_t next;
	int rc = ticket_list(tx, &q, &row, &n, &next);
	json_t *list = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++)
		must(json_array_append_new(list, shape_ticket(&row[i], false)) == 0);
	must(json_object_set_new(o, "pressing", list) == 0);
	return rc;
}

int api_wall(struct call *c, struct tx *tx, struct err *e)
{
	struct wall w;
	const struct loop_rules *rules = catalog_loop(c->catalog);
	struct ticket_counts n;
	int rc = wall_load(tx, &w);
	if (rc < 0 || (rc = ticket_count(tx, NULL, &n)) < 0)
		return err_set(e, rc, "the wall's numbers could not be read");
	json_int_t open = 0;
	for (unsigned s = 0; s < TICKET_CLOSED; s++)
		open += n.by_state[s];
	c->answer = json_pack("{s:o, s:I, s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:o, s:o, s:o, s:o}", "at", shape_time(tx_now(tx)),
		"queue", (json_int_t)w.queue, "oldest", shape_time(w.oldest), "waits", list_of(w.wait, WALL_WAITS), "rates", "response",
		rate_json(w.opened, w.taken_up, rules->target_response), "solved", rate_json(w.said, w.solved, rules->target_solved), "satisfied", rate_json(w.rated, w.satisfied, rules->target_satisfied),
		"hours_from", shape_time(w.hours_from), "opened", list_of(w.opened_in, WALL_HOURS), "closed",
		list_of(w.closed_in, WALL_HOURS), "departments", departments_json(&w), "channels", channels_json(&w));
	must(c->answer != NULL);
	json_t *now = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "open", open, "unassigned", (json_int_t)n.unassigned,
		"waiting", (json_int_t)n.waiting, "overdue", (json_int_t)n.overdue, "emergency", (json_int_t)n.emergency, "held",
		(json_int_t)n.held, "opened_today", (json_int_t)n.opened_today, "closed_today", (json_int_t)n.closed_today);
	must(now != NULL && json_object_set_new(c->answer, "now", now) == 0 &&
		json_object_set_new(c->answer, "target_department", json_integer(rules->target_department)) == 0);
	rc = put_pressing(tx, c->answer);
	return rc < 0 ? err_set(e, rc, "the tickets could not be read") : 0;
}
