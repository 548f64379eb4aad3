/* What a core system says of a ticket beside its steps: its own number, how the ticket stands there, and the order of its
 * words. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/flow/say.h"
#include "gateway/store/core.h"
#include "gateway/store/ticket.h"

enum { CORE_TEXT_MAX = 100 };

static int core_text(json_t *o, const char *name, const char **value, struct err *e)
{
	json_t *v = json_object_get(o, name);
	if (v == NULL || json_is_null(v))
		return 0;
	const char *text = json_string_value(v);
	if (text == NULL || *text == '\0' || json_string_length(v) > CORE_TEXT_MAX || strlen(text) != json_string_length(v))
		return err_set(e, E_MALFORMED, "core.%s: a text of 1 to %d bytes is wanted", name, CORE_TEXT_MAX);
	*value = text;
	return 0;
}

/* Its words come one after the other: what was sent twice at the same time, or overtook another, is told which is next. */
static int core_order(struct call *c, const struct core_row *before, json_t *seq, int64_t *next, struct err *e)
{
	*next = before->seq;
	if (seq == NULL || json_is_null(seq))
		return 0;
	if (!json_is_integer(seq) || json_integer_value(seq) < 1)
		return err_set(e, E_MALFORMED, "core.seq: a number from 1 is wanted");
	*next = json_integer_value(seq);
	if (before->seq == 0 || *next == before->seq + 1)
		return 0;
	c->extra = json_pack("{s:s, s:I}", "code", "order", "expected", (json_int_t)before->seq + 1);
	return err_set(e, E_CONFLICT, "core.seq: %lld is known, so the next one is %lld", (long long)before->seq,
		(long long)before->seq + 1);
}

int core_read(struct call *c, struct tx *tx, json_t *said, const struct ticket_row *t, struct core_row *r, struct err *e)
{
	*r = (struct core_row){ .number = "", .state = "" };
	if (said == NULL)
		return 0;
	if (!json_is_object(said))
		return err_set(e, E_MALFORMED, "core: an object of number, state and seq is wanted");
	if (!c->who.token)
		return err_set(e, E_DENIED, "core: only a program speaks for the core system");
	int rc = core_get(tx, t->id, r);
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the core system's number could not be read");
	struct core_row before = *r;
	r->ticket = t->id;
	if ((rc = core_order(c, &before, json_object_get(said, "seq"), &r->seq, e)) < 0 ||
		(rc = core_text(said, "number", &r->number, e)) < 0 || (rc = core_text(said, "state", &r->state, e)) < 0)
		return rc;
	return strcmp(before.number, r->number) != 0 || strcmp(before.state, r->state) != 0 || before.seq != r->seq;
}

/* By the core system's number, which no other filter goes with. */
int tickets_of_core(struct call *c, struct tx *tx, struct err *e)
{
	uint64_t *id, after, last = 0;
	unsigned limit;
	size_t n;
	int rc = call_limit(c, &limit, e);
	if (rc < 0 || (rc = call_after(c, &after, e)) < 0)
		return rc;
	if ((rc = core_list(tx, c->query[Q_CORE], after, limit, &id, &n)) < 0)
		return err_set(e, rc, "the tickets could not be read");
	bool full = c->who.token && who_sees_peer(&c->who);
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++) {
		struct ticket_row t;
		last = id[i];
		if (ticket_get(tx, id[i], &t) < 0 || !who_sees(&c->who, &t))
			continue;
		must(json_array_append_new(items, shape_ticket(&t, full)) == 0);
		if (full)
			call_shown(c, "ticket", t.number);
	}
	call_list(c, items, n == limit ? last : 0);
	return 0;
}

/* POST /api/v1/tickets/NUMBER/core: how it stands there, without a step of the loop. */
int api_core(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t;
	struct core_row r;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0 || (rc = call_version(c, &t, e)) < 0 || (rc = core_read(c, tx, c->body, &t, &r, e)) < 0)
		return rc;
	if (rc > 0 && ((rc = core_put(tx, &r)) < 0 || (rc = tell_event(tx, t.id, "core", c->who.name, json_pack(
		"{s:s, s:s, s:I}", "number", r.number, "state", r.state, "seq", (json_int_t)r.seq))) < 0 ||
		(rc = ticket_update(tx, &t)) < 0))
		return err_set(e, rc, "what the core system says could not be stored");
	c->answer = shape_ticket(&t, false);
	return shape_core(tx, t.id, c->answer);
}
