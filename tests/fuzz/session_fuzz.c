/* A carrier's link through anything that can happen to it, in any order: connections made, refused and cut, frames whole, cut and
 * senseless, answers late, twice and to nothing, output that is taken or not, pauses, time. Beside it a model that keeps count of
 * the requests: each is answered or given back, once, and not late. The peer is played below the session: pipe.h and libuv's
 * timers are this file's own, so time is a number and nothing waits.
 *
 * Input: the configuration in three bytes, then moves, a byte and its operand each. */
#include "tests/fuzz/fuzz.h"

#include "adapters/sms/pipe.h"
#include "adapters/sms/session.h"
#include "gateway/base/log.h"

enum { FUZZ_MAX = 600 };
enum { REQUESTS = 40, FRAME = 3, HELD = 64, DEPTH = 3, PATIENCE_MS = 400000, SLACK_MS = 1100 };

struct pipe {
	const struct pipe_ops *ops;
	void *owner;
	bool open, paused, closed, refuses;
	uint8_t held[HELD];
	size_t n;
};

struct request {
	bool used;
	uint16_t key;
	int64_t since;
};

static struct world {
	struct input in;
	int64_t now, resumed, due, leaving; /* leaving: when the peer unbound; 0: it did not */
	uv_timer_t *timer;
	uv_timer_cb on_timer;
	uv_prepare_t *prepare;
	uv_prepare_cb on_prepare;
	struct pipe *pipe; /* the session's last one */
	struct pipe *all[4096];
	size_t pipes;
	struct session *session;
	struct session_config config;
	struct request request[REQUESTS];
	unsigned outstanding, depth;
	uint16_t next_key;
	bool up, paused, stopped, ended, destroyed;
} *w;

/* --- libuv and the pipe, as far as a session sees them --- */

uint64_t uv_now(const uv_loop_t *loop)
{
	(void)loop;
	return (uint64_t)w->now;
}

int uv_timer_init(uv_loop_t *loop, uv_timer_t *t)
{
	(void)loop;
	w->timer = t;
	w->due = INT64_MAX;
	return 0;
}

int uv_timer_start(uv_timer_t *t, uv_timer_cb f, uint64_t ms, uint64_t repeat)
{
	must(t == w->timer && repeat == 0 && ms > 0);
	w->on_timer = f;
	w->due = w->now + (int64_t)ms;
	return 0;
}

int uv_prepare_init(uv_loop_t *loop, uv_prepare_t *p)
{
	(void)loop;
	w->prepare = p;
	return 0;
}

int uv_prepare_start(uv_prepare_t *p, uv_prepare_cb f)
{
	must(p == w->prepare);
	w->on_prepare = f;
	return 0;
}

int uv_prepare_stop(uv_prepare_t *p)
{
	(void)p;
	w->on_prepare = NULL;
	return 0;
}

void uv_close(uv_handle_t *h, uv_close_cb f)
{
	w->due = INT64_MAX;
	w->on_prepare = NULL;
	f(h);
}

static struct pipe *pipe_new(const struct pipe_ops *ops, void *owner, bool open)
{
	struct pipe *p = mem_new(struct pipe);
	*p = (struct pipe){ .ops = ops, .owner = owner, .open = open };
	must(w->pipes < sizeof w->all / sizeof *w->all);
	must(!w->pipe || w->pipe->closed); /* one link at a time */
	return w->all[w->pipes++] = w->pipe = p;
}

struct pipe *pipe_connect(uv_loop_t *loop, const char *host, int port, struct tls_context *tls, const struct pipe_ops *ops, size_t in,
	size_t out, void *owner)
{
	(void)loop, (void)host, (void)port, (void)tls, (void)in, (void)out;
	return pipe_new(ops, owner, false);
}

struct pipe *pipe_adopt(struct stream *s, const struct pipe_ops *ops, void *owner)
{
	(void)s;
	return pipe_new(ops, owner, true);
}

int pipe_write(struct pipe *p, const void *bytes, size_t n)
{
	must(!p->closed && p->open && bytes && n % FRAME == 0); /* whole frames only */
	return p->refuses ? E_AGAIN : 0;
}

