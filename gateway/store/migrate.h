/* Inside the store's room: what comes between opening a store and its first job. */
#ifndef XQ_STORE_MIGRATE_H
#define XQ_STORE_MIGRATE_H

#include "gateway/store/tx.h"

int migrate(struct session *s, struct err *e);
/* move.c: E_CONFLICT, with words, when a move into this store was begun and not finished. */
int move_unfinished(struct session *s, struct err *e);

#endif
