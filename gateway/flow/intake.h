/* A message in, inside a job: known already or new, whole or a piece, decided and applied, its key remembered. */
#ifndef XQ_FLOW_INTAKE_H
#define XQ_FLOW_INTAKE_H

#include "gateway/flow/steps.h"

struct intake_done {
	enum taken taken;      /* STORED, DUPLICATE or REFUSED */
	enum outcome outcome;
	int64_t seq;           /* 0: none */
	const char *ticket, *reason; /* in tx_arena(); NULL: none */
	uint64_t message;
};
/* quiet: nothing is said to the citizen (an import of what was answered elsewhere). 0, or E_* with words: nothing stored. */
int intake_message(struct tx *, const struct catalog *, const struct flow_words *, const struct channel_trait *,
	const struct msg_in *, bool quiet, struct intake_done *, struct err *);

#endif
