/* How each channel's outbox stands. Conventions as in store.h. */
#ifndef XQ_STORE_BACKLOG_H
#define XQ_STORE_BACKLOG_H

#include "gateway/store/store.h"

/* One row a channel that has anything to tell: waiting now, and gone wrong within a day. */
struct channel_backlog { const char *channel; int64_t queued, oldest_at, trouble; const char *error; int64_t error_at; };
int outbox_backlog(struct tx *, struct channel_backlog **, size_t *n);

#endif