void pipe_pause(struct pipe *p, bool paused)
{
	must(!p->closed);
	p->paused = paused;
}

void pipe_close(struct pipe *p, bool flush)
{
	(void)flush;
	must(!p->closed && !p->owner);
	p->closed = true;
}

const char *pipe_peer(const struct pipe *p)
{
	return p->open ? "peer" : "nobody";
}

void pipe_set_owner(struct pipe *p, void *owner)
{
	p->owner = owner;
}

struct stream_listener *pipe_listen(uv_loop_t *loop, const char *host, int port, unsigned most, size_t in, size_t out,
	void (*on_accept)(struct stream *, void *arg), void *arg, struct err *e)
{
	(void)loop, (void)host, (void)port, (void)most, (void)in, (void)out, (void)on_accept, (void)arg, (void)e;
	return NULL;
}

/* --- the dialect, and what its owner does in callbacks --- */

static void write_frame(struct session *s, char type, uint16_t key)
{
	session_write(s, (uint8_t[]){ (uint8_t)type, (uint8_t)(key >> 8), (uint8_t)key }, FRAME);
}

static void submit(struct session *s)
{
	if (!session_room(s))
		return;
	must(w->up && w->outstanding < w->config.window);
	for (struct request *r = w->request; r < w->request + REQUESTS; r++) {
		if (r->used)
			continue;
		*r = (struct request){ .used = true, .key = w->next_key++, .since = w->now };
		w->outstanding++;
		session_request(s, r->key, r, (uint8_t[]){ 'S', (uint8_t)(r->key >> 8), (uint8_t)r->key }, FRAME);
		return;
	}
	must(!"a window is smaller than that");
}

static void stop(struct session *s)
{
	w->stopped = true;
	if (w->paused) /* which it ends */
		w->resumed = w->now;
	w->paused = false;
	session_stop(s);
}

static void pause_it(struct session *s, bool paused)
{
	if (w->paused && !paused)
		w->resumed = w->now;
	w->paused = paused;
	session_pause(s, paused);
}

static void in_callback(struct session *s)
{
	must(!w->destroyed);
	if (w->depth >= DEPTH || w->ended)
		return;
	w->depth++;
	switch (input_byte(&w->in) % 24) {
	case 1:
		submit(s);
		break;
	case 2:
		session_lose(s, "its owner wants it");
		break;
	case 3:
		session_wake(s, input_byte(&w->in));
		break;
	case 4:
		session_call(s);
		break;
	case 5:
		pause_it(s, !w->paused && !w->stopped);
		break;
	case 6:
		stop(s);
		break;
	default:
		break;
	}
	w->depth--;
}

static int frame(const uint8_t *p, size_t n, size_t *len, const char **why)
{
	if (!n)
		return 0;
	if (!strchr("BRAPQUL", *p) || !*p) {
		*why = "senseless";
		return -1;
	}
	*len = FRAME;
	return n >= FRAME;
}

static void on_frame(struct session *s, void *owner, const uint8_t *p, size_t n)
{
	must(owner == w && n == FRAME);
	uint16_t key = (uint16_t)(p[1] << 8 | p[2]);
	switch (*p) {
	case 'B':
		if (session_is_binding(s))
			session_bound(s);
		break;
	case 'R':
		if (session_is_binding(s))
			session_lose(s, "bind refused");
		break;
	case 'A': {
		struct request *mine = NULL, *r = session_answered(s, key);
		for (struct request *x = w->request; x < w->request + REQUESTS; x++)
			if (x->used && x->key == key)
				mine = x;
		must(r == mine);
		if (r) {
			r->used = false;
			w->outstanding--;
		}
		break;
	}
	case 'Q':
		write_frame(s, 'q', key);
		break;
	case 'U':
		session_unbound(s);
		break;
	case 'L':
		if (session_is_bound(s))
			w->leaving = w->now;
		session_leave(s);
		break;
	default:
		break;
	}
	in_callback(s);
}

