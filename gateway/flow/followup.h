/* 回访: when a closed ticket's question is asked, asked again, and what a bad answer brings. Inside a write job. */
#ifndef XQ_FLOW_FOLLOWUP_H
#define XQ_FLOW_FOLLOWUP_H

#include "gateway/flow/words.h"
#include "gateway/model/survey.h"
#include "gateway/store/docket.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"

/* The clock asks, reminds; a survey that was just asked is to be reminded of. */
int followup_ask(struct tx *, const struct catalog *, const struct flow_words *, struct ticket_row *, struct task_row *);
int followup_ask_again(struct tx *, const struct catalog *, const struct flow_words *, struct ticket_row *,
	struct task_row *);
/* Where the citizen is known on another channel too: if the question does not get through, it goes there, by day and not more
 * often than the rules allow. */
int followup_elsewhere_plan(struct tx *, const struct survey_row *);
int followup_elsewhere(struct tx *, const struct catalog *, const struct flow_words *, struct ticket_row *, struct task_row *);
int followup_remind_plan(struct tx *, const struct catalog *, const struct survey_row *);
/* Is it night, when nobody is asked? */
bool followup_waits(struct tx *, const struct catalog *);
/* Dissatisfied, or not solved. */
bool followup_bad(const struct survey_answer *);
/* 差评回访: on the list of those to be called back. */
int followup_call_back(struct tx *, const struct catalog *, struct ticket_row *, const struct survey_row *);

#endif
