/* Surveys. Conventions as in store.h. */
#ifndef XQ_STORE_SURVEY_H
#define XQ_STORE_SURVEY_H

#include "gateway/model/survey.h"
#include "gateway/store/store.h"

struct survey_row {
	uint64_t id, ticket, conversation, message;
	const char *token, *channel, *agent, *department;
	unsigned state, scale, round;
	int64_t created_at, asked_at, expires_at, answered_at;
	const char *raw, *comment;
	int rating, solved; /* 0; enum msg_solved */
	/* As it was when it was asked, beside agent, department and channel. */
	const char *category, *text_version;
	bool counted;       /* in the satisfaction rate: not mediation, not law enforcement */
};
int survey_insert(struct tx *, struct survey_row *);
int survey_get(struct tx *, uint64_t id, struct survey_row *);
int survey_find_token(struct tx *, const char *token, struct survey_row *);
int survey_of_ticket(struct tx *, uint64_t ticket, struct survey_row *); /* the newest */
/* Stores the row's message, times and answer; `to` is its state already or the one setter's move by survey_machine.
 * E_CONFLICT when the move is illegal or somebody else moved it. Notes CHANGE_SURVEY. */
int survey_update(struct tx *, struct survey_row *, enum survey_state to);
/* Nobody is to be asked about the ticket any more: what the clock would still ask goes, and an open question ends. */
int survey_withdraw(struct tx *, uint64_t ticket);
/* Surveys of a conversation made at or after `since`. */
int survey_count_since(struct tx *, uint64_t conversation, int64_t since, int64_t *count);
int survey_expire(struct tx *, unsigned limit, size_t *n);

#endif
