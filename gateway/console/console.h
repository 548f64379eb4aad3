/* The staff's side: the HTTP API (/api/v1), login and sessions, the live feed, the console's pages, and the public pages
 * that belong to no channel (/, /healthz, /readyz, /metrics, /rate/TOKEN).
 *
 * Every right is checked on the server, in the transaction that does the work: a session or token is read from the store
 * with each request, so what the command line disables is out at once. Routes that name no role are closed.
 * Thread: the loop. */
#ifndef XQ_CONSOLE_CONSOLE_H
#define XQ_CONSOLE_CONSOLE_H

#include <jansson.h>
#include <uv.h>

#include "gateway/base/config.h"
#include "gateway/base/err.h"

struct flow;
struct http_server;
struct store;
struct blob_store;
struct secret;

struct console_settings { /* borrowed until console_destroy */
	uv_loop_t *loop;
	struct flow *flow;
	struct http_server *http;
	struct store *store;
	struct blob_store *blobs;
	const struct secret *secret;
	const char *www;        /* folder of static files; ours are in www/console */
	const char *public_url; /* no slash at the end */
	const char *hotline;    /* [gateway] name */
	const char *tables;     /* folder of the tables; without canned.csv there are no canned replies */
	const char *templates;  /* folder of the languages */
	unsigned api_pace;      /* requests a second of one token; 0: any */
	struct config_list proxies; /* whose X-Forwarded-For says where somebody comes from */
	unsigned undo_seconds;  /* how long a page's reply can be taken back; 0: it goes out at once */
};

struct console;
/* Registers every route and watches the store: before store_start and http_listen. */
int console_create(struct console **c, const struct console_settings *s, struct err *e) XQ_MUST_CHECK;
/* Tables and templates were read again, on SIGHUP or after an edit: takes these canned replies. NULL: a fault in any of them, so all
 * stay as they were, which a gauge tells. */
void console_reload(struct console *c, json_t *canned);
/* After store_stop, outside the loop's callbacks. Before flow_destroy, for it runs the loop until no worker reads the flow any
 * longer; before http_destroy and the last run of the loop, which ends what else is under way. */
void console_destroy(struct console **c);

#endif
