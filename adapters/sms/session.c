#include "adapters/sms/session_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/kept.h"
#include "adapters/sms/pace.h"
#include "adapters/sms/pipe.h"
#include "adapters/sms/window.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { OUT_MAX = 1 << 20, UNBIND_MS = 2000, LEAVE_MS = 2000, STABLE_MS = 10000, RESUME_GRACE_MS = 1000 };

static const int64_t NEVER = INT64_MAX;

static void move(struct session *s, enum session_state to)
{
	sm_move(&session_machine, &s->state, to, s->config->name);
}

/* --- time --- */

static void on_timer(uv_timer_t *t);

static int64_t earliest(const struct session *s)
{
	int64_t oldest = s->paused ? NEVER : window_deadline(s->window);
	int64_t due[] = { s->connect_at, s->answer_by, s->probe_at, s->probe_by, s->rest_at, s->wake_at };
	int64_t at = oldest > s->grace_until ? oldest : s->grace_until;
	for (size_t i = 0; i < sizeof due / sizeof due[0]; i++)
		at = due[i] < at ? due[i] : at;
	return at;
}

/* The timer is only ever moved forward here: one that fires too early looks again and is set anew. Never 0: libuv would
 * run such a timer again and again within one turn of the loop. */
static void arm(struct session *s)
{
	int64_t at = earliest(s), now = session_now(s);
	if (at >= s->armed)
		return;
	s->armed = at;
	must(uv_timer_start(&s->timer, on_timer, at > now ? (uint64_t)(at - now) : 1, 0) == 0);
}

static void heard(struct session *s)
{
	s->probe_by = NEVER;
	s->probes = 0;
	bool bound = s->state == SESSION_BOUND && !s->paused;
	s->probe_at = bound && s->ops->probe && s->config->probe_ms ? session_now(s) + s->config->probe_ms : NEVER;
	s->rest_at = bound && s->config->rest_ms ? session_now(s) + s->config->rest_ms : NEVER;
}

void session_wake(struct session *s, unsigned ms)
{
	int64_t at = session_now(s) + ms;
	if (s->state == SESSION_ENDED)
		return;
	if (at < s->wake_at)
		s->wake_at = at;
	arm(s);
}

/* --- output --- */

static void flush(struct session *s)
{
	if (!s->out.len || !s->pipe || s->blocked)
		return;
	int rc = pipe_write(s->pipe, s->out.data, s->out.len);
	if (rc == 0)
		buf_clear(&s->out);
	s->blocked = rc == E_AGAIN;
}

static void leave_when_quiet(struct session *s);

static void on_prepare(uv_prepare_t *h)
{
	uv_prepare_stop(h);
	flush(h->data);
	leave_when_quiet(h->data);
}

void session_write(struct session *s, const void *p, size_t n)
{
	if (!s->pipe)
		return;
	if (!buf_add(&s->out, p, n)) {
		session_lose(s, "the peer does not read what is written");
		return;
	}
	must(uv_prepare_start(&s->flusher, on_prepare) == 0);
}

static void on_drain(struct pipe *pipe, void *owner)
{
	(void)pipe;
	struct session *s = owner;
	s->blocked = false;
	flush(s);
	s->ops->on_room(s, s->owner);
}

bool session_room(const struct session *s)
{
	return s->state == SESSION_BOUND && !window_full(s->window) && !s->blocked && s->out.len < OUT_MAX / 2;
}

static bool repeats(const struct session *s)
{
	return s->config->sends > 1;
}

/* The request behind what the window held; NULL stays NULL. */
static void *unkeep(const struct session *s, void *held)
{
	return held && repeats(s) ? kept_release(held) : held;
}

void session_request(struct session *s, uint64_t key, void *request, const void *p, size_t n)
{
	must(session_room(s) && request);
	int64_t now = session_now(s);
	if (!window_used(s->window))
		s->progress_at = now;
	if (s->config->rest_ms)
		s->rest_at = now + s->config->rest_ms;
	window_open(s->window, key, repeats(s) ? kept_create(key, request, p, n) : request, now + s->config->response_ms);
	session_write(s, p, n);
	arm(s);
}

void *session_answered(struct session *s, uint64_t key)
{
	void *request = unkeep(s, window_close(s->window, key));
	if (request)
		s->progress_at = session_now(s);
	return request;
}

/* --- the end of a link --- */

