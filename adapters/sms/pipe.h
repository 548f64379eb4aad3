/* What a session's bytes go through: a TCP stream, or TLS over one. The same promises as gateway/base/stream.h, with on_open
 * only once the TLS handshake is through and the server is who it should be. The stream's time to connect is over by then: how
 * long a handshake may take, from on_connected on, is the owner's to say. Thread: the loop. */
#ifndef XQ_SMS_PIPE_H
#define XQ_SMS_PIPE_H

#include "gateway/base/stream.h"
#include "gateway/base/tls.h"

struct pipe;
struct pipe_ops {
	void (*on_connected)(struct pipe *, void *owner); /* with TLS only: the handshake begins */
	void (*on_open)(struct pipe *, void *owner);
	size_t (*on_data)(struct pipe *, void *owner, const uint8_t *p, size_t n);
	void (*on_drain)(struct pipe *, void *owner);
	void (*on_close)(struct pipe *, void *owner, const char *reason);
};

/* tls: a client's context, or NULL; borrowed for the pipe's life. in, out: as in struct stream_limits. */
struct pipe *pipe_connect(uv_loop_t *loop, const char *host, int port, struct tls_context *tls, const struct pipe_ops *ops,
	size_t in, size_t out, void *owner);
/* Streams of this listener may be given to pipe_adopt(), or closed. */
struct stream_listener *pipe_listen(uv_loop_t *loop, const char *host, int port, unsigned most, size_t in, size_t out,
	void (*on_accept)(struct stream *, void *arg), void *arg, struct err *e);
struct pipe *pipe_adopt(struct stream *s, const struct pipe_ops *ops, void *owner);
int pipe_write(struct pipe *p, const void *bytes, size_t n) XQ_MUST_CHECK;
void pipe_pause(struct pipe *p, bool paused);
void pipe_close(struct pipe *p, bool flush);
const char *pipe_peer(const struct pipe *p);
void pipe_set_owner(struct pipe *p, void *owner); /* NULL: nobody hears of it any more */

#endif
