/* The citizen's other tickets: all of them, and those that may be the same once more. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/citizen.h"
#include "gateway/model/alike.h"

/* The citizen's other tickets on every channel; a department sees its own among them. */
int api_history(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t, *row;
	unsigned limit;
	uint64_t after, citizen = 0;
	size_t n;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0 || (rc = call_limit(c, &limit, e)) < 0 || (rc = call_after(c, &after, e)) < 0)
		return rc;
	if ((rc = citizen_tickets(tx, flow_words(c->console->set.flow), &t, after, limit, &row, &n)) < 0 ||
		(rc = conversation_citizen(tx, t.conversation, &citizen)) < 0)
		return err_set(e, rc, "the citizen's tickets could not be read");
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++) {
		struct survey_row s;
		if (!who_sees_both(&c->who, &t, &row[i]))
			continue;
		json_t *o = shape_ticket(&row[i], false);
		bool rated = survey_of_ticket(tx, row[i].id, &s) == 0 && s.rating > 0;
		must(json_object_set_new(o, "rating", rated ? json_integer(s.rating) : json_null()) == 0);
		must(json_object_set_new(o, "same_conversation", json_boolean(row[i].conversation == t.conversation)) == 0);
		must(json_array_append_new(items, o) == 0);
	}
	call_list(c, items, n == limit ? row[n - 1].id : 0);
	must(json_object_set_new(c->answer, "joined", json_boolean(citizen != 0)) == 0);
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
			json_object_set_new(o, "text", shape_text(words)) == 0 && json_array_append_new(items, o) == 0);
	}
	c->answer = json_pack("{s:o, s:o}", "text", shape_text(own), "items", items);
	must(c->answer != NULL);
	return 0;
}
