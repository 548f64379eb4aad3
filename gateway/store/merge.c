/* What merging, splitting and joining citizens ask of the rows. Deciding is the flow's. */
#include "gateway/store/merge.h"

#include "gateway/store/ticket_inner.h"
#include "gateway/store/tx.h"

int message_ids(struct tx *tx, uint64_t ticket, uint64_t **ids, size_t *n)
{
	return tx_all(tx, STMT_message_ids, PARAMS(v_id(ticket)), fill_id, sizeof **ids, ids, n);
}

/* E_CONFLICT: the message is not where it should be. */
int message_move(struct tx *tx, uint64_t message, uint64_t from, uint64_t to)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_message_move, PARAMS(v_id(message), v_id(from), v_id(to)), &changed);
	if (rc == 0 && !changed)
		return tx_refuse(tx, E_CONFLICT, "a message was moved meanwhile");
	if (rc == 0)
		rc = tx_exec(tx, STMT_attachment_move, PARAMS(v_id(message), v_id(to)), NULL);
	return rc < 0 ? rc : tx_exec(tx, STMT_outbox_move, PARAMS(v_id(message), v_id(to)), NULL);
}

int ticket_merged(struct tx *tx, uint64_t ticket, uint64_t *into)
{
	return tx_one(tx, STMT_ticket_merged, PARAMS(v_id(ticket)), fill_id, into);
}

int ticket_set_merged(struct tx *tx, uint64_t ticket, uint64_t into)
{
	return tx_exec(tx, STMT_ticket_set_merged, PARAMS(v_id(ticket), v_id(into)), NULL);
}

int ticket_merged_here(struct tx *tx, uint64_t into, uint64_t **ids, size_t *n)
{
	return tx_all(tx, STMT_ticket_merged_here, PARAMS(v_id(into)), fill_id, sizeof **ids, ids, n);
}

int ticket_list_conversation(struct tx *tx, uint64_t conversation, uint64_t after, unsigned limit, struct ticket_row **rows,
	size_t *n)
{
	uint64_t below = after && after <= INT64_MAX ? after : INT64_MAX;
	return tx_all(tx, STMT_ticket_list_conversation, PARAMS(v_id(conversation), v_id(below), v_int(limit)), fill_ticket,
		sizeof **rows, rows, n);
}

int conversation_citizen(struct tx *tx, uint64_t conversation, uint64_t *citizen)
{
	return tx_one(tx, STMT_conversation_citizen, PARAMS(v_id(conversation)), fill_id, citizen);
}

int conversation_set_citizen(struct tx *tx, uint64_t conversation, uint64_t citizen)
{
	return tx_exec(tx, STMT_conversation_set_citizen, PARAMS(v_id(conversation), v_id(citizen)), NULL);
}

int citizen_rename(struct tx *tx, uint64_t from, uint64_t to)
{
	return tx_exec(tx, STMT_citizen_rename, PARAMS(v_id(from), v_id(to)), NULL);
}

int citizen_conversations(struct tx *tx, uint64_t citizen, unsigned limit, uint64_t **ids, size_t *n)
{
	return tx_all(tx, STMT_citizen_conversations, PARAMS(v_id(citizen), v_int(limit)), fill_id, sizeof **ids, ids, n);
}
