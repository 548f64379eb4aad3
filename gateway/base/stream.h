/* A TCP connection or listener on the loop, with bounded output.
 *
 * Callbacks run on the loop. A callback may call stream_close(); the stream is freed after the callback returned and
 * on_close is then called exactly once, also when we closed it ourselves (reason NULL) — the owner forgets its pointer
 * there. After stream_close() no other callback comes. */
#ifndef XQ_BASE_STREAM_H
#define XQ_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"

struct stream;
struct stream_ops {
	void (*on_open)(struct stream *, void *owner); /* connected; not called for accepted streams */
	/* Bytes are borrowed. Returns how many were consumed; the rest is shown again with what follows. A stream that
	 * keeps more than stream_limits.in unconsumed is closed with a reason. */
	size_t (*on_data)(struct stream *, void *owner, const uint8_t *p, size_t n);
	void (*on_drain)(struct stream *, void *owner); /* output fell below half its limit; may be NULL */
	void (*on_close)(struct stream *, void *owner, const char *reason);
};
struct stream_limits {
	size_t in;            /* bytes unconsumed */
	size_t out;           /* bytes written but not yet taken by the kernel */
	unsigned connect_ms;  /* 0: 10 s */
};

/* Starts to connect; on_open or on_close follows. host: name or literal. Never NULL. */
struct stream *stream_connect(uv_loop_t *loop, const char *host, int port, const struct stream_ops *ops,
	const struct stream_limits *limits, void *owner);
/* Queues bytes (copied); before the connection is open, too. Otherwise nothing was queued: E_AGAIN when the output
 * limit would be passed (on_drain follows), E_RANGE when n alone is over it, E_CLOSED when the stream is closing. */
int stream_write(struct stream *s, const void *p, size_t n) XQ_MUST_CHECK;
size_t stream_pending(const struct stream *s);
/* Stops and resumes reading: push-back to the peer. What on_data left is shown again, from the loop, after resuming. */
void stream_pause(struct stream *s, bool paused);
/* Closes after what is queued was written (flush) or at once. */
void stream_close(struct stream *s, bool flush);
/* "127.0.0.1:5012"; valid while the stream lives. */
const char *stream_peer(const struct stream *s);
void stream_set_owner(struct stream *s, void *owner);

struct stream_listener;
/* on_accept gets a live stream, whose peer has a name, and must set its owner (or close it). At max open streams the
 * listener stops accepting until one ends. port 0 picks one: see stream_listener_port. NULL with E_AGAIN: another process
 * or machine has the address. */
struct stream_listener *stream_listen(uv_loop_t *loop, const char *host, int port, unsigned max,
	const struct stream_ops *ops, const struct stream_limits *limits,
	void (*on_accept)(struct stream *, void *arg), void *arg, struct err *e);
int stream_listener_port(const struct stream_listener *l);
void stream_listener_close(struct stream_listener **l); /* accepted streams live on */

#endif
