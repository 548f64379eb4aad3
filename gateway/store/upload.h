/* Files that were uploaded for a message that has not come yet; sent, they are attachments of it too. Conventions as in store.h. */
#ifndef XQ_STORE_UPLOAD_H
#define XQ_STORE_UPLOAD_H

#include "gateway/store/attachment.h"

int upload_insert(struct tx *, struct attachment_row *); /* sets id */
struct upload_row { uint64_t id; const char *sha256; int64_t at; };
int upload_old(struct tx *, int64_t before, unsigned limit, struct upload_row **, size_t *n);
int upload_drop(struct tx *, uint64_t id, const char *sha256, bool *needed); /* needed: another row has the same bytes */

#endif
