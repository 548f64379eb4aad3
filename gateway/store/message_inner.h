/* Inside the store's room: a message as it is read. */
#ifndef XQ_STORE_MESSAGE_INNER_H
#define XQ_STORE_MESSAGE_INNER_H

#include "gateway/store/message.h"
#include "gateway/store/tx.h"

void fill_message(struct row *r, void *out);

#endif
