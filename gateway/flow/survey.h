/* A survey from its question to its answer, inside a write job. When it is asked: followup.h. */
#ifndef XQ_FLOW_SURVEY_H
#define XQ_FLOW_SURVEY_H

#include "gateway/flow/words.h"
#include "gateway/model/survey.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"

/* Opens the ticket's survey and queues its message: with the closing ("closed") or later ("survey"). *said: that message. */
int survey_ask(struct tx *, const struct catalog *, const struct flow_words *, struct ticket_row *, const char *actor,
	const char *event, struct message_row *said);
/* Whoever wrote this conversation is not asked for ratings any more: a closed ticket says so without a question. */
int survey_stop(struct tx *, const struct conversation_row *);
int survey_stopped(struct tx *, uint64_t conversation); /* 1, 0 */
/* A rating from a button, a page or a text, already understood. E_NOTFOUND, E_CONFLICT (answered or expired). */
int survey_rate(struct tx *, const struct catalog *, const struct flow_words *, struct survey_row *,
	const struct survey_answer *, const char *comment, bool tell, bool reopen, bool supervise);

#endif
