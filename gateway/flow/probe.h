/* A test message: the same way out as every other, to an address an administrator names. Inside a write job. */
#ifndef XQ_FLOW_PROBE_H
#define XQ_FLOW_PROBE_H

#include "gateway/flow/words.h"

/* *message: its id in the outbox. E_RANGE: no such channel, or no address of its kind; on a channel that citizens open
 * themselves (chat, WeChat) only somebody who has written can be reached. */
int channel_probe(struct tx *, const struct catalog *, const struct flow_words *, const char *channel, const char *to,
	const char *actor, uint64_t *message, struct err *);

#endif
