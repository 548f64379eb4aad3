/* What did not go out goes out again. Called in a write job. */
#ifndef XQ_FLOW_RESEND_H
#define XQ_FLOW_RESEND_H

#include "gateway/store/store.h"

/* A person decides that a message which failed, died or is unknown goes out again. E_NOTFOUND, E_CONFLICT with
 * words. */
int message_resend(struct tx *, uint64_t message, const char *actor, struct err *);

#endif
