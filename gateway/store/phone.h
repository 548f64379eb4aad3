/* A mobile number is proven (flow/phone.h): at most one code at a time for whoever asks on a channel. Conventions as in store.h. */
#ifndef XQ_STORE_PHONE_H
#define XQ_STORE_PHONE_H

#include "gateway/store/store.h"

/* peer: as he is called when it is put; of a code that was read, what that is found by. */
struct phone_code { const char *channel, *peer; uint64_t conversation; const char *hash; unsigned tries; uint64_t message; int64_t expires_at; };
int phone_code_get(struct tx *, const char *channel, const char *peer, struct phone_code *); /* E_NOTFOUND */
int phone_code_put(struct tx *, const struct phone_code *);   /* in the place of an earlier one */
int phone_code_tried(struct tx *, const struct phone_code *); /* one try more; E_CONFLICT: another try came between */
int phone_code_drop(struct tx *, const struct phone_code *);  /* E_CONFLICT: it is gone, or another one by now */
int phone_code_over(struct tx *, int64_t now, unsigned limit, struct phone_code **, size_t *n);

#endif
