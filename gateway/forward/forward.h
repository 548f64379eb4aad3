/* Forwarding: every event of a ticket is pushed to other systems (a city's core workflow store, a department), each by its
 * own [forward NAME] section. POST with the signature of Standard Webhooks; in order per ticket; at least once (the
 * webhook-id is the event's and the same each time); retried for days; what is given up stays visible and can be sent
 * again. The events themselves are the queue: a target is a place in them, so a target that was away for a week misses
 * nothing and costs nothing meanwhile.
 *
 * Thread: the loop. */
#ifndef XQ_FORWARD_FORWARD_H
#define XQ_FORWARD_FORWARD_H

#include <uv.h>

#include "gateway/base/config.h"
#include "gateway/base/err.h"

struct catalog;
struct fetch;
struct store;
struct forward;

enum { FORWARD_PEERS_MASKED, FORWARD_PEERS_FULL };
struct forward_config { /* [forward NAME] */
	const char *url, *secret, *tls_ca_file;
	struct config_list events;      /* kinds; empty: all */
	struct config_list departments; /* codes; empty: every ticket */
	struct config_list not_from;    /* actors whose events are not sent */
	bool plain;
	int peers;
	int parallel, timeout, days;
};
extern const struct config_key forward_keys[];
/* What the table cannot check. */
void forward_check(const struct forward_config *c, struct config_section *s, struct faults *f);
/* The same where the tables are read: at a start a department that is gone from them is none of its business. */
void forward_departments_check(const struct forward_config *c, const struct catalog *, struct config_section *s, struct faults *f);

struct forward *forward_create(uv_loop_t *loop, struct store *store, struct fetch *fetch);
/* Before store_start. name and config are borrowed until forward_destroy. */
int forward_add(struct forward *f, const char *name, const struct forward_config *config, struct err *e) XQ_MUST_CHECK;
/* After store_start. A target that is new begins with the events from now on. */
void forward_start(struct forward *f);
/* Ends what is under way, keeps what was delivered, begins nothing more. While the store still takes jobs. */
void forward_stop(struct forward *f);
/* After store_stop, before fetch_destroy and the loop's last run. */
void forward_destroy(struct forward **f);

#endif
