/* What one connection has been shown of its conversation, so that nothing is missed, repeated or out of order. Pure.
 *
 * Sequence numbers have no gaps, and the history holds every committed message. So a live message is written at once
 * only when it is the very next one; else it is held and the history is asked for what is missing.
 *
 *           delivery_live                  delivery_page … delivery_page(last)
 *   LIVE ───── a gap ─────► the caller replays ─────────────────────────────────► held frames, then LIVE */
#ifndef XQ_WEBCHAT_DELIVERY_H
#define XQ_WEBCHAT_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HELD_FRAMES_MAX = 64, HELD_BYTES_MAX = 1 << 20,
	HELD_ACKS_MAX = 256 /* past these a client's own message is shown to it once more; at its pace two minutes' worth */
};

struct held;
struct delivery {
	int64_t shown;      /* every message up to here was written (or acknowledged) to this connection */
	int64_t wanted;     /* the newest that is known to exist */
	struct held *held;  /* beyond shown, by seq: live frames that came during a replay (past the caps they are left to the
	                     * history), and what was acknowledged ahead of those before it */
	uint32_t held_bytes;
	uint16_t held_all, held_frames;
	bool replaying;
};

void delivery_fini(struct delivery *d);
/* A live message; the frame is copied when it has to wait. true: write it now. */
bool delivery_live(struct delivery *d, int64_t seq, const char *frame, size_t n);
/* This connection got an acknowledgement with this seq: it knows the message. */
void delivery_acked(struct delivery *d, int64_t seq);
/* Something exists up to here that this connection should see. */
void delivery_want(struct delivery *d, int64_t seq);
/* A message of the history, in order. true: write it now. */
bool delivery_replayed(struct delivery *d, int64_t seq);
/* There is more than was shown: the history has to be asked, unless it is being asked. */
bool delivery_behind(const struct delivery *d);
/* After the last page: takes the next held frame that is still to be shown, NULL when there is none; free() it. One that
 * is not the very next stays, unless past_gaps (the history does not know what is between). */
char *delivery_next_held(struct delivery *d, bool past_gaps, size_t *n);

#endif
