/* The API: a handler for each row of routes.def, a file for each noun of it (api_NOUN.c), and what these have of each other. */
#ifndef XQ_CONSOLE_API_H
#define XQ_CONSOLE_API_H

#include "gateway/console/call.h"
#include "gateway/store/attachment.h"
#include "gateway/store/core.h"
#include "gateway/store/ticket.h"

#define AFTER(f) ; call_loop_f f
#define WORK(f) ; call_work_f f
#define SECRET
#define ROUTE(method, path, roles, scopes, job, run) call_run_f run;
#include "gateway/console/routes.def"
#undef ROUTE
#undef SECRET
#undef WORK
#undef AFTER

/* api_channels.c: what a channel counts and its platform grants it (adapter_ops.facts); null: nothing. A new reference. */
json_t *channel_facts(const struct channel *);

/* api_core.c: what a program says in "core" of a body. 1: *r is to be stored; 0: nothing new; E_*. */
int core_read(struct call *, struct tx *, json_t *said, const struct ticket_row *, struct core_row *r, struct err *);
/* The list of tickets, by a core system's number. */
call_run_f tickets_of_core;

/* api_docket.c: onto one ticket: docket and helping. */
int put_docket(struct tx *, const struct ticket_row *, json_t *);

/* api_drafts.c: {"number","mode","text","rev"} */
json_t *draft_json(const char *number, unsigned mode, const char *text, int64_t rev);

/* api_duty.c */
const char *duty_name(unsigned duty);

/* api_edit.c: what an edit loaded is used from now on. */
void edit_take(struct call *);

/* api_events.c: takes from a ticket's event, as JSON, the number of another ticket that its reader may not know to belong to this one. */
int event_hidden(const struct call *, struct tx *, const struct ticket_row *, const char *kind, const json_t *event);

/* api_file.c: a file that a scanner has not passed is not given out: E_CONFLICT, E_DENIED. */
int file_held(const struct attachment_row *, struct err *);
/* The files that a reply's body names, by reference. */
int reply_files(const struct call *, struct tx *, struct step_request *, struct err *);

/* api_merge.c: the ticket a member of the body names, if who may see it. Whose a confidential one is must not be found out by trying. */
int call_other(struct call *, struct tx *, const char *member, const struct ticket_row *one, struct ticket_row *other, struct err *);

/* api_suggest.c: what the suggestions say at the moment of a decision, onto its step. */
int suggested_fields(struct call *, struct tx *, struct step_request *, struct err *);

/* api_views.c */
json_t *views_saved(struct tx *, const char *staff); /* a new reference */

#endif
