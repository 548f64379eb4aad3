/* How a ticket ends otherwise than by a refusal: closed with what came of it, withdrawn, or passed to another region. */
#include <string.h>

#include "gateway/flow/citizen.h"
#include "gateway/flow/stepping.h"
#include "gateway/store/conversation.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

int effect_contact(struct stepping *s)
{
	if (s->t->contacted_at == 0)
		s->t->contacted_at = tx_now(s->tx);
	return task_drop(s->tx, s->t->id, TASK_CARE); /* also where somebody had spoken with the citizen before those words */
}

int effect_close(struct stepping *s)
{
	s->t->result = s->q->result ? s->q->result : "";
	json_object_set_new(s->data, "result", json_string(s->t->result));
	return 0;
}

int effect_withdraw(struct stepping *s)
{
	s->t->result = "withdrawn";
	return 0;
}

/* The code stands for this ticket in that region, whatever else is sent there: KQ, the region's digits, the ticket's number. */
int effect_transfer(struct stepping *s)
{
	const struct region *g = catalog_region(s->catalog, s->q->region);
	struct conversation_row conv;
	int rc = conversation_get(s->tx, s->t->conversation, &conv);
	if (rc < 0)
		return rc;
	s->t->result = "transferred";
	s->t->region = g->code;
	s->t->transfer = arena_printf(tx_arena(s->tx), "KQ%s-%s", g->code, s->t->number);
	s->args.region = strcmp(conv.language, "en") == 0 && *g->name_en ? g->name_en : g->name;
	s->args.call = g->phone;
	s->args.code = s->t->transfer;
	json_object_set_new(s->data, "region", json_string(g->code));
	json_object_set_new(s->data, "code", json_string(s->t->transfer));
	return 0;
}

/* 重复诉求: the same as what this citizen was told already, with nothing new. A person says so and why; reopening is the way
 * back. What is still being handled is merged, not declined. */
int effect_decline(struct stepping *s)
{
	struct ticket_row other;
	int rc = ticket_get_number(s->tx, s->q->other, &other);
	if (rc == E_NOTFOUND)
		return err_rule(s->e, E_RANGE, "no-ticket", "other: no ticket has the number '%s'", s->q->other);
	if (rc < 0)
		return rc;
	bool same = false;
	if ((rc = citizen_same(s->tx, s->t, &other, &same)) < 0)
		return rc;
	if (other.id == s->t->id || !same)
		return err_rule(s->e, E_CONFLICT, "not-same", "other: that is not another ticket of the same citizen");
	if (ticket_state_open(other.state))
		return err_rule(s->e, E_CONFLICT, "other-open", "other: that ticket is still being handled; merge this one into it");
	s->args.other = other.number;
	json_object_set_new(s->data, "other", json_string(other.number));
	return 0;
}
