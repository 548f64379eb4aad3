/* Deep copies of messages into an arena: what crosses from an adapter's call into a job, and back. */
#ifndef XQ_FLOW_LEND_H
#define XQ_FLOW_LEND_H

#include "gateway/base/mem.h"
#include "gateway/model/message.h"

void msg_in_copy(struct arena *, struct msg_in *to, const struct msg_in *from);
void msg_out_copy(struct arena *, struct msg_out *to, const struct msg_out *from);

#endif
