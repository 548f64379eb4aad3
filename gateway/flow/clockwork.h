/* The clock's work on tickets: reminders of a deadline, supervision orders that nobody answers. What is to happen stands
 * in the store (task rows) and is done by whoever reads the clock, each in a write job of its own, with its event. */
#ifndef XQ_FLOW_CLOCKWORK_H
#define XQ_FLOW_CLOCKWORK_H

#include "gateway/flow/words.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

/* The kinds of tasks, beside those of a survey (store/docket.h): also what their events are about. */
#define TASK_DUE "due"       /* stage: enum remind */
#define TASK_ORDER "order"   /* the answer to a supervision order */
#define TASK_TRANSFER "transfer" /* 即时转办: the dispatch */
#define TASK_CARE "care"     /* a person's word, spoken or arrived, to who wrote of self-harm */

/* The ticket's time begins at `since`: its reminders are planned from there. */
int deadline_begin(struct tx *, const struct catalog *, const struct ticket_row *, int64_t since);
/* Category, department or deadline changed: what is left of the reminders falls anew. anew: the deadline itself is worked
 * out again, from where it began. */
int deadline_moved(struct tx *, const struct catalog *, struct ticket_row *, bool anew);
/* The ticket has ended: the clock has nothing more to do, and what was asked and never ruled on is void. */
int deadline_end(struct tx *, const struct ticket_row *);

/* Does one due task, if it is still there and due at tx_now(); its row is gone or moved on when this returns 0. */
int clockwork_do(struct tx *, const struct catalog *, const struct flow_words *, uint64_t ticket, const char *kind,
	struct err *);

#endif
