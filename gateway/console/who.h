/* Who asks: a person with a session, or a program with a token; and what they may see. */
#ifndef XQ_CONSOLE_WHO_H
#define XQ_CONSOLE_WHO_H

#include <stdbool.h>

#include "gateway/base/crypto.h"
#include "gateway/base/http.h"
#include "gateway/model/workflow.h"
#include "gateway/store/ticket.h"

enum { SESSION_IDLE_MS = 12 * 3600 * 1000, SESSION_TOUCH_MS = 5 * 60 * 1000, SESSION_BYTES = 32, FRESH_MS = 10 * 60 * 1000 };
#define SESSION_LIFE_MS (24LL * 3600 * 1000) /* then one logs in again, however busy */
enum { SCOPE_READ = 1, SCOPE_WRITE = 2, SCOPE_PII = 4, SCOPE_REPORTS = 8 };
#define SESSION_COOKIE "xq_session"

/* What came with a request, as hashes: the secrets themselves go no further. */
struct credentials {
	char session[HEX_SHA256]; /* "": none */
	char token[HEX_SHA256];
	char csrf[HEX_SHA256];    /* header X-XQ-CSRF as it came, "" when absent or too long */
	bool origin_ok;           /* no Origin header, or our own */
};
/* The one that counts: the token's, else the session's; "": none. */
const char *credentials_hash(const struct credentials *);

struct who {
	bool token;               /* a program; else a person */
	enum role role;           /* a program acts as admin on tickets; its routes are bounded by its scopes */
	unsigned scopes;          /* SCOPE_* of a program */
	const char *name;         /* "chen", or "api:NAME" */
	const char *display, *department, *csrf;
	int64_t expires_at;       /* of the session */
	int64_t since;            /* when the session began */
	bool totp;                /* a second factor is set */
	unsigned duty, capacity;  /* of a person: enum duty; open tickets at once */
};

/* Our own origin is the one of public_url, or the host the request was sent to. */
bool origin_own(const struct http_req *, const char *public_url);
void credentials_read(struct credentials *, const struct http_req *, const char *public_url);
void session_hash(const char *cookie, char hex[HEX_SHA256]);

/* E_DENIED when nobody is known by the credentials. Strings live in tx_arena(). */
int who_find(struct tx *, const struct credentials *, struct who *, struct err *);
/* A session that was used goes on for another twelve hours; written at most every five minutes. */
bool session_is_stale(const struct who *, int64_t now);
int session_touch(struct tx *, const char *id_hash);
/* What changes how one logs in wants a login of the last few minutes. E_DENIED with words. */
int who_fresh(const struct who *, int64_t now, struct err *);

/* A department's people see their own tickets and no others. */
bool who_sees(const struct who *, const struct ticket_row *);
/* The department a list is bounded to, or NULL. */
const char *who_department(const struct who *);
/* May the citizen's address be shown in full, on the ticket itself? */
bool who_sees_peer(const struct who *);
/* The same of one ticket: where the citizen asked to stay unknown (工单保密), only its handler and supervisors. */
bool who_sees_citizen(const struct who *, const struct ticket_row *);
/* May it be seen that two tickets are one citizen's? Beside the other even a masked address would say whose a confidential one is. */
bool who_sees_both(const struct who *, const struct ticket_row *, const struct ticket_row *other);
/* May they learn that the two belong together? Of a confidential one that tells whose it is. */
bool who_may_link(const struct who *, const struct ticket_row *, const struct ticket_row *other);

#endif
