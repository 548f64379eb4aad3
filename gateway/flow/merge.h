/* Two tickets about one matter become one, one ticket about two matters becomes two, and both can be undone. Each is one verb
 * inside a write job. The event of the ticket that goes ("merged", "split") carries all that undoing needs, so that the
 * chain of events is the only record of it. The citizen is told nothing: what changed is how the desk keeps its files.
 *
 *   merge     open ──▶ closed, its messages stand in the other     (the state machine's one way to closed without an answer)
 *   unmerge   closed ──▶ what it was, its messages come back; the other's haste goes with what was urgent, as
 *             far as nothing else in it is
 *   split     some messages ──▶ a new ticket of the same conversation; undone by merging it back. What is urgent is so
 *             on both while its time runs: who knows which of them it was about. When it is over, only where the words
 *             stand */
#ifndef XQ_FLOW_MERGE_H
#define XQ_FLOW_MERGE_H

#include "gateway/flow/words.h"
#include "gateway/store/ticket.h"

enum { MERGE_MESSAGES_MAX = 2000 };

/* E_CONFLICT: one of them is closed, or they are not of one citizen; both rows are as they are afterwards. */
int ticket_merge(struct tx *, const struct catalog *, struct ticket_row *from, struct ticket_row *into,
	const char *actor, const char *note, struct err *);
/* E_CONFLICT when it was not merged, or what it went into is closed. */
int ticket_unmerge(struct tx *, const struct catalog *, struct ticket_row *from, const char *actor, struct err *);
/* message[]: ids of messages of t, at least one of the citizen's among them and one of theirs left. *made: the new ticket. */
int ticket_split(struct tx *, const struct catalog *, const struct flow_words *, struct ticket_row *t, const uint64_t *message,
	size_t n, const char *actor, const char *note, struct ticket_row *made, struct err *);

#endif
