/* What a ticket probably is: suggestions for people, who take them or not. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/hotline.h"
#include "gateway/flow/steps.h"
#include "gateway/store/event.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"

static json_t *words_json(const struct suggestion *s)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < SUGGEST_WORDS && *s->word[i]; i++)
		must(json_array_append_new(list, shape_text(s->word[i])) == 0);
	return list;
}

static const char *name_of(const struct call *c, enum suggest_head h, const char *label)
{
	const struct category *g = h == SUGGEST_CATEGORY ? catalog_category(c->catalog, label) : NULL;
	const struct department *d = h == SUGGEST_DEPARTMENT ? catalog_department(c->catalog, label) : NULL;
	return g ? g->name : d ? d->name : h == SUGGEST_NATURE ? label : NULL;
}

/* A label that has left the tables since it was learned is passed over. */
/* The department whose page the ticket was opened on, or NULL. */
static const struct department *asked_on(const struct call *c, struct tx *tx, uint64_t ticket)
{
	struct event_row *v;
	size_t n;
	if (event_list_ticket(tx, ticket, &v, &n) < 0 || n == 0)
		return NULL;
	json_t *data = json_loads(v[0].data, 0, NULL);
	const char *code = json_string_value(json_object_get(data, "department"));
	const struct department *d = code ? catalog_department(c->catalog, code) : NULL;
	json_decref(data);
	return d;
}

/* It comes first, and once. */
static void put_asked(json_t *list, const struct department *d)
{
	json_t *o;
	size_t i;
	json_array_foreach(list, i, o)
		if (strcmp(json_string_value(json_object_get(o, "value")), d->code) == 0) {
			json_array_remove(list, i);
			break;
		}
	o = json_pack("{s:s, s:s, s:f, s:b, s:[]}", "value", d->code, "name", d->name, "share", 1.0, "asked", 1, "words");
	must(o != NULL && json_array_insert_new(list, 0, o) == 0);
}

static json_t *head_json(const struct call *c, enum suggest_head h, const char *title, const char *text)
{
	struct suggestion best[SUGGEST_BEST];
	json_t *list = json_array();
	size_t n = c->suggest ? suggest_ask(c->suggest, h, title, text, best) : 0;
	for (size_t i = 0; i < n; i++) {
		const char *name = name_of(c, h, best[i].label);
		if (name == NULL)
			continue;
		json_t *o = json_pack("{s:s, s:s, s:f, s:o}", "value", best[i].label, "name", name, "share", best[i].share, "words",
			words_json(&best[i]));
		must(o != NULL && json_array_append_new(list, o) == 0);
	}
	return list;
}

/* Where the ticket came to an old number, or names it, the number says whose matter it is. */
static void put_hotline(const struct call *c, const struct ticket_row *t, int64_t now, json_t *departments)
{
	const struct hotline *h = *t->hotline ? hotline_find(c->catalog, t->hotline, now) : NULL;
	const struct department *d = h ? catalog_department(c->catalog, h->department) : NULL;
	if (d == NULL)
		return;
	for (size_t i = json_array_size(departments); i-- > 0;)
		if (strcmp(json_string_value(json_object_get(json_array_get(departments, i), "value")), d->code) == 0)
			must(json_array_remove(departments, i) == 0);
	must(json_array_insert_new(departments, 0, json_pack("{s:s, s:s, s:f, s:[s]}", "value", d->code, "name", d->name, "share", 1.0,
		"words", h->number)) == 0);
}

static const char *best_of(const struct call *c, enum suggest_head h, const char *title, const char *text)
{
	struct suggestion best[SUGGEST_BEST];
	size_t n = suggest_ask(c->suggest, h, title, text, best);
	return n > 0 && name_of(c, h, best[0].label) != NULL ? arena_strdup(c->arena, best[0].label) : NULL;
}

int suggested_fields(struct call *c, struct tx *tx, struct step_request *q, struct err *e)
{
	struct ticket_row t;
	const char *text;
	if (c->suggest == NULL || (q->step != STEP_ACCEPT && q->step != STEP_DISPATCH) || (q->category == NULL && q->department == NULL))
		return 0;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	if ((rc = ticket_first_words(tx, t.id, &text)) < 0)
		return err_set(e, rc, "the ticket's words could not be read");
	if (q->category != NULL && *t.category == '\0')
		q->suggested_category = best_of(c, SUGGEST_CATEGORY, t.title, text);
	const struct hotline *h = *t.hotline ? hotline_find(c->catalog, t.hotline, tx_now(tx)) : NULL;
	if (q->department != NULL && t.dispatched_at == 0)
		q->suggested_department = h ? h->department : best_of(c, SUGGEST_DEPARTMENT, t.title, text);
	return 0;
}

int api_suggestions(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t;
	const char *text;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	if ((rc = ticket_first_words(tx, t.id, &text)) < 0)
		return err_set(e, rc, "the ticket's words could not be read");
	c->answer = json_object();
	for (unsigned h = 0; h < SUGGEST_HEADS; h++)
		must(json_object_set_new(c->answer, suggest_head_name((enum suggest_head)h),
			head_json(c, (enum suggest_head)h, t.title, text)) == 0);
	const struct department *asked = asked_on(c, tx, t.id);
	if (asked != NULL)
		put_asked(json_object_get(c->answer, suggest_head_name(SUGGEST_DEPARTMENT)), asked);
	put_hotline(c, &t, tx_now(tx), json_object_get(c->answer, suggest_head_name(SUGGEST_DEPARTMENT)));
	must(json_object_set_new(c->answer, "examples", json_integer(c->suggest ? (json_int_t)suggest_examples(c->suggest) : 0)) == 0);
	return 0;
}
