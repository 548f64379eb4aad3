/* Other programs' tokens. Conventions as in store.h. */
#ifndef XQ_STORE_TOKEN_H
#define XQ_STORE_TOKEN_H

#include "gateway/store/store.h"

struct token_row { const char *name, *hash, *scopes; int64_t created_at, revoked_at; };
int token_put(struct tx *, const struct token_row *);
int token_find(struct tx *, const char *hash, struct token_row *);
int token_get(struct tx *, const char *name, struct token_row *);
int token_list(struct tx *, struct token_row **, size_t *n); /* by name, with those that were revoked */

#endif
