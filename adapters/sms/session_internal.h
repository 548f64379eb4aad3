/* What session.c and session_view.c know of a session, and nobody else. */
#ifndef XQ_SMS_SESSION_INTERNAL_H
#define XQ_SMS_SESSION_INTERNAL_H

#include "adapters/sms/session.h"
#include "adapters/sms/session_state.h"
#include "gateway/base/buf.h"

enum { SESSION_HOST_MAX = 256, SESSION_PEER_MAX = 300 };

struct session {
	uv_loop_t *loop;
	char host[SESSION_HOST_MAX];
	int port;
	const struct session_config *config;
	const struct session_ops *ops;
	void *owner;
	unsigned state;
	struct pipe *pipe;
	struct window *window;
	struct buf out;
	bool paused, stopping, blocked; /* blocked: the stream refused output and will say when it drained */
	bool ending; /* the link is gone, and its requests are being given back */
	bool called; /* was resting, or about to, and is wanted again */
	unsigned attempt, generation;
	unsigned probes; /* written since the peer was heard */
	/* When things are due; NEVER: not at all. */
	int64_t connect_at, answer_by, probe_at, probe_by, rest_at, wake_at, grace_until, bound_at;
	int64_t heard_at; /* when the peer last said something */
	int64_t progress_at; /* when a request was last answered, or written with no other unanswered */
	int64_t armed; /* what the timer is set to */
	unsigned handles;
	uv_timer_t timer;
	uv_prepare_t flusher;
	char peer[SESSION_PEER_MAX];
};

#endif
