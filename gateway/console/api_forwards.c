/* The other systems that are told every event: where each stands, what it refused for good, and having that sent again. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/store/event.h"
#include "gateway/store/forward.h"
#include "gateway/store/ticket.h"

enum { REFUSED_SHOWN = 20 };

static json_t *refused_json(struct tx *tx, const struct aside_row *a)
{
	struct event_row v;
	struct ticket_row t;
	bool known = event_get(tx, a->event, &v) == 0, of_ticket = a->ticket && ticket_get(tx, a->ticket, &t) == 0;
	json_t *o = json_pack("{s:o, s:s, s:s, s:b, s:i, s:o, s:o}", "event", shape_id(a->event), "kind", known ? v.kind : "", "number",
		of_ticket ? t.number : "", "dead", (int)a->dead, "attempts", (int)a->attempts, "since", shape_time(a->since), "error",
		shape_text(a->error));
	must(o != NULL);
	return o;
}

/* The first that were given up, then the first that will be tried again; not what only waits behind one of these. */
static int put_refused(struct tx *tx, const char *name, json_t *list)
{
	int rc = 0;
	for (int dead = 1; rc == 0 && dead >= 0; dead--) {
		struct aside_row *a;
		size_t n;
		rc = aside_list(tx, name, dead, 0, REFUSED_SHOWN, &a, &n);
		for (size_t i = 0; rc == 0 && i < n; i++)
			if (dead || a[i].attempts > 0)
				must(json_array_append_new(list, refused_json(tx, &a[i])) == 0);
	}
	return rc;
}

static int target_json(struct tx *tx, const struct forward_row *f, json_t *items)
{
	struct forward_stand s;
	json_t *refused = json_array();
	int rc = forward_stands(tx, f, &s);
	if (rc < 0 || (rc = put_refused(tx, f->name, refused)) < 0) {
		json_decref(refused);
		return rc;
	}
	json_t *o = json_pack("{s:s, s:o, s:I, s:b, s:I, s:o}", "name", f->name, "next_from", shape_time(s.next_from), "waiting",
		(json_int_t)s.waiting, "waiting_more", (int)s.more, "dead", (json_int_t)s.dead, "refused", refused);
	must(o != NULL && json_array_append_new(items, o) == 0);
	return 0;
}

int api_forwards(struct call *c, struct tx *tx, struct err *e)
{
	struct forward_row *f;
	size_t n;
	int rc = forward_list(tx, &f, &n);
	json_t *items = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = target_json(tx, &f[i], items);
	call_list(c, items, 0);
	return rc < 0 ? err_set(e, rc, "the other systems could not be read") : 0;
}

/* One event, or "all" that were given up. */
int api_forward_retry(struct call *c, struct tx *tx, struct err *e)
{
	uint64_t event = 0;
	size_t n = 0;
	struct forward_row f;
	int rc = forward_get(tx, c->param[0], &f);
	if (rc == 0 && strcmp(c->param[1], "all") != 0)
		rc = call_id(c, 1, &event);
	if (rc == 0)
		rc = aside_retry(tx, f.name, event, &n);
	if (rc < 0)
		return err_set(e, rc, rc == E_NOTFOUND ? "nothing of that is set aside; it may have been sent meanwhile" :
			"what was set aside could not be read");
	c->answer = json_pack("{s:I}", "queued", (json_int_t)n);
	must(c->answer != NULL);
	return 0;
}
