/* Small things by key: cursors of pulling channels, idempotency keys of the API. Conventions as in store.h. */
#ifndef XQ_STORE_KEPT_H
#define XQ_STORE_KEPT_H

#include "gateway/store/store.h"

int kept_get(struct tx *, const char *space, const char *key, const char **value); /* E_NOTFOUND */
int kept_put(struct tx *, const char *space, const char *key, const char *value);
int keys_drop(struct tx *); /* idempotency keys of more than a week ago. The clock's work. */
/* A line that a channel keeps on a citizen, also on one who has no conversation yet. E_NOTFOUND. */
int citizen_note_get(struct tx *, const char *channel, const char *peer, const char **value);
int citizen_note_put(struct tx *, const char *channel, const char *peer, const char *value);

#endif