static void forget_times(struct session *s)
{
	s->connect_at = s->answer_by = s->probe_at = s->probe_by = s->rest_at = NEVER;
}

/* Lets go of the stream; it closes by itself. */
static void drop_stream(struct session *s)
{
	if (!s->pipe)
		return;
	flush(s);
	struct pipe *pipe = s->pipe;
	s->pipe = NULL;
	s->blocked = false;
	buf_clear(&s->out);
	pipe_set_owner(pipe, NULL);
	pipe_close(pipe, true);
}

static void come_back_later(struct session *s)
{
	int64_t now = session_now(s);
	uint32_t random;
	crypto_random(&random, sizeof random);
	if (s->bound_at != NEVER && now - s->bound_at >= STABLE_MS)
		s->attempt = 0;
	unsigned wait = backoff_ms(s->attempt++, s->config->reconnect_min_ms, s->config->reconnect_max_ms, random);
	s->connect_at = now + wait;
	move(s, SESSION_WAITING);
	arm(s);
}

static void ended(struct session *s)
{
	move(s, SESSION_ENDED);
	s->wake_at = NEVER;
	s->ops->on_ended(s, s->owner);
}

static void stop_now(struct session *s);

static void rest(struct session *s)
{
	move(s, SESSION_RESTING);
	s->attempt = 0;
	if (s->called)
		s->connect_at = session_now(s);
	arm(s);
}

static bool carries(const struct session *s)
{
	return s->state == SESSION_BOUND || s->state == SESSION_LEAVING;
}

/* Where a session stands once its link is gone. */
static void after_link(struct session *s, bool idle)
{
	if (s->config->passive)
		move(s, SESSION_IDLE);
	else if (s->config->rest_ms && (s->state == SESSION_UNBINDING || (carries(s) && idle)))
		rest(s);
	else {
		s->called = false;
		come_back_later(s);
	}
}

static void link_ended(struct session *s, const char *why)
{
	bool was_bound = carries(s), idle = !window_used(s->window);
	s->generation++;
	forget_times(s);
	s->ending = true;
	if (!s->stopping)
		after_link(s, idle);
	s->bound_at = NEVER;
	bool lost = s->state == SESSION_WAITING;
	log_event(lost && was_bound ? LOG_WARN : LOG_INFO, s->config->name, lost ? "link lost" : "link closed", "peer=%s why=%s", s->peer, why);
	for (void *request; (request = unkeep(s, window_expire(s->window, NEVER)));)
		s->ops->on_unanswered(s, s->owner, request, SESSION_LOST);
	s->ops->on_down(s, s->owner, why);
	s->ending = false;
	if (s->stopping) /* perhaps only since somebody was told */
		stop_now(s);
}

void session_lose(struct session *s, const char *why)
{
	if (!s->pipe)
		return;
	char words[ERR_WORDS_MAX]; /* why may live in what is dropped */
	snprintf(words, sizeof words, "%s", why);
	drop_stream(s);
	link_ended(s, words);
}

static void on_close(struct pipe *pipe, void *owner, const char *reason)
{
	(void)pipe;
	struct session *s = owner;
	s->pipe = NULL;
	s->blocked = false;
	buf_clear(&s->out);
	link_ended(s, reason ? reason : "closed");
}

/* --- input --- */

/* Handles one frame at the front. Bytes used; 0: more are needed, or the stream is not ours any more. */
static size_t one_frame(struct session *s, const uint8_t *p, size_t n)
{
	size_t len = 0;
	const char *why = "malformed";
	int rc = s->ops->frame(p, n, &len, &why);
	if (rc == 0)
		return 0;
	if (rc < 0) {
		s->ops->on_garbage(s, s->owner, why, p, n);
		session_lose(s, why);
		return 0;
	}
	must(len > 0 && len <= n);
	heard(s); /* part of a frame is not: a peer that drips one says nothing */
	s->ops->on_frame(s, s->owner, p, len);
	return len;
}

static size_t on_data(struct pipe *pipe, void *owner, const uint8_t *p, size_t n)
{
	struct session *s = owner;
	size_t used = 0;
	s->heard_at = session_now(s);
	while (used < n && s->pipe == pipe) {
		size_t took = one_frame(s, p + used, n - used);
		if (!took)
			break;
		used += took;
	}
	if (s->pipe == pipe) {
		arm(s);
		leave_when_quiet(s);
	}
	return used;
}

