/* Raw messages that are small (MSG_RAW_MAX): what a message, or a thing kept aside, looked like when it came. They are rows, under its id,
 * committed with it and sealed where the store has a key. A larger one is a file, found by its hash (base/blob.h). */
#ifndef XQ_STORE_RAW_H
#define XQ_STORE_RAW_H

#include "gateway/store/store.h"

int raw_keep(struct tx *, uint64_t id, const void *p, size_t n);
/* In the transaction's arena. E_NOTFOUND: it is a file, or there is none. E_MALFORMED: it does not open. */
int raw_get(struct tx *, uint64_t id, const void **p, size_t *n);
int raw_drop(struct tx *, uint64_t id); /* E_NOTFOUND */
/* Seals by the key in use up to `limit` of those above `after`. *last: where it came to; *n: how many it looked at. */
int raw_seal_again(struct tx *, uint64_t after, unsigned limit, uint64_t *last, size_t *n);

#endif
