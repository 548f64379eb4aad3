/* Whose ticket it is: taken, handed on, given back, given out by itself, handed over at the end of a shift. Each is one verb
 * inside a write job; it changes the ticket and writes its event ("assigned"), or changes nothing. The citizen is told of
 * none of them. */
#ifndef XQ_FLOW_ASSIGN_H
#define XQ_FLOW_ASSIGN_H

#include "gateway/model/workflow.h"
#include "gateway/store/ticket.h"

enum { ASSIGN_AT_ONCE = 50, ASSIGN_SEEN = 300 };

struct assign_request {
	const char *to;     /* staff name; "": nobody, back to those who wait */
	const char *actor;
	enum role role;     /* of the actor */
	const char *own_department; /* of a department's actor, who may give out what it leads and nothing else; NULL: any */
	const char *note;   /* for whoever gets it; NULL: none */
	int64_t version;    /* the ticket as the actor saw it; E_CONFLICT when it was changed since; -1: any */
};
/* t is read and, on success, as it is now. E_RANGE: nobody of that name may work on it; E_CONFLICT: it is closed, is theirs
 * already, or was changed meanwhile; E_DENIED: taking it from a colleague is for them and for supervisors, and a unit that
 * helps gives out nothing. */
int assign_to(struct tx *, struct ticket_row *t, const struct assign_request *, struct err *);
/* Gives the oldest tickets that are nobody's to those on duty whose name is in here[] (they have the console open), by
 * assign_pick(). *given: how many; *more: there may be more to give. */
int assign_waiting(struct tx *, const char *const *here, size_t n, unsigned *given, bool *more, struct err *);
/* Everything open of `from` goes to `to` ("": nobody); at most ASSIGN_AT_ONCE: *more says to ask again. */
int assign_hand_over(struct tx *, const char *from, const char *to, const char *actor, const char *note, unsigned *moved,
	bool *more, struct err *);

#endif