void session_pause(struct session *s, bool paused)
{
	if (s->paused == paused)
		return;
	s->paused = paused;
	if (s->pipe)
		pipe_pause(s->pipe, paused);
	/* Answers may lie unread: nothing times out until there was time to read them. */
	s->grace_until = paused ? s->grace_until : session_now(s) + RESUME_GRACE_MS;
	heard(s);
	arm(s);
}

/* --- the beginning of a link --- */

/* The server is there and has to speak TLS now. */
static void on_connected(struct pipe *pipe, void *owner)
{
	(void)pipe;
	struct session *s = owner;
	s->answer_by = session_now(s) + s->config->response_ms;
	arm(s);
}

static void on_open(struct pipe *pipe, void *owner)
{
	struct session *s = owner;
	snprintf(s->peer, sizeof s->peer, "%s", pipe_peer(pipe));
	move(s, SESSION_BINDING);
	s->answer_by = session_now(s) + s->config->response_ms;
	pipe_pause(pipe, s->paused);
	s->ops->bind(s, s->owner);
	arm(s);
}

static const struct pipe_ops pipe_ops = { on_connected, on_open, on_data, on_drain, on_close };

static void connect_now(struct session *s)
{
	move(s, SESSION_CONNECTING);
	s->pipe = pipe_connect(s->loop, s->host, s->port, s->config->tls, &pipe_ops, s->config->frame_max, OUT_MAX, s);
}

void session_call(struct session *s)
{
	if (s->called || s->stopping || (s->state != SESSION_RESTING && s->state != SESSION_UNBINDING))
		return;
	s->called = true;
	if (s->state == SESSION_RESTING) {
		s->connect_at = session_now(s);
		arm(s);
	}
}

struct stream_listener *session_listen(uv_loop_t *loop, const char *host, int port, unsigned most, size_t frame_max,
	void (*on_accept)(struct stream *, void *arg), void *arg, struct err *e)
{
	return pipe_listen(loop, host, port, most, frame_max, OUT_MAX, on_accept, arg, e);
}

bool session_accept(struct session *s, struct stream *stream)
{
	if (s->state != SESSION_IDLE || s->stopping)
		return false;
	s->pipe = pipe_adopt(stream, &pipe_ops, s);
	snprintf(s->peer, sizeof s->peer, "%s", pipe_peer(s->pipe));
	move(s, SESSION_BINDING);
	s->answer_by = session_now(s) + s->config->response_ms;
	pipe_pause(s->pipe, s->paused);
	arm(s);
	return true;
}

void session_bound(struct session *s)
{
	must(s->state == SESSION_BINDING);
	move(s, SESSION_BOUND);
	s->answer_by = NEVER;
	s->called = false;
	s->bound_at = session_now(s);
	heard(s);
	arm(s);
	log_info(s->config->name, "link bound", "peer=%s", s->peer);
	s->ops->on_up(s, s->owner);
}

/* --- the peer's unbind --- */

static void leave_now(struct session *s)
{
	s->ops->leave(s, s->owner);
	session_lose(s, "unbound by the peer");
}

/* An answer is still to come, theirs or ours. */
static bool is_open(struct session *s)
{
	return window_used(s->window) || (s->ops->owes && s->ops->owes(s, s->owner));
}

static void leave_when_quiet(struct session *s)
{
	if (s->state == SESSION_LEAVING && !is_open(s))
		leave_now(s);
}

void session_leave(struct session *s)
{
	bool waits = s->state == SESSION_BOUND && is_open(s);
	if (s->state == SESSION_BOUND)
		move(s, SESSION_LEAVING);
	if (!waits) {
		leave_now(s);
		return;
	}
	s->answer_by = session_now(s) + LEAVE_MS;
	s->probe_at = s->probe_by = s->rest_at = NEVER;
	arm(s);
}

void session_unbound(struct session *s)
{
	if (s->state == SESSION_UNBINDING)
		session_lose(s, "unbound");
}

/* --- what is due --- */

/* false: it was written as often as allowed. */
static bool send_again(struct session *s, struct kept *k, int64_t now)
{
	if (k->sent >= s->config->sends)
		return false;
	k->sent++;
	log_info(s->config->name, "request sent again", "peer=%s times=%u", s->peer, k->sent);
	window_open(s->window, k->key, k, now + s->config->response_ms);
	session_write(s, k->bytes, k->n); /* may lose the link, and with it the window */
	return true;
}

