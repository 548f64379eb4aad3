#include <stdio.h>

#include "gateway/flow/stepping.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"

static step_effect_f *const EFFECT[STEPS] = {
	[STEP_DISPATCH] = effect_dispatch,
	[STEP_HANDLE] = effect_handle,
	[STEP_RETURN] = effect_return,
	[STEP_REOPEN] = effect_reopen,
	[STEP_SUPERVISE] = effect_supervise,
	[STEP_UPHOLD] = effect_uphold,
	[STEP_DESIGNATE] = effect_designate,
	[STEP_ASSIST] = effect_assist,
	[STEP_OPINION] = effect_opinion,
	[STEP_EXTEND] = effect_extend,
	[STEP_GRANT] = effect_grant,
	[STEP_DENY] = effect_deny,
	[STEP_ANSWER] = effect_answer,
	[STEP_CLOSE] = effect_close,
	[STEP_CONTACT] = effect_contact,
	[STEP_REPLY] = effect_reply,
	[STEP_CALLBACK] = effect_callback,
	[STEP_DECLINE] = effect_decline,
	[STEP_WITHDRAW] = effect_withdraw,
	[STEP_TRANSFER] = effect_transfer,
};

step_effect_f *step_effect(enum step s)
{
	return EFFECT[s];
}

/* 二次办理: one round more, a deadline of its own, and nobody's until another person takes it. */
int effect_reopen(struct stepping *s)
{
	struct ticket_row *t = s->t;
	t->rounds++;
	t->result = "";
	if (*t->assignee)
		t->former = t->assignee;
	t->assignee = "";
	t->told = ""; /* of another round's department one is told anew */
	t->flags &= ~(unsigned)FLAG_EXTENDED;
	t->due_at = catalog_due(s->catalog, t->category, t->department, tx_now(s->tx), t->flags & FLAG_EMERGENCY);
	json_object_set_new(s->data, "round", json_integer(t->rounds));
	int rc = survey_withdraw(s->tx, t->id); /* back at work it is not to be rated */
	return rc < 0 ? rc : deadline_begin(s->tx, s->catalog, t, tx_now(s->tx));
}
