/* Replies that can still be taken back: a reply from the console waits a few seconds in the store before it is one, so that
 * it goes out also when the page that wrote it is closed or the gateway is started anew meanwhile.
 *
 *   held ──its time is up, "send now", or another step of its writer──▶ a reply like any other
 *     │ └─it cannot be sent any more──▶ a draft of its writer's, who is told why
 *     └──"undo", or the store goes on from a copy (store/restored.h)──▶ a draft of its writer's
 *
 * Which of them happens is decided by who takes the row, in one transaction. */
#ifndef XQ_CONSOLE_HELD_H
#define XQ_CONSOLE_HELD_H

#include "gateway/console/call.h"
#include "gateway/store/drafts.h"
#include "gateway/store/ticket.h"

struct held; /* the loop's side: the timer */
struct held *held_create(struct console *);
void held_destroy(struct held **); /* what is under way ends by itself */
/* Something is due in so many milliseconds. */
void held_soon(struct held *, unsigned ms);

/* --- in a job --- */
/* Sends it now, as its writer: 0, or what api_reply() says. The row is taken; *gone: somebody else had taken it. */
int held_send(struct console *, struct catalog *, struct tx *, const struct held_row *, bool *gone, struct err *);
/* In place of the reply that c asks for: the answer is 202. legal: as before it. */
int held_begin(struct call *c, struct tx *, const struct ticket_row *, uint32_t legal, struct err *);
/* Whatever this person holds on the ticket goes out first. */
int held_flush(struct call *, struct tx *, const struct ticket_row *, struct err *);
/* "held" of a ticket as it is shown. */
int put_held(struct tx *, const struct ticket_row *, json_t *o);

#endif
