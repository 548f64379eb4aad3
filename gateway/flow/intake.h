/* A message in, inside a job: known already or new, whole or a piece, decided and applied, its key remembered. */
#ifndef XQ_FLOW_INTAKE_H
#define XQ_FLOW_INTAKE_H

#include "gateway/flow/words.h"
#include "gateway/model/ticket.h"

struct intake_done {
	enum taken taken;      /* STORED, DUPLICATE or REFUSED */
	enum outcome outcome;
	int64_t seq;           /* 0: none */
	const char *ticket, *reason; /* in tx_arena(); NULL: none */
	uint64_t message;
	bool clash;            /* its id is known of another message */
};
/* What the message alone decides, worked out before the job so that the writer need not: on the loop, which has the
 * time. */
struct intake_ahead {
	struct heard heard;
	const char *key;            /* the channel's own id, or `print` */
	const char *print;          /* a fingerprint of what came; NULL: the id alone says what it is */
	const char *title, *newest; /* as a ticket shows them */
};
void intake_look_ahead(struct arena *, const struct catalog *, const struct msg_in *, struct intake_ahead *);
/* quiet: nothing is said to the citizen (an import of what was answered elsewhere). 0, or E_* with words: nothing
 * stored. */
int intake_message(struct tx *, const struct catalog *, const struct flow_words *, const struct channel_trait *,
	const struct msg_in *, bool quiet, struct intake_done *, struct err *);
/* The same with what was seen of this message and catalog. */
int intake_message_ahead(struct tx *, const struct catalog *, const struct flow_words *, const struct channel_trait *,
	const struct msg_in *, const struct intake_ahead *, bool quiet, struct intake_done *, struct err *);

#endif
