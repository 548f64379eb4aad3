#include "gateway/flow/stepping.h"

#include <stdio.h>

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

int effect_reopen(struct stepping *s)
{
	return ticket_again(s->tx, s->catalog, s->t);
}

int docket_pending(struct tx *tx, const struct ticket_row *t, enum docket_kind k, struct docket_row *d)
{
	int rc = docket_last(tx, t->id, k, d);
	if (rc == E_NOTFOUND)
		return 0;
	return rc < 0 ? rc : *d->verdict == '\0';
}

int docket_rule(struct tx *tx, struct docket_row *d, const char *verdict, const char *judge, const char *words)
{
	d->verdict = verdict;
	d->judge = judge;
	d->words = words ? words : "";
	d->judged_at = tx_now(tx);
	return docket_update(tx, d);
}
