/* One round of a target: read what is due, deliver it, store what became of it. The reading and the storing are jobs of
 * the store; this is what they carry. Between them the round belongs to the loop (forward.c). */
#ifndef XQ_FORWARD_ROUND_H
#define XQ_FORWARD_ROUND_H

#include "gateway/base/mem.h"
#include "gateway/forward/forward.h"
#include "gateway/store/forward.h"

enum { ROUND_EVENTS = 64, ROUND_ASIDE = 32, ROUND_ITEMS = ROUND_EVENTS + ROUND_ASIDE };

enum item_state {
	ITEM_WAITING,   /* to be sent */
	ITEM_SENDING,
	ITEM_DELIVERED,
	ITEM_FAILED,    /* this event, by itself: set aside */
	ITEM_BEHIND,    /* an earlier event of its ticket is aside, or failed in this round */
	ITEM_UNSENT     /* the target is not there: the round ends before it */
};

struct item {
	uint64_t event, ticket;
	bool again;             /* it was aside; `before` says since when */
	struct aside_row before;
	const char *body;       /* NULL: BEHIND from the start */
	enum item_state state;
	const char *error;      /* FAILED */
	bool busy;              /* FAILED, and the fault may be the target's own */
};

struct round {
	struct arena *arena;
	const char *name;
	const struct forward_config *config;
	const char *from, *to;  /* the place before, and the one behind everything that was looked at */
	struct item item[ROUND_ITEMS];
	size_t items;
	bool more;              /* the reading stopped at its limit */
	uint32_t jitter;
};

void round_init(struct round *r, const char *name, const struct forward_config *c);
void round_fini(struct round *r);
/* The next item that may be sent now: the oldest of its ticket, nothing of the ticket under way or failed. NULL: none. */
struct item *round_next(struct round *r);
/* A failure takes the later ones of its ticket along. error is copied. */
void round_failed(struct round *r, struct item *i, bool busy, const char *error);
/* Nothing went through, and something failed that may be the target's own fault: the first such item, else NULL. */
const struct item *round_stuck(const struct round *r);
/* The target is not there: what was not delivered, and what failed meanwhile, stays where it was. */
void round_give_up(struct round *r);
/* More is due at once: the reading met its limit, or what waited behind a delivered one may go now. */
bool round_goes_on(const struct round *r);

/* Inside jobs, which may run again: fills the round; keeps what became of it. */
int round_read(struct tx *tx, struct round *r, struct err *e);
int round_store(struct tx *tx, struct round *r, struct err *e);

#endif
