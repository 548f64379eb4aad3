/* Staff's sessions at the console. Conventions as in store.h. */
#ifndef XQ_STORE_SESSION_H
#define XQ_STORE_SESSION_H

#include "gateway/store/store.h"

struct session_row { const char *id_hash, *staff, *csrf; int64_t created_at, expires_at; };
int session_put(struct tx *, const struct session_row *); /* inserts or prolongs; clears away expired ones */
int session_get(struct tx *, const char *id_hash, struct session_row *);
int session_drop(struct tx *, const char *id_hash);
int session_drop_staff(struct tx *, const char *staff);
int session_drop_others(struct tx *, const char *staff, const char *but_id_hash);
int session_count(struct tx *, const char *staff, int64_t *n);

#endif
