/* What a target is told of an event: the event, the ticket as it stands now, and the message or survey the event is about.
 * Inside a read job. */
#ifndef XQ_FORWARD_BODY_H
#define XQ_FORWARD_BODY_H

#include <stdbool.h>

#include "gateway/forward/forward.h"
#include "gateway/store/event.h"

/* 1: *body is JSON in tx_arena(); 0: this target may not see it; E_*. */
int forward_body(struct tx *, const struct forward_config *, const struct event_row *, const char **body);

#endif
