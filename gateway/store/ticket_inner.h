/* Inside the store's room: a ticket as it is read. */
#ifndef XQ_STORE_TICKET_INNER_H
#define XQ_STORE_TICKET_INNER_H

#include "gateway/store/ticket.h"
#include "gateway/store/tx.h"

void fill_ticket(struct row *r, void *out);

#endif
