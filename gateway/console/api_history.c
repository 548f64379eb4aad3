/* The citizen's other tickets: all of them, and those that may be the same once more. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/citizen.h"
#include "gateway/model/alike.h"
#include "gateway/store/merge.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"

/* The citizen's other tickets on every channel; a department sees its own among them, and of a
 * confidential one nobody sees that there is one. */
struct history { struct call *call; struct tx *tx; const struct ticket_row *ticket; json_t *items; unsigned limit; uint64_t last; };

static void history_add(struct history *h, const struct ticket_row *row)
{
	struct survey_row s;
	json_t *o = shape_ticket(row, false);
	bool rated = survey_of_ticket(h->tx, row->id, &s) == 0 && s.rating > 0;
	must(json_object_set_new(o, "rating", rated ? json_integer(s.rating) : json_null()) == 0);
	must(json_object_set_new(o, "same_conversation", json_boolean(row->conversation == h->ticket->conversation)) == 0);
	must(json_array_append_new(h->items, o) == 0);
	h->last = row->id;
}

/* A page is filled over what is hidden: else where it ends would say that something is. */
static int history_fill(struct history *h, uint64_t after)
{
	struct ticket_row *row;
	size_t n = h->limit;
	while (n == h->limit && json_array_size(h->items) < h->limit) {
		int rc = citizen_tickets(h->tx, flow_words(h->call->console->set.flow), h->ticket, after, h->limit, &row, &n);
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < n && json_array_size(h->items) < h->limit; i++)
			if (who_sees_both(&h->call->who, h->ticket, &row[i]))
				history_add(h, &row[i]);
		after = n ? row[n - 1].id : after;
	}
	return 0;
}

int api_history(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t;
	struct history h = { .call = c, .tx = tx, .ticket = &t };
	uint64_t after, citizen = 0;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0 || (rc = call_limit(c, &h.limit, e)) < 0 || (rc = call_after(c, &after, e)) < 0)
		return rc;
	bool named = who_sees_both(&c->who, &t, &t);
	h.items = json_array();
	if (named && ((rc = history_fill(&h, after)) < 0 || (rc = conversation_citizen(tx, t.conversation, &citizen)) < 0)) {
		json_decref(h.items);
		return err_set(e, rc, "the citizen's tickets could not be read");
	}
	call_list(c, h.items, json_array_size(h.items) == h.limit ? h.last : 0);
	must(json_object_set_new(c->answer, "joined", named ? json_boolean(citizen != 0) : json_null()) == 0);
	return 0;
}

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
			json_object_set_new(o, "text", shape_covered(COVER_THEIRS, NULL, words)) == 0 && json_array_append_new(items, o) == 0);
	}
	c->answer = json_pack("{s:o, s:o}", "text", shape_covered(COVER_THEIRS, NULL, own), "items", items);
	must(c->answer != NULL);
	return 0;
}
