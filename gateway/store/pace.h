/* The memory of pace() (base/pace.h) under a name; 0: none. pace_drop: those that count no more. Conventions as in store.h. */
#ifndef XQ_STORE_PACE_H
#define XQ_STORE_PACE_H

#include "gateway/store/store.h"

int pace_get(struct tx *, const char *name, int64_t *due);
int pace_put(struct tx *, const char *name, int64_t due);
int pace_drop(struct tx *, int64_t now);

#endif
