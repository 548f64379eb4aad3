/* State machines as tables of legal moves.
 *
 * Each machine (sessions, tickets, surveys, outbox rows) has its states' names, a bit set of legal next states per
 * state, and one setter that calls sm_move(). An illegal move in memory is a bug (must); a move asked for by a peer or
 * read from disk is asked about first with sm_legal(). */
#ifndef XQ_BASE_SM_H
#define XQ_BASE_SM_H

#include <stdbool.h>
#include <stdint.h>

#define SM_TO(s) (1u << (s))

struct sm_table {
	const char *name;           /* "ticket" */
	const char *const *state;   /* names, indexed by state */
	const uint32_t *next;       /* next[s]: SM_TO() of every state that may follow s */
	unsigned count;
};

bool sm_legal(const struct sm_table *t, unsigned from, unsigned to);
/* Sets *state; must() be legal. `of` says whose state it is in the debug log (may be NULL). */
void sm_move(const struct sm_table *t, unsigned *state, unsigned to, const char *of);
const char *sm_name(const struct sm_table *t, unsigned state);
/* The state called `name`, or -1. */
int sm_find(const struct sm_table *t, const char *name);

#endif
