/* 主办与协办: the lead unit answers the citizen, the others tell the lead unit what they know. */
#include <string.h>

#include "gateway/flow/stepping.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

enum { HELPERS_MAX = 12 };

int effect_assist(struct stepping *s)
{
	struct ticket_row *t = s->t;
	const char *who = s->q->department;
	unsigned helpers = 0;
	for (const char *p = t->helpers; *p; p++)
		helpers += *p == ',';
	if (strcmp(who, t->department) == 0 || ticket_helped_by(t, who))
		return err_rule(s->e, E_CONFLICT, "helps", "department: %s has this ticket or helps with it already", who);
	if (helpers > HELPERS_MAX)
		return err_rule(s->e, E_CONFLICT, "helpers-many", "at most %d departments help with one ticket", HELPERS_MAX);
	t->helpers = arena_printf(tx_arena(s->tx), "%s%s,", *t->helpers ? t->helpers : ",", who);
	json_object_set_new(s->data, "department", json_string(who));
	return helper_put(s->tx, t->id, &(struct helper_row){ .department = who, .asked_by = s->q->actor,
		.asked_at = tx_now(s->tx) });
}

int effect_opinion(struct stepping *s)
{
	const char *who = s->q->own_department ? s->q->own_department : s->q->department ? s->q->department : "";
	struct helper_row *h;
	size_t n;
	int rc = helper_list(s->tx, s->t->id, &h, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (strcmp(h[i].department, who) != 0)
			continue;
		h[i].opinion = s->q->note;
		h[i].answered_by = s->q->actor;
		h[i].answered_at = tx_now(s->tx);
		json_object_set_new(s->data, "department", json_string(who));
		return helper_put(s->tx, s->t->id, &h[i]);
	}
	return rc < 0 ? rc : err_rule(s->e, E_CONFLICT, "not-helping", "department: '%s' was not asked to help", who);
}
