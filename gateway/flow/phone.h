/* A citizen proves on one channel that a mobile number is his (adapter.h phone_ask): a code goes there as a text message, and
 * whoever gives it back where it was asked for has the phone. Then his conversations on both are one citizen's: staff see one
 * history, and he may read the tickets of both.
 *
 *   - A code is for one citizen and one number, has PHONE_CODE_MS to live, PHONE_TRIES tries, and is used once. A new one takes
 *     the place of the last. Kept is a keyed hash of it; the message's own digits are wiped when it is over.
 *   - Codes are paced by number, by whoever asks, by network address and all together, so that nobody's phone can be flooded,
 *     no number guessed at for long (5 codes a day with 5 tries each, of a million), and the operator's bill has a bound.
 *   - What is answered is the same for a number that is known here and one that never wrote.
 *   - The number itself stands nowhere but in its own conversation: the others carry a keyed mark of it.
 * Inside a write job. */
#ifndef XQ_FLOW_PHONE_H
#define XQ_FLOW_PHONE_H

#include "gateway/flow/words.h"
#include "gateway/store/conversation.h"
#include "gateway/store/ticket.h"

enum {
	PHONE_CODE_LEN = 6, PHONE_CODE_MS = 5 * 60 * 1000, PHONE_TRIES = 5,
	PHONE_LIST = 6 /* tickets in an answer to "how does my matter stand" */
};

struct phone_job {
	const char *channel;  /* where it is asked */
	struct phone_ask ask;
	uint64_t random;      /* the code follows from it */
};
int phone_step(struct tx *, const struct catalog *, const struct flow_words *, const struct phone_job *, struct phone_answer *,
	struct err *);
/* Codes that are over, and the pace of what was long ago. */
int phone_forget(struct tx *);
/* The newest tickets of all conversations that were proven to be of this one's mobile number; none where none was. */
int phone_tickets(struct tx *, const struct conversation_row *, struct ticket_row row[PHONE_LIST], size_t *n);

#endif
