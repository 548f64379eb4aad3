/* A ticket's query code (查询码): six digits that were told to its citizen alone. Whoever has both number and code may see how
 * the ticket stands, from any channel. Nothing is stored: the code follows from the gateway's secret. */
#ifndef XQ_FLOW_QUERY_CODE_H
#define XQ_FLOW_QUERY_CODE_H

#include "gateway/base/crypto.h"
#include "gateway/model/ticket.h"
#include "gateway/store/store.h"

enum { QUERY_CODE_LEN = 6, QUERY_CODE_TRIES = 10 /* wrong ones a ticket and day; then none is right */ };
void query_code(const struct secret *, const char *number, char out[QUERY_CODE_LEN + 1]);
/* Sets view->asked_by_code when the text gives the code of the ticket it names, and counts a wrong one: of who asks, of the
 * network it came from, and of the ticket. Who has tried too often is answered as if the code were wrong, and does not use up
 * what the ticket has. Inside a write job. */
int query_code_check(struct tx *, const struct secret *, const char *channel, const struct msg_in *, struct view *);

#endif
