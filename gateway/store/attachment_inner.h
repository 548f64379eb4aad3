/* Inside the store's room: the files of a message as it is written and read. */
#ifndef XQ_STORE_ATTACHMENT_INNER_H
#define XQ_STORE_ATTACHMENT_INNER_H

#include "gateway/store/message.h"

int attachment_insert(struct tx *tx, struct attachment_row *a, uint64_t message, uint64_t ticket); /* sets id */
int message_attachments(struct tx *tx, struct message_row *m, size_t n);

#endif
