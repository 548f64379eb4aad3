/* One TCP link to a carrier, the same for every dialect: connect, bind, a window of requests, keep-alive, time-outs,
 * unbind, and coming back with growing, jittered pauses; or, where the carrier is the one who connects, a link accepted.
 * What the bytes mean is the dialect's (session_ops).
 *
 * Thread: the loop. Times are milliseconds of uv_now(). Callbacks may call back into the session, except
 * session_destroy(). */
#ifndef XQ_SMS_SESSION_H
#define XQ_SMS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"

struct session;
struct stream;
struct stream_listener;
struct tls_context;

struct session_config {
	const char *name;    /* for the log */
	unsigned window;     /* requests unanswered at once, 1..WINDOW_MAX */
	unsigned response_ms; /* an answer to a request, a bind or a probe must come within, and a TLS handshake be through */
	unsigned probe_ms;   /* without a whole frame before a probe; 0: none */
	unsigned reconnect_min_ms, reconnect_max_ms;
	size_t frame_max;    /* longest frame of the dialect */
	/* How often a request or a probe is written on one link, the same bytes response_ms apart, before it counts as
	 * unanswered; 0: once. */
	unsigned sends;
	/* With nothing said for so long, and no answer to come from either side, it unbinds and rests until session_call(); 0: it
	 * stays. */
	unsigned rest_ms;
	struct tls_context *tls; /* a client's: links go through TLS; NULL: they do not */
	bool passive;     /* never connects: links come by session_accept() */
};

enum session_end { SESSION_TIMED_OUT, SESSION_LOST };

struct session_ops {
	/* The frame at the front: 1 and its length; 0: more bytes; -1 and why: no frame can be found any more. Pure. */
	int (*frame)(const uint8_t *p, size_t n, size_t *len, const char **why);
	void (*on_frame)(struct session *, void *owner, const uint8_t *p, size_t n);
	/* frame() said -1 about these bytes; the link is closed after this. */
	void (*on_garbage)(struct session *, void *owner, const char *why, const uint8_t *p, size_t n);
	void (*bind)(struct session *, void *owner);   /* connected: write the bind request */
	void (*probe)(struct session *, void *owner);  /* write a keep-alive; NULL when the dialect has none */
	void (*unbind)(struct session *, void *owner); /* write the unbind request */
	void (*leave)(struct session *, void *owner);  /* answer the peer's unbind; the link is closed after this */
	void (*on_up)(struct session *, void *owner);
	/* The link ended or could not be made. Every request of the window was given to on_unanswered() before. */
	void (*on_down)(struct session *, void *owner, const char *why);
	void (*on_unanswered)(struct session *, void *owner, void *request, enum session_end end);
	void (*on_room)(struct session *, void *owner); /* output or time (session_wake) makes it worth trying to write */
	void (*on_ended)(struct session *, void *owner); /* after session_stop(), once, and the last of all */
	bool (*owes)(struct session *, void *owner); /* answers of ours are still to be written; NULL: never */
};

/* ops and config are borrowed until destroy. */
struct session *session_create(uv_loop_t *loop, const char *host, int port, const struct session_config *config,
	const struct session_ops *ops, void *owner);
void session_start(struct session *s);
/* Unbinds if bound, closes, and stays closed: on_ended() follows, perhaps before this returns. */
void session_stop(struct session *s);
/* Closes at once, without callbacks; what was written still goes out. */
void session_destroy(struct session **s);

/* Listens for links of passive sessions: each stream goes to on_accept(), which gives it to session_accept() or closes it. */
struct stream_listener *session_listen(uv_loop_t *loop, const char *host, int port, unsigned most, size_t frame_max,
	void (*on_accept)(struct stream *, void *arg), void *arg, struct err *e);
/* A passive session without a link takes this one and waits response_ms for the peer to bind: session_bound() follows from
 * on_frame(). false: it has one, or is stopping; the stream is still the caller's. */
bool session_accept(struct session *s, struct stream *stream);
/* Something is to be said: connects if the session rests. */
void session_call(struct session *s);

/* --- for the dialect --- */

/* Queues bytes; they go out together before the loop sleeps. A peer that does not read loses the link. */
void session_write(struct session *s, const void *p, size_t n);
/* May a request be written now: bound, window open, output not backed up? */
bool session_room(const struct session *s);
/* Writes a request and opens the window for it. session_room() must hold. request is not NULL. Copies p where it may
 * have to be written again. */
void session_request(struct session *s, uint64_t key, void *request, const void *p, size_t n);
/* The request this answer closes; NULL: an answer to nothing, late or repeated. */
void *session_answered(struct session *s, uint64_t key);
void session_bound(struct session *s);       /* the bind was accepted */
void session_unbound(struct session *s);     /* our unbind was answered */
/* The peer unbinds: nothing more is sent, and once every answer of either side is there, or after two seconds, leave() is called and
 * the link ends. Perhaps before this returns. */
void session_leave(struct session *s);
/* Ends the link for a reason and comes back after a while (not after session_stop). No-op when there is none. */
void session_lose(struct session *s, const char *why);
void session_pause(struct session *s, bool paused); /* stops reading; probes and time-outs rest meanwhile */
void session_wake(struct session *s, unsigned ms);  /* on_room() no later than in ms, bound or not; not once it ended */
bool session_is_bound(const struct session *s);
bool session_is_binding(const struct session *s);
bool session_is_leaving(const struct session *s); /* the peer's unbind has come: answers are still exchanged */
bool session_is_unbinding(const struct session *s); /* our unbind is written: a request that comes now has crossed it */
static inline bool session_was_bound(const struct session *s) /* when what comes now was written */
{
	return session_is_bound(s) || session_is_unbinding(s) || session_is_leaving(s);
}
/* Bound, or resting and soon bound when called. */
bool session_is_usable(const struct session *s);
unsigned session_unanswered(const struct session *s);
/* How long requests have waited without any being answered; 0 when none waits. */
unsigned session_stalled_ms(const struct session *s);
unsigned session_generation(const struct session *s); /* another number for each connection */
int64_t session_now(const struct session *s);
int64_t session_heard_at(const struct session *s); /* when the peer last said anything, on this connection or an earlier one */
const char *session_peer(const struct session *s); /* "127.0.0.1:2775", for words */

#endif
