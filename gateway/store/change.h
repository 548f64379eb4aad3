/* Inside the store's room: changes, noted while a job runs: rows are copied into the arena, and only when somebody watches. */
#ifndef XQ_STORE_CHANGE_H
#define XQ_STORE_CHANGE_H

#include "gateway/store/message.h"
#include "gateway/store/ticket.h"
#include "gateway/store/tx.h"

void change_ticket(struct tx *tx, const struct ticket_row *t);
void change_message(struct tx *tx, const struct message_row *m, const struct ticket_row *t);
void change_queued(struct tx *tx, uint64_t message);
/* Its id, conversation, ticket, state and error are enough. */
void change_out_state(struct tx *tx, const struct message_row *m, const char *channel);
void change_survey(struct tx *tx, uint64_t ticket);
void change_survey_of(struct tx *tx, const struct ticket_row *t);

#endif
