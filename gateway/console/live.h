/* The live feed, /console/live: what changed, told to whoever may see it; and who is here. Loop thread. */
#ifndef XQ_CONSOLE_LIVE_H
#define XQ_CONSOLE_LIVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"

struct console;
struct live;

struct live *live_create(struct console *, struct err *);
void live_destroy(struct live **);
/* Ends the sockets of a session. */
void live_drop_session(struct live *, const char *session_hash);
/* Every open page's session is checked now. */
void live_check(struct live *);

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

#endif
