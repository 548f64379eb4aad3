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

struct console {
	struct console_settings set;
	json_t *canned;
	struct live *live;
	struct logins *logins;
};

/* login.c: POST /console/api/login, the one call that has nobody yet. */
struct logins *logins_create(struct console *, struct err *);
void logins_destroy(struct logins **); /* what is under way ends by itself */

/* live.c: /console/live */
struct live *live_create(struct console *, struct err *);
void live_destroy(struct live **);
/* Ends the sockets of a session. */
void live_drop_session(struct live *, const char *session_hash);
/* This ticket was shown to a department: when it moves away, that department is told. */
void live_remember(struct live *, uint64_t ticket, const char *department);

/* public.c, rate.c */
void public_register(struct console *);
void rate_register(struct console *);


#endif
