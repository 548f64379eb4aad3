#include "gateway/forward/body.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/console/shape.h"
#include "gateway/store/message.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"

static bool named(const struct config_list *list, const char *word)
{
	for (size_t i = 0; word != NULL && i < list->count; i++)
		if (strcmp(list->item[i], word) == 0)
			return true;
	return false;
}

static bool listed(const struct config_list *list, const char *word)
{
	return list->count == 0 || named(list, word);
}

/* A department's system sees the tickets that are with it, and the step that takes one to it or away from it. */
static bool may_see(const struct forward_config *c, const struct event_row *v, const struct ticket_row *t, const json_t *data)
{
	const char *to = json_string_value(json_object_get(data, "department"));
	const char *from = json_string_value(json_object_get(data, "from_department"));
	if (!listed(&c->events, v->kind) || named(&c->not_from, v->actor))
		return false;
	return c->departments.count == 0 || listed(&c->departments, t->department) || (to && listed(&c->departments, to)) ||
		(from && listed(&c->departments, from));
}

static void put(json_t *o, const char *name, json_t *value)
{
	must(value != NULL && json_object_set_new(o, name, value) == 0);
}

static int put_message(struct tx *tx, bool full, json_t *o, const json_t *data)
{
	const char *id = json_string_value(json_object_get(data, "message"));
	struct message_row m;
	if (id == NULL || *id == '\0')
		return 0;
	int rc = message_get(tx, strtoull(id, NULL, 10), &m);
	if (rc == 0)
		put(o, "message", shape_message(&m, full));
	return rc == E_NOTFOUND ? 0 : rc;
}

static int put_survey(struct tx *tx, json_t *o, const struct ticket_row *t)
{
	struct survey_row s;
	int rc = survey_of_ticket(tx, t->id, &s);
	if (rc == 0)
		put(o, "survey", shape_survey(&s));
	return rc == E_NOTFOUND ? 0 : rc;
}

/* Beside which other ticket a confidential one is tells whose it is: not to who is not told that either. */
static int hide_other(struct tx *tx, const struct forward_config *c, const struct ticket_row *t, json_t *data)
{
	static const char *const names[] = { "other", "into" };
	for (size_t i = 0; c->peers != FORWARD_PEERS_FULL && i < sizeof names / sizeof *names; i++) {
		struct ticket_row other;
		const char *number = json_string_value(json_object_get(data, names[i]));
		int rc = number ? ticket_get_number(tx, number, &other) : E_NOTFOUND;
		if (rc == 0 && ((t->flags | other.flags) & FLAG_CONFIDENTIAL))
			must(json_object_del(data, names[i]) == 0);
		if (rc < 0 && rc != E_NOTFOUND)
			return rc;
	}
	return 0;
}

static int fill(struct tx *tx, const struct forward_config *c, const struct event_row *v, const struct ticket_row *t,
	const json_t *data, json_t *o)
{
	bool full = c->peers == FORWARD_PEERS_FULL;
	json_t *event = shape_event(v), *ticket = shape_ticket(t, full);
	put(o, "event", event);
	put(o, "ticket", ticket);
	int rc = hide_other(tx, c, t, json_object_get(event, "data"));
	if (rc == 0 && (rc = shape_core(tx, t->id, ticket)) == 0)
		rc = put_message(tx, full, o, data);
	return rc < 0 ? rc : put_survey(tx, o, t);
}

static int body_of(struct tx *tx, const struct forward_config *c, const struct event_row *v, const struct ticket_row *t,
	const json_t *data, const char **body)
{
	json_t *inner = json_object();
	int rc = fill(tx, c, v, t, data, inner);
	json_t *o = json_pack("{s:s++, s:o, s:o}", "type", "ticket", ".", v->kind, "timestamp", shape_time(v->at), "data", inner);
	must(o != NULL);
	char *text = json_dumps(o, JSON_COMPACT);
	must(text != NULL);
	*body = arena_strdup(tx_arena(tx), text);
	free(text);
	json_decref(o);
	return rc < 0 ? rc : 1;
}

int forward_body(struct tx *tx, const struct forward_config *c, const struct event_row *v, const char **body)
{
	struct ticket_row t;
	*body = NULL;
	if (v->ticket == 0) /* staff, tokens: nobody else's business */
		return 0;
	int rc = ticket_get(tx, v->ticket, &t);
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	json_t *data = json_loads(v->data, 0, NULL);
	if (may_see(c, v, &t, data))
		rc = body_of(tx, c, v, &t, data, body);
	json_decref(data);
	return rc;
}
