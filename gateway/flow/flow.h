/* The flows: what happens between a channel and the store. Owns the channels and implements adapter_host.
 * Loop thread only. */
#ifndef XQ_FLOW_FLOW_H
#define XQ_FLOW_FLOW_H

#include <uv.h>

#include "gateway/adapter.h"
#include "gateway/flow/catalog.h"
#include "gateway/flow/channels.h"
#include "gateway/flow/learn.h"
#include "gateway/flow/words.h"
#include "gateway/store/store.h"

struct flow;
struct flow_settings {
	uv_loop_t *loop;
	struct store *store;
	struct http_server *http;
	struct fetch *fetch;
	struct blob_store *blobs;
	const struct secret *secret;
	struct catalog *catalog; /* one reference moves */
	const char *hotline, *language, *public_url, *www;
	const char *scan_command; /* scan.h; NULL: none */
	const char *phone_channel; /* sends the codes that prove a mobile number (phone.h); NULL: none */
	const char *anchor_file;  /* where the event chain is anchored (store/anchor.h); NULL: nowhere */
	unsigned anchor_minutes;
	unsigned keep_days;       /* after the last word with a citizen; 0: for ever */
	const char *liaison; /* the channel of liaison.h; NULL: none */
	bool guide;     /* guided self-service, after its word */
	bool remote;    /* steps are made by the city's core system */
	bool assistant; /* questions are answered from the knowledge base */
};
struct flow *flow_create(const struct flow_settings *, struct err *);
/* Adds a channel: ops->create with its filled configuration (ownership moves). Before flow_start. */
int flow_add(struct flow *, const char *name, const struct adapter_ops *, void *config, struct err *);
/* Recovers the outbox, starts every channel and the timers. A channel that cannot start fails the whole. */
int flow_start(struct flow *, struct err *);
/* Drains every channel; done() once all are drained or after `ms`. */
void flow_drain(struct flow *, unsigned ms, void (*done)(void *arg), void *arg);
/* Call order at the end: flow_drain, store_stop, flow_destroy (which destroys the adapters; a loan still open then
 * keeps its row in SENDING, and the next start makes it UNKNOWN or, where the channel is idempotent, sends it
 * again). */
void flow_destroy(struct flow **);
/* SIGHUP: the new snapshot serves everything that begins from now on. One reference moves. */
void flow_reload(struct flow *, struct catalog *);

struct catalog *flow_catalog(struct flow *); /* borrowed; take a reference to keep it over a job */
const struct flow_words *flow_words(struct flow *);
struct channels *flow_channels(struct flow *);
/* What the suggestions know now; takes a reference. NULL while nothing was learned yet. */
struct suggest *flow_suggest(struct flow *);
/* A live sign from a citizen (typing, seen) for whoever watches conversations. One watcher. */
void flow_watch_signals(struct flow *, void (*f)(void *arg, const char *channel, const struct signal *), void *arg);
/* A live sign from staff to a citizen; dropped where the channel has none. */
void flow_signal(struct flow *, const char *channel, const struct signal *);

#endif
