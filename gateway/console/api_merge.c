/* Two tickets become one, one becomes two, and one citizen on several channels. */
#include <stdlib.h>
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/citizen.h"
#include "gateway/flow/merge.h"
#include "gateway/store/ticket.h"

/* The ticket a member of the body names, if who may see it. Whose a confidential one is must not be found out by trying. */
static int other_ticket(struct call *c, struct tx *tx, const char *member, const struct ticket_row *one, struct ticket_row *t, struct err *e)
{
	const char *number;
	int rc = call_string(c, member, &number, e);
	if (rc < 0)
		return rc;
	rc = number ? ticket_get_number(tx, number, t) : E_NOTFOUND;
	if (rc == 0 && who_sees(&c->who, t) && !who_may_link(&c->who, one, t))
		return err_rule(e, E_DENIED, "stays-unknown", "%s: whose a confidential ticket is is known to its handler and to supervisors: one of "
			"them may do this", member);
	if (rc == 0 && who_sees(&c->who, t))
		return 0;
	return err_rule(e, E_RANGE, "no-ticket", "%s: there is no ticket '%.30s'", member, number ? number : "");
}

static void answer_two(struct call *c, const struct ticket_row *a, const struct ticket_row *b)
{
	c->answer = json_pack("{s:o, s:o}", "ticket", shape_ticket(a, false), "other", shape_ticket(b, false));
	must(c->answer != NULL);
}

int api_merge(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row from, into;
	const char *note;
	int rc = call_embedded(c, e);
	if (rc < 0 || (rc = call_ticket(c, tx, &from, e)) < 0 || (rc = other_ticket(c, tx, "into", &from, &into, e)) < 0 || (rc = call_string(c, "note", &note, e)) < 0 ||
		(rc = ticket_merge(tx, c->catalog, &from, &into, c->who.name, note, e)) < 0)
		return rc;
	answer_two(c, &from, &into);
	return 0;
}

int api_unmerge(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row from;
	int rc = call_embedded(c, e);
	if (rc < 0 || (rc = call_ticket(c, tx, &from, e)) < 0 || (rc = ticket_unmerge(tx, c->catalog, &from, c->who.name, e)) < 0)
		return rc;
	c->answer = shape_ticket(&from, false);
	return 0;
}

static int messages_read(struct call *c, uint64_t **out, size_t *n, struct err *e)
{
	json_t *list = json_object_get(c->body, "messages");
	*n = json_array_size(list);
	if (*n == 0 || *n > MERGE_MESSAGES_MAX)
		return err_set(e, E_RANGE, "messages: a list of the ids of those that go, at most %d", MERGE_MESSAGES_MAX);
	*out = arena_alloc(c->arena, *n * sizeof **out);
	for (size_t i = 0; i < *n; i++) {
		const char *id = json_string_value(json_array_get(list, i));
		char *end = NULL;
		(*out)[i] = id ? strtoull(id, &end, 10) : 0;
		if (id == NULL || *id < '0' || *id > '9' || *end != '\0')
			return err_set(e, E_MALFORMED, "messages: ids are strings of digits");
	}
	return 0;
}

int api_split(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t, made;
	const char *note;
	uint64_t *message = NULL;
	size_t n = 0;
	int rc = call_embedded(c, e);
	if (rc < 0 || (rc = call_ticket(c, tx, &t, e)) < 0 || (rc = call_string(c, "note", &note, e)) < 0 || (rc = messages_read(c, &message, &n, e)) < 0 ||
		(rc = ticket_split(tx, c->catalog, flow_words(c->console->set.flow), &t, message, n, c->who.name, note, &made, e)) < 0)
		return rc;
	c->status = 201;
	answer_two(c, &t, &made);
	return 0;
}

/* {"other":"NUMBER"} joins, {"other":null} parts. */
int api_citizen(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t, other;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	if (json_is_null(json_object_get(c->body, "other")))
		rc = citizen_leave(tx, &t, c->who.name, e);
	else if ((rc = other_ticket(c, tx, "other", &t, &other, e)) == 0)
		rc = citizen_join(tx, &t, &other, c->who.name, e);
	if (rc == 0)
		c->answer = shape_ticket(&t, false);
	return rc;
}
