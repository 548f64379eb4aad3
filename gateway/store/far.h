/* Inside the store's room: the thread that reads from a standby what counts over very much. */
#ifndef XQ_STORE_FAR_H
#define XQ_STORE_FAR_H

#include "gateway/store/threads.h"

/* Connects to the store for it. The standby itself may be away, now and at any time. */
int far_start(struct store *s, struct err *e);
void far_stop(struct store *s);

#endif