static void on_garbage(struct session *s, void *owner, const char *why, const uint8_t *p, size_t n)
{
	(void)s;
	must(owner == w && why && p && n);
}

static void do_bind(struct session *s, void *owner)
{
	(void)owner;
	must(!w->up && session_is_binding(s));
	write_frame(s, 'b', 0);
}

static void probe(struct session *s, void *owner)
{
	(void)owner;
	must(w->up);
	write_frame(s, 'p', 0);
}

static void unbind(struct session *s, void *owner)
{
	(void)owner;
	must(w->up);
	write_frame(s, 'u', 0);
}

static void leave(struct session *s, void *owner)
{
	must(owner == w && !session_room(s));
	write_frame(s, 'l', 0);
}

static void on_up(struct session *s, void *owner)
{
	(void)owner;
	must(!w->up && !w->ended && session_is_bound(s));
	w->up = true;
	in_callback(s);
}

static void on_down(struct session *s, void *owner, const char *why)
{
	(void)owner;
	must(why && !session_is_bound(s) && w->outstanding == 0);
	w->up = false;
	w->leaving = 0;
	in_callback(s);
}

static void on_unanswered(struct session *s, void *owner, void *request, enum session_end end)
{
	struct request *r = request;
	must(owner == w && r->used && !w->ended);
	/* Not before its time, which every writing of it begins anew. */
	must(end == SESSION_LOST || w->now - r->since >= (int64_t)w->config.response_ms * (w->config.sends ? w->config.sends : 1));
	must(end == SESSION_LOST || !w->paused);
	r->used = false;
	w->outstanding--;
	in_callback(s);
}

static void on_room(struct session *s, void *owner)
{
	must(owner == w && !w->ended);
	in_callback(s);
}

static void on_ended(struct session *s, void *owner)
{
	(void)s;
	must(owner == w && w->stopped && !w->ended && w->outstanding == 0);
	w->ended = true;
}

static const struct session_ops ops = { .frame = frame, .on_frame = on_frame, .on_garbage = on_garbage, .bind = do_bind, .probe = probe,
	.unbind = unbind, .leave = leave, .on_up = on_up, .on_down = on_down, .on_unanswered = on_unanswered, .on_room = on_room, .on_ended = on_ended };

/* --- moves --- */

static struct pipe *link_now(void)
{
	return w->pipe && !w->pipe->closed && w->pipe->owner ? w->pipe : NULL;
}

static void turn(void)
{
	if (w->on_prepare)
		w->on_prepare(w->prepare);
}

static void pass(int64_t ms)
{
	int64_t to = w->now + ms;
	for (unsigned fired = 0; w->due <= to; fired++) {
		must(fired < 100000); /* a timer that never rests */
		w->now = w->due > w->now ? w->due : w->now;
		w->due = INT64_MAX;
		w->on_timer(w->timer);
		turn();
	}
	w->now = to;
}

static void arrive(const uint8_t *p, size_t n)
{
	struct pipe *at = link_now();
	if (!at || !at->open || at->paused || at->n + n > HELD)
		return;
	memcpy(at->held + at->n, p, n);
	at->n += n;
	uint8_t *exact = mem_dup(at->held, at->n);
	size_t total = at->n, used = at->ops->on_data(at, at->owner, exact, total);
	free(exact);
	must(used <= total);
	at->n = total - used;
	memmove(at->held, at->held + used, at->n);
}

static void hear(char type, uint16_t key)
{
	arrive((uint8_t[]){ (uint8_t)type, (uint8_t)(key >> 8), (uint8_t)key }, FRAME);
}

static void open_link(void)
{
	struct pipe *at = link_now();
	if (w->config.passive && !at && !w->ended) {
		(void)session_accept(w->session, (struct stream *)(void *)w);
	} else if (at && !at->open) {
		at->open = true;
		at->ops->on_open(at, at->owner);
	}
}

static void cut_link(void)
{
	struct pipe *at = link_now();
	if (!at)
		return;
	at->closed = true;
	at->ops->on_close(at, at->owner, w->now % 2 ? NULL : "cut");
}

