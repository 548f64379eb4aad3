/* What bears on one message. Conventions as in store.h. */
#ifndef XQ_STORE_VIEW_H
#define XQ_STORE_VIEW_H

#include "gateway/model/ticket.h"
#include "gateway/store/conversation.h"

/* Loads the view of one message (model/ticket.h). conversation->id is 0 when new. */
int view_load(struct tx *, const char *channel, bool threads, const struct msg_in *, const struct rules *,
	struct view *, struct conversation_row *);

#endif