static void expire(struct session *s, int64_t now)
{
	unsigned generation = s->generation;
	/* Whoever is told may pause or end the link. */
	for (void *held; generation == s->generation && !s->paused && now >= s->grace_until && (held = window_expire(s->window, now));)
		if (!repeats(s) || !send_again(s, held, now))
			s->ops->on_unanswered(s, s->owner, unkeep(s, held), SESSION_TIMED_OUT);
}

static void probe(struct session *s, int64_t now)
{
	s->probe_at = NEVER;
	s->probes++;
	s->probe_by = now + s->config->response_ms;
	s->ops->probe(s, s->owner);
}

static void unbind(struct session *s, int64_t now)
{
	move(s, SESSION_UNBINDING);
	s->answer_by = now + UNBIND_MS;
	s->probe_at = s->probe_by = s->rest_at = NEVER;
	s->ops->unbind(s, s->owner);
}

/* Nothing was said for a while: with an answer still to come, theirs or ours, the link stays. */
static void unbind_or_wait(struct session *s, int64_t now)
{
	if (is_open(s))
		s->rest_at = now + s->config->rest_ms;
	else
		unbind(s, now);
}

static void look(struct session *s, int64_t now)
{
	if (now >= s->connect_at) {
		s->connect_at = NEVER;
		connect_now(s);
	}
	if (now >= s->answer_by && s->state == SESSION_LEAVING)
		leave_now(s);
	else if (now >= s->answer_by)
		session_lose(s, s->state == SESSION_CONNECTING ? "the TLS handshake was not answered in time"
			: s->state == SESSION_BINDING ? "the bind was not answered in time" : "the unbind was not answered in time");
	if (now >= s->probe_by && s->probes < s->config->sends)
		probe(s, now);
	else if (now >= s->probe_by)
		session_lose(s, "the keep-alive was not answered in time");
	if (now >= s->probe_at)
		probe(s, now);
	if (now >= s->rest_at)
		unbind_or_wait(s, now);
	expire(s, now);
	if (now >= s->wake_at) {
		s->wake_at = NEVER;
		s->ops->on_room(s, s->owner);
	}
}

static void on_timer(uv_timer_t *t)
{
	struct session *s = t->data;
	s->armed = NEVER;
	look(s, session_now(s));
	arm(s);
}

/* --- life --- */

struct session *session_create(uv_loop_t *loop, const char *host, int port, const struct session_config *config,
	const struct session_ops *ops, void *owner)
{
	struct session *s = mem_new(struct session);
	*s = (struct session){ .loop = loop, .port = port, .config = config, .ops = ops, .owner = owner,
		.window = window_create(config->window),
		.wake_at = NEVER, .bound_at = NEVER, .armed = NEVER, .handles = 2 };
	forget_times(s);
	buf_init(&s->out, OUT_MAX);
	must(snprintf(s->host, sizeof s->host, "%s", host) < SESSION_HOST_MAX);
	snprintf(s->peer, sizeof s->peer, "%s:%d", host, port);
	must(uv_timer_init(loop, &s->timer) == 0 && uv_prepare_init(loop, &s->flusher) == 0);
	s->timer.data = s->flusher.data = s;
	return s;
}

void session_start(struct session *s)
{
	if (!s->config->passive)
		connect_now(s);
}

static void stop_now(struct session *s)
{
	if (s->state == SESSION_BOUND) {
		unbind(s, session_now(s));
		arm(s);
	} else if (s->state == SESSION_LEAVING && s->pipe) {
		leave_now(s);
	} else if (s->pipe) {
		session_lose(s, "stopped");
	} else {
		forget_times(s);
		ended(s);
	}
}

void session_stop(struct session *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	session_pause(s, false);
	if (!s->ending)
		stop_now(s);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct session *s = h->data;
	if (--s->handles)
		return;
	buf_fini(&s->out);
	window_destroy(&s->window);
	free(s);
}

void session_destroy(struct session **at)
{
	struct session *s = *at;
	if (!s)
		return;
	*at = NULL;
	drop_stream(s);
	while (unkeep(s, window_expire(s->window, NEVER)))
		;
	uv_close((uv_handle_t *)&s->timer, on_handle_closed);
	uv_close((uv_handle_t *)&s->flusher, on_handle_closed);
}
