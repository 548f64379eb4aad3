/* What the files of the console share. Nobody else includes this. */
#ifndef XQ_CONSOLE_INTERNAL_H
#define XQ_CONSOLE_INTERNAL_H

#include <jansson.h>

#include "gateway/base/blob.h"
#include "gateway/base/http.h"
#include "gateway/base/network.h"
#include "gateway/console/call.h"
#include "gateway/console/callers.h"
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
	struct callers callers;
	struct metric *reload_refused;
};

/* console.c: frees what was destroyed while calls waited. */
void console_release(struct console *);

/* The store's lane of whoever asks: by the hash of his token or session once he was found by it; by his network where he is nobody yet,
 * which stands apart: however many networks ask, who is known has turns of his own. */
unsigned lane_of_known(const char *hash);
unsigned lane_of_network(const char *network);
unsigned lane_of_stranger(const struct console *, const struct http_req *);
unsigned lane_asking(const struct console *, const struct http_req *, const struct credentials *, bool *known);
/* The network somebody asks from, where what is asked is bounded by it. */
void network_asking(const struct console *, const struct http_req *, char out[NETWORK_MAX]);

/* public.c, kb.c, rate.c */
void public_register(struct console *);
void kb_register(struct console *);
void rate_register(struct console *);

#endif
