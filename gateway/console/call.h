/* One request of the API: the table of routes, who asks, and the job that answers.
 *
 * On the loop a request becomes a struct call, with everything the job needs copied out of it. The job runs in the store
 * with a transaction: it finds out who asks (who.h), checks the route's roles and scopes, runs the handler, and leaves
 * the answer in the call. Back on the loop the answer is sent. */
#ifndef XQ_CONSOLE_CALL_H
#define XQ_CONSOLE_CALL_H

#include <jansson.h>
#include <stdbool.h>

#include "gateway/base/crypto.h"
#include "gateway/base/http.h"
#include "gateway/console/api_pace.h"
#include "gateway/console/who.h"
#include "gateway/flow/flow.h"
#include "gateway/flow/steps.h"
#include "gateway/model/file_ref.h"
#include "gateway/model/workflow.h"
#include "gateway/store/ticket.h"

struct console;
struct call;

enum {
	CALL_BODY_MAX = 256 * 1024, CALL_KEY_MAX = 200, LIST_MAX = 200, LIST_DEFAULT = 50, CALL_PARAMS = 2,
	CALL_TEXT_MAX = 1000 /* bytes of a query parameter */
};

enum query { Q_STATE, Q_CHANNEL, Q_DEPARTMENT, Q_SEARCH, Q_AFTER, Q_LIMIT, Q_OPEN, Q_WAITING, Q_OVERDUE, Q_FLAG, Q_ASKED, Q_UNASSIGNED,
	Q_ASSIGNEE, Q_ORDER, Q_REMOTE, Q_NAME, Q_TICKET, Q_REPORT, Q_FROM, Q_TO, Q_BY,
	Q_CATEGORY, Q_WORD, Q_EVERY, Q_FORMAT, Q_LEAST, Q_CORE, Q_COUNT };

/* Runs with a transaction: sets status and answer and returns 0, or fails with E_* and words, which become a problem
 * document; a write is then rolled back. */
typedef int call_run_f(struct call *, struct tx *, struct err *);
/* On a worker, between the check of rights and the job: what is slow and needs no store. 0, or E_* and words. */
typedef int call_work_f(struct call *, struct err *);
/* On the loop, before (may read channels) and after the job; may be NULL. */
typedef void call_loop_f(struct call *);

struct route {
	const char *method;
	const char *path;    /* "/api/v1/tickets/{}/steps": {} is one segment */
	unsigned roles;      /* 1u << role of the staff who may; 0: nobody */
	unsigned scopes;     /* SCOPE_* a token needs; 0: no token may */
	/* A write runs as a write job, and with a cookie it wants the CSRF token. A report counts over very much: where there is a
	 * standby, it runs there. */
	enum route_job { ROUTE_READ, ROUTE_WRITE, ROUTE_REPORT } job;
	call_run_f *run;
	call_loop_f *after;
	call_work_f *work;   /* may be NULL */
	bool secret;         /* request or answer hold a password or the like: nothing of them is kept */
};
/* The whole table, routes.def; n routes. */
const struct route *console_routes(size_t *n);
/* The route, or NULL with *allow naming the methods that would do ("" when there is no such path). The {} segments go into param (parts of
 * path, made in a). */
const struct route *route_find(const char *method, const char *path, const char **param, struct arena *a, const char **allow);

struct call {
	struct console *console;
	struct http_req *req;
	const struct route *route;
	struct arena *arena;
	struct catalog *catalog;    /* a reference */
	struct suggest *suggest;    /* a reference, or NULL */
	struct credentials credentials;
	const char *param[CALL_PARAMS];
	const char *query[Q_COUNT];
	const char *stray;          /* a parameter of the query that no route has, or NULL */
	const char *idempotency;    /* header Idempotency-Key, or NULL; again.h */
	char fingerprint[HEX_SHA256]; /* of the request, where it has a key */
	bool repeated;              /* answered as it was before */
	struct api_pace_words pace;     /* how the token's pace stands; "": no limit */
	json_t *body;               /* NULL, or an object */
	struct who who;             /* in the job, once it is known */
	bool known;                 /* somebody was found by these credentials before */
	unsigned lane;              /* the store's, of whoever asks */
	int status;                 /* of the answer */
	json_t *answer;             /* owned; NULL: none, or it is text already */
	char *text;                 /* owned: the answer as it goes out, written by the thread that read it */
	json_t *shown;              /* owned: what was shown unmasked (shown.h), and to whom */
	const char *shown_to;
	json_t *extra;              /* owned: more members for the problem document */
	struct { int fd; uint64_t size; const char *type, *name; } file; /* fd -1: none */
	uv_work_t worker;
	int work_rc;
	struct err work_err;
	struct { int rc; struct err why; } refused; /* by a job whose writes stay all the same: what was tried counts */
	char hash[PASSWORD_HASH_MAX]; /* of the body's "password", by work_password() */
	struct catalog *edited;     /* owned: what was written to the tables, checked and loaded */
	json_t *edited_canned;      /* owned: the same of the canned replies */
	struct { char *text; const char *name; } sheet; /* owned: a table for a spreadsheet, under this name */
	struct { char *text; bool remote; } page; /* owned: a citizen's HTML, to be shown in a frame of its own */
	struct file_ref upload;     /* by work_file_put() */
	json_t *previews;           /* owned: by work_preview() */
	uint64_t held;              /* for the live feed: what waits to go out on this ticket is another */
	bool waits;                 /* call_wait() */
	uint64_t remember_ticket;   /* for the live feed: this ticket was shown with this department */
};

/* Registers the dispatcher for /api/v1/ and /console/api/. */
void calls_register(struct console *c);
/* --- for a route's after(): the answer comes later --- */
/* Keeps the call, and the console with it, until one of these, on the loop: */
void call_wait(struct call *);
void call_resume(struct call *, int rc, const struct err *);  /* answers: what the call holds, or a problem */
void call_then_write(struct call *, int (*run)(struct tx *, void *call, struct err *)); /* one more job, then answers */
/* --- for handlers --- */
int call_limit(const struct call *, unsigned *limit, struct err *);
int call_after(const struct call *, uint64_t *after, struct err *);
/* param[i] as an id; E_NOTFOUND when it is none. */
int call_id(const struct call *, unsigned i, uint64_t *id);
/* A member of the body: NULL when absent, E_MALFORMED when it is no string. */
int call_string(const struct call *, const char *name, const char **value, struct err *);
/* The ticket param[0] names, if who may see it; E_NOTFOUND otherwise: whoever may not see a ticket is not told it exists. */
int call_ticket(struct call *, struct tx *, struct ticket_row *, struct err *);
/* What whoever asks may do with the ticket, of what its state allows: bits by enum step. */
uint32_t call_legal(const struct call *, const struct ticket_row *);
/* {"items":[…],"next":…}; next 0: none. Takes items. */
void call_list(struct call *, json_t *items, uint64_t next);
void call_list_text(struct call *, json_t *items, const char *next); /* next NULL: none */
/* A member of the body that is a whole number; `absent` when it is not there. */
int call_integer(const struct call *, const char *name, int64_t absent, int64_t *value, struct err *e);
/* Where the body says in "version" how its writer saw the ticket: E_CONFLICT, code "changed", when it is another by now. */
int call_version(const struct call *, const struct ticket_row *, struct err *);
/* The name of a parameter of the query. */
const char *query_name(enum query);
/* Steps are made by the city's core system: a person is refused what is not the conversation's. E_CONFLICT, code "remote". */
int call_embedded(struct call *, struct err *);

#endif
