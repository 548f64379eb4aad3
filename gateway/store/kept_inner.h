/* Inside the store's room: what erasing asks of the kept answers. */
#ifndef XQ_STORE_KEPT_INNER_H
#define XQ_STORE_KEPT_INNER_H

#include "gateway/store/kept.h"
#include "gateway/store/ticket.h"

int keys_forget(struct tx *, const struct ticket_row *); /* those whose answers name this ticket */

#endif
