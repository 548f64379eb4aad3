/* The memory of wrong passwords: for an account, or what stands for names that are not there, and a source, where they came
 * from ("": from everywhere), that of pace() (base/pace.h). What it means: console/tries.h. Conventions as in store.h. */
#ifndef XQ_STORE_LOGIN_TRY_H
#define XQ_STORE_LOGIN_TRY_H

#include "gateway/store/store.h"

int login_try_get(struct tx *, const char *name, const char *source, int64_t *due); /* 0: none */
int login_try_put(struct tx *, const char *name, const char *source, int64_t due);
/* How many sources' memory is later than that; of everywhere's: than `everywhere`. */
int login_try_later(struct tx *, const char *name, int64_t than, int64_t everywhere, int64_t *n);
int login_try_drop(struct tx *, int64_t now); /* those that count no more */
int login_try_forget(struct tx *, const char *name);

#endif
