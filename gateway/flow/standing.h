/* How a citizen stands with a channel that limits replies: one line a citizen, which only the channel reads (adapter.h,
 * fold and reach). Called inside a job. */
#ifndef XQ_FLOW_STANDING_H
#define XQ_FLOW_STANDING_H

#include "gateway/flow/words.h"

/* "" when nothing is known. In tx_arena(). */
int standing_of(struct tx *, const char *channel, const char *peer, const char **line);
/* Folds a note into it. wake: the citizen gave a sign, so messages parked for them are tried again. */
int standing_note(struct tx *, const struct channel_trait *, const char *peer, const char *note, bool wake);
/* false: the channel has no such limits. */
bool standing_reach_now(struct tx *, const struct channel_trait *, const char *peer, struct reach *);

#endif
