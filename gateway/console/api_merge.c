/* Two tickets become one, one becomes two, and one citizen on several channels. */
#include <stdlib.h>
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/citizen.h"
#include "gateway/flow/merge.h"
#include "gateway/store/merge.h"
#include "gateway/store/ticket.h"

static int stays_unknown(struct err *e)
{
	return err_rule(e, E_DENIED, "stays-unknown",
		"whose a confidential ticket is is known to its handler and to supervisors: one of them may do this");
}

int call_other(struct call *c, struct tx *tx, const char *member, const struct ticket_row *one, struct ticket_row *t, struct err *e)
{
	const char *number;
	int rc = call_string(c, member, &number, e);
	if (rc < 0)
		return rc;
	rc = number ? ticket_get_number(tx, number, t) : E_NOTFOUND;
	if (rc == 0 && who_sees(&c->who, t) && !who_may_link(&c->who, one, t))
		return stays_unknown(e);
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
	if (rc < 0 || (rc = call_ticket(c, tx, &from, e)) < 0 || (rc = call_other(c, tx, "into", &from, &into, e)) < 0 ||
		(rc = call_string(c, "note", &note, e)) < 0 ||
		(rc = ticket_merge(tx, c->catalog, &from, &into, c->who.name, note, e)) < 0)
		return rc;
	answer_two(c, &from, &into);
	return 0;
}

/* Their messages going apart would show which the other was. */
static int may_part(const struct call *c, struct tx *tx, const struct ticket_row *from, struct err *e)
{
	struct ticket_row into;
	uint64_t id = 0;
	int rc = ticket_merged(tx, from->id, &id);
	if (rc == 0 && id != 0 && (rc = ticket_get(tx, id, &into)) == 0 && !who_may_link(&c->who, from, &into))
		return stays_unknown(e);
	return rc < 0 ? err_set(e, rc, "what it was merged into could not be read") : 0;
}

int api_unmerge(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row from;
	int rc = call_embedded(c, e);
	if (rc < 0 || (rc = call_ticket(c, tx, &from, e)) < 0 || (rc = may_part(c, tx, &from, e)) < 0 ||
		(rc = ticket_unmerge(tx, c->catalog, &from, c->who.name, e)) < 0)
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
	if (rc < 0 || (rc = call_ticket(c, tx, &t, e)) < 0 || (rc = call_string(c, "note", &note, e)) < 0 ||
		(rc = messages_read(c, &message, &n, e)) < 0 ||
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
		rc = who_may_link(&c->who, &t, &t) ? citizen_leave(tx, &t, c->who.name, e) : stays_unknown(e);
	else if ((rc = call_other(c, tx, "other", &t, &other, e)) == 0)
		rc = citizen_join(tx, &t, &other, c->who.name, e);
	if (rc == 0)
		c->answer = shape_ticket(&t, false);
	return rc;
}
