/* What the files of the console share. Nobody else includes this. */
#ifndef XQ_CONSOLE_INTERNAL_H
#define XQ_CONSOLE_INTERNAL_H

#include <jansson.h>

#include "gateway/base/blob.h"
#include "gateway/base/http.h"
#include "gateway/console/call.h"
#include "gateway/console/console.h"
#include "gateway/flow/flow.h"

struct live;
struct logins;
struct seats;
struct held;

struct console {
	struct console_settings set;
	json_t *canned;
	struct live *live;
	struct logins *logins;
	struct seats *seats;
	struct held *held;
	unsigned works;   /* calls on a worker: it may read what the flow has */
	unsigned waits;   /* calls that wait for somebody else's answer */
	bool closing;
	struct api_pace pace;
	struct metric *reload_refused;
};

/* console.c: frees what was destroyed while calls waited. */
void console_release(struct console *);

/* The store's lane of whoever asks: by token or session, or by his address where he is nobody yet. */
unsigned lane_of(const char *who);

/* login.c: POST /console/api/login, the one call that has nobody yet. */
struct logins *logins_create(struct console *, struct err *);
void logins_destroy(struct logins **); /* what is under way ends by itself */
/* A wrong password or code counts, wherever it was tried; the fifth locks the account. */
int login_failed(struct tx *, struct staff_row *);

/* live.c: /console/live */
struct live *live_create(struct console *, struct err *);
void live_destroy(struct live **);
/* Ends the sockets of a session. */
void live_drop_session(struct live *, const char *session_hash);
/* This ticket was shown to a department: when it moves away, that department is told. */
void live_remember(struct live *, uint64_t ticket, const char *department);

/* Whether somebody of that name has the console open, on this node or another. */
bool live_is_here(const struct live *, const char *staff);
/* Their duty has changed. */
void live_duty(struct live *, const char *staff, unsigned duty);

/* To the pages this person has open. Takes o. */
void live_tell_staff(struct live *, const char *staff, json_t *o);
/* The same of a draft of theirs, {"number","mode","text","rev"}, which stays the caller's. */
void live_tell_draft(struct live *, const char *staff, const json_t *draft);
/* To whoever has this ticket open. Takes o. */
void live_tell_at(struct live *, uint64_t ticket, json_t *o);

/* Every open page's session is checked now. */
void live_check(struct live *);

/* raw.c: what has no file of its own, through one that exists only while it is read. */
int memory_file(struct call *, const void *p, size_t n, struct err *);
/* raw.c: the raw form, of this hash, of the message or thing kept aside of this id. As c->file. */
int raw_file(struct call *, struct tx *, uint64_t id, const char *sha256, struct err *);
/* raw.c: the same behind what is in the buffer. E_RANGE: its cap would be passed. */
int raw_read(struct call *, struct tx *, uint64_t id, const char *sha256, struct buf *, struct err *);
/* api_file.c: a file that a scanner has not passed is not given out: E_CONFLICT, E_DENIED. */
struct attachment_row;
int file_held(const struct attachment_row *, struct err *);

/* api_edit.c: what an edit loaded is used from now on. */
void edit_take(struct call *);

/* api_channels.c: what a channel counts and its platform grants it (adapter_ops.facts); null: nothing. A new reference. */
json_t *channel_facts(const struct channel *);

/* seats.c: tickets come to people by themselves. Of several nodes one gives out, to whoever is at any of them. */
struct seats *seats_create(struct console *);
void seats_destroy(struct seats **);
/* There may be something to give, or somebody to give it to. */
void seats_kick(struct seats *);

/* api_duty.c */
const char *duty_name(unsigned duty);
/* api_views.c */
json_t *views_saved(struct tx *, const char *staff); /* a new reference */

/* api_events.c: takes from a ticket's event, as JSON, the number of another ticket that its reader may not know to belong to this one. */
int event_hide_other(const struct call *, struct tx *, const struct ticket_row *, const char *kind, json_t *event);

/* public.c, kb.c, rate.c */
void public_register(struct console *);
void kb_register(struct console *);
void rate_register(struct console *);

#endif
