/* Inside the store's room: what of conversations other verbs need. */
#ifndef XQ_STORE_CONVERSATION_INNER_H
#define XQ_STORE_CONVERSATION_INNER_H

#include "gateway/store/conversation.h"

/* What the citizen's conversation is found by, as it stands there; what it will be where he has none yet. */
int conversation_key(struct tx *tx, const char *channel, const char *peer, const char **key);

#endif
