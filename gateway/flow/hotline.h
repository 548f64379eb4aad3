/* The numbers that became one (国办发〔2020〕53号): what a message to an old number, or about it, means.
 *
 *   merged 整体并入     the citizen is told that the number is 12345 now, once a ticket; the desk has the old department suggested
 *   parallel 双号并行   the shared desk takes it, its experts first (model/assign.h)
 *   subcentre 设分中心  what came to its own number is dispatched to it at once; its answers come back as any department's
 *
 * To a number: the channel's account is that number (or a mailbox of that name). About it: the text names it. */
#ifndef XQ_FLOW_HOTLINE_H
#define XQ_FLOW_HOTLINE_H

#include "gateway/flow/catalog.h"
#include "gateway/flow/words.h"
#include "gateway/store/conversation.h"
#include "gateway/store/ticket.h"

/* The row of the table that is valid at `now`; *own: the message came to the number itself. NULL: none. Pure. */
const struct hotline *hotline_of(const struct catalog *, const char *account, const char *text, int64_t now, bool *own);
const struct hotline *hotline_find(const struct catalog *, const char *number, int64_t now);
/* What it means for a ticket that has just been made, was answered and stored; t is as it is afterwards. quiet: the citizen is
 * told nothing. A suspect and an emergency stay with the desk, and where a core system makes the steps, it dispatches. */
int hotline_apply(struct tx *, const struct catalog *, const struct flow_words *, struct conversation_row *, struct ticket_row *,
	const struct hotline *, bool own, bool quiet);

#endif
