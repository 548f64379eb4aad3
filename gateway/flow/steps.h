/* A workflow step, taken by a person or a program, in one transaction: the ticket's move, its event, and what the
 * citizen is told. Called inside a write job. */
#ifndef XQ_FLOW_STEPS_H
#define XQ_FLOW_STEPS_H

#include <jansson.h>

#include "gateway/flow/words.h"
#include "gateway/model/workflow.h"
#include "gateway/store/ticket.h"

struct step_request {
	const char *number;
	enum step step;
	const char *actor;        /* staff name or "api:<token>" */
	const char *display;      /* what the citizen may read as the writer; NULL: none */
	enum role role;
	bool program;             /* a token's: the core system, where steps are remote */
	const char *own_department; /* a department's staff may only touch its own tickets; NULL otherwise */
	const char *department, *text, *note, *ground, *category; /* as the step needs; category optional at accept */
	const char *reason, *basis; /* of a return */
	const char *result;       /* of a closing: what the handling came to; NULL: not said */
	const char *other;        /* of a join or decline: the other ticket's number */
	const char *region;       /* of a transfer: code of regions.csv */
	const char *suggested_category, *suggested_department; /* what the suggestions said when it was decided; NULL: nothing */
	unsigned days;            /* of an extension; 0: none given */
	const struct msg_attachment *file; /* STEP_REPLY: files that go along, in the store of blobs already */
	size_t files;
	bool interim;             /* STEP_REPLY: a message that is no final answer: the state stays */
	int64_t seen_seq;         /* STEP_REPLY: the last seq the writer saw; if older than the newest: E_CONFLICT; -1: any */
};
enum { STEP_TEXT_MAX = 20000, NOTE_MAX = 1000 }; /* characters; a note beside an assignment or a merge is a short one */
struct step_result {
	struct ticket_row ticket;
	uint64_t message; /* the message to the citizen, or 0 */
	int64_t seq;
	uint32_t legal;   /* steps legal now (also when it failed with E_CONFLICT) */
};
/* The steps that are legal now for this role, as staff of this department (NULL: of none): a department that only helps
 * gives its opinion and leaves notes. */
uint32_t ticket_legal(const struct ticket_row *, enum role, const char *own_department);
/* Of them those that may be made here: where steps are remote, a person has the conversation's only. */
uint32_t steps_here(const struct flow_words *, bool program, uint32_t legal);
#define REMOTE_WORDS "steps are made in the city's core system, and what it does is shown here; here one writes interim replies and notes"
/* 0, E_NOTFOUND, E_DENIED, E_CONFLICT (state; by a rule, though the step is legal: its name in the err), E_RANGE / E_MALFORMED (what the step needs
 * is missing: words say which field). */
int step_take(struct tx *, const struct catalog *, const struct flow_words *, const struct step_request *,
	struct step_result *, struct err *);
/* A step that nobody asked for: the citizen's words make it, or a table. All that step_take() does but rights and words:
 * flags, effect, deadline, tasks, and the event, of that kind. Of the request: step, role, actor, department. It must be
 * legal by ticket_machine; the caller says what the citizen is told and stores the row. data: what the event says beside
 * the usual; moves. 0, or the store's error. */
int step_moved(struct tx *, const struct catalog *, const struct flow_words *, const struct step_request *,
	struct ticket_row *, const char *kind, json_t *data);
/* Of the note that goes with an assignment or a merge: 0, or E_RANGE by the rule "too-long". NULL: none. */
int note_check(const char *note, struct err *);
/* Back to work, with its event; nothing when it is open. The caller stores the row. */
int ticket_reopen(struct tx *, const struct catalog *, const struct flow_words *, struct ticket_row *, const char *actor,
	const char *why);
/* The one setter of a ticket's state: moves by ticket_machine and keeps the times that belong to the states. Beside the
 * steps only merging (merge.h) moves a ticket. */
void ticket_enter(struct tx *, struct ticket_row *, enum ticket_state to);
/* Whether step_take() would go as far as doing it, so that it can be done a little later. 0, or as step_take(). */
int step_may(struct tx *, const struct catalog *, const struct flow_words *, const struct step_request *, struct step_result *,
	struct err *);
/* A reply that the channel would not take is refused before it is sent: E_RANGE. own_department as in a step_request. */
int reply_fits(struct tx *, const struct catalog *, const struct flow_words *, const struct step_request *, struct err *);
/* How many parts a reply with these words would make for the ticket's citizen, signature and all, and how many the channel
 * takes (0: no limit). own_department as in a step_request. 0, E_NOTFOUND. */
struct reply_size { unsigned parts, most; };
int reply_size(struct tx *, const struct catalog *, const struct flow_words *, const char *number,
	const char *own_department, const char *display, const char *text, struct reply_size *);

#endif
