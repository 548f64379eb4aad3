/* The outbox: what is to be sent, and what became of it. Conventions as in store.h. */
#ifndef XQ_STORE_OUTBOX_H
#define XQ_STORE_OUTBOX_H

#include "gateway/model/message.h"
#include "gateway/store/message.h"

struct outbox_row {
	uint64_t message, ticket, conversation;
	const char *channel;
	unsigned state, attempts;
	int64_t next_at, expires_at, updated_at;
	const char *error;
};
/* QUEUED, due now, or when the older ones of its conversation are finished. expires_at 0: never. */
int outbox_insert(struct tx *, const struct message_row *, const char *channel, int64_t expires_at);
/* Up to n due rows of a channel, oldest first, never a row whose conversation has an older unfinished one, set to SENDING
 * with attempts raised; what is overdue becomes EXPIRED instead, or stays as it is and counts for none of the n
 * (CLAIM_OVERDUE_STAYS). Each comes with all that a struct msg_out needs, but survey_url; and what it answers only where a channel
 * threads (CLAIM_THREADS). */
struct outbox_claim { struct outbox_row row; struct msg_out out; };
enum { CLAIM_THREADS = 1, CLAIM_OVERDUE_STAYS = 2 };
int outbox_claim(struct tx *, const char *channel, unsigned how, unsigned n, struct outbox_claim **, size_t *count);
/* The one setter: moves by out_machine (E_CONFLICT when illegal), notes CHANGE_OUT_STATE. next_at is for QUEUED and RETRY.
 * Queued again from a final state it begins anew: no attempts, as long to live as at first, its place in the order. What staff wrote,
 * or was said as their answer (notice.h), and did not reach the citizen (FAILED, EXPIRED, DEAD) is an event of the ticket, "undelivered",
 * and makes a version of it; what did not reach a department's officer is one of the ticket he was told of, "liaison-undelivered". */
int outbox_set(struct tx *, uint64_t message, enum out_state to, int64_t next_at, const char *error);
int outbox_get(struct tx *, uint64_t message, struct outbox_row *);
int outbox_instead(struct tx *, uint64_t message, const char *how); /* FAILED, but another message says it: no event */
/* SENDING -> QUEUED, due only when woken; no attempt. why: for people, or NULL. */
int outbox_park(struct tx *, uint64_t message, const char *why);
/* Parked rows of a citizen are due now; what comes for him is sent from this node. */
int outbox_wake(struct tx *, const char *channel, const char *peer);
/* The wall clock was put back by so many ms: what was to go out by the old one goes out as soon. */
int outbox_clock_back(struct tx *, int64_t ms);
int outbox_expire(struct tx *, unsigned limit, size_t *n);            /* overdue QUEUED and RETRY rows -> EXPIRED */
/* After a start: rows left in SENDING by this node become UNKNOWN, or QUEUED when the channel is idempotent. */
int outbox_recover(struct tx *, const char *channel, bool idempotent, size_t *n);
/* The same for another node, if that one is dead; nothing where it lives. A store that is not shared has no other: it is this one's own
 * under the number it had. */
int outbox_recover_dead(struct tx *, unsigned node, const char *channel, bool idempotent, size_t *n);
int outbox_nodes(struct tx *, unsigned **node, size_t *n);            /* others that have rows in SENDING */
/* Newest first; state -1: any; after: older than this message, 0: from the newest. */
int outbox_list(struct tx *, int state, uint64_t after, unsigned limit, struct outbox_row **, size_t *n);
/* What was claimed and never lent: QUEUED again, due as it was, no attempt. claimed_at, due_at: updated_at and next_at of the claim's row.
 * Nothing where it is no longer that claim's: another node took this one for dead. */
int outbox_unclaim(struct tx *, uint64_t message, int64_t claimed_at, int64_t due_at);
int64_t outbox_next_due(struct tx *, const char *channel);            /* ms, or 0: nothing waits */

#endif