static void drain(bool refuses)
{
	struct pipe *at = link_now();
	if (!at || !at->open)
		return;
	bool was = at->refuses;
	at->refuses = refuses;
	if (was && !refuses)
		at->ops->on_drain(at, at->owner);
}

static void move(void)
{
	unsigned b = input_byte(&w->in), x = input_byte(&w->in);
	struct session *s = w->session;
	switch (b % 16) {
	case 0:
		open_link();
		break;
	case 1:
		cut_link();
		break;
	case 2: {
		size_t n = x % 8 < w->in.n ? x % 8 : w->in.n;
		uint8_t *p = input_bytes(&w->in, n);
		arrive(p, n);
		free(p);
		break;
	}
	case 3:
		hear('A', (uint16_t)(w->next_key - 1 - x % 12));
		break;
	case 4:
		hear('B', 0);
		break;
	case 5:
		hear("RUPQL"[x % 5], (uint16_t)x);
		break;
	case 6:
		pass(1 + x);
		break;
	case 7:
		pass(1 + x * 100);
		break;
	case 8:
	case 9:
		submit(s);
		break;
	case 10:
		pause_it(s, x % 2 && !w->stopped);
		break;
	case 11:
		session_wake(s, x * 10);
		break;
	case 12:
		session_call(s);
		break;
	case 13:
		drain(x % 2);
		break;
	case 14:
		turn();
		break;
	default:
		if (x > 250)
			stop(s);
	}
}

/* What must hold between any two moves. */
static void check(void)
{
	must(session_unanswered(w->session) == w->outstanding && w->outstanding <= w->config.window);
	must(session_is_bound(w->session) <= w->up);
	must(!w->outstanding || w->up);
	must(!w->leaving || (w->now - w->leaving <= 2000 + SLACK_MS && !session_room(w->session)));
	int64_t longest = (int64_t)w->config.response_ms * ((w->config.sends ? w->config.sends : 1) + 1) + SLACK_MS;
	for (struct request *r = w->request; r < w->request + REQUESTS && !w->paused; r++)
		must(!r->used || w->now - (r->since > w->resumed ? r->since : w->resumed) <= longest);
}

/* A peer that does all it should: the link is up within the longest pause, and down when it is told to stop. */
static void peace(void)
{
	struct session *s = w->session;
	w->in.n = 0;
	if (!w->stopped)
		pause_it(s, false);
	for (int64_t end = w->now + PATIENCE_MS; !w->stopped && !session_is_bound(s) && w->now < end; pass(10)) {
		drain(false);
		session_call(s);
		open_link();
		if (session_is_binding(s)) /* behind whatever was left half said */
			w->pipe->n ? cut_link() : hear('B', 0);
	}
	must(w->stopped || session_is_bound(s));
	stop(s);
	for (int64_t end = w->now + PATIENCE_MS; !w->ended && w->now < end; pass(10))
		if (w->now % 3 == 0 && link_now())
			w->pipe->n ? cut_link() : hear('U', 0);
	must(w->ended);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct world world;
	world = (struct world){ .in = { p, n }, .now = 1000000, .due = INT64_MAX };
	w = &world;
	log_init(false, LOG_ERROR);
	unsigned a = input_byte(&w->in), b = input_byte(&w->in), c = input_byte(&w->in);
	w->config = (struct session_config){ .name = "fuzz", .window = 1 + a % 8, .response_ms = 100 + (a >> 3) * 100, .probe_ms = b % 4 * 500,
		.reconnect_min_ms = 100, .reconnect_max_ms = 100 + (b >> 2) * 100, .frame_max = FRAME, .sends = c % 4,
		.rest_ms = (c >> 2) % 4 * 700, .passive = c >> 7 };
	w->session = session_create(NULL, "carrier.example", 1, &w->config, &ops, w);
	session_start(w->session);
	while (w->in.n && !w->ended) {
		move();
		if (!w->ended)
			check();
	}
	if (!w->ended && a % 2)
		peace();
	w->destroyed = true;
	session_destroy(&w->session);
	for (size_t i = 0; i < w->pipes; i++)
		free(w->all[i]);
	return 0;
}
