/* How much of requests' bodies is held. Small ones are, whoever sends them; there are no more of these than connections. The others
 * have room together, and one route as much of it as it leaves to all others: a flood at one, even of those whom its handler would
 * turn away in the end, takes half, and no memory beyond that.
 *
 * Who came first keeps his room only as long as he brings more: bytes pay for time, PACE_BYTES of them for a second and for HTTP_BODY_S
 * ahead at most. Who is behind that is let be while there is room, and makes room when somebody has none. */
#include "gateway/base/http_internal.h"
#include "gateway/base/pace.h"

enum { AHEAD_MS = HTTP_BODY_S * 1000 };

/* What it takes is what was allocated: as much again as came, at most, and a NUL. */
static void count(struct http_req *r)
{
	size_t size = r->body.size > HTTP_BODY_SMALL + 1 ? r->body.size : 0, more = size - r->held;
	if (!more)
		return;
	if (!r->server) {
		r->server = r->conn->server;
		r->next_holder = r->route->holders;
		r->holder_link = &r->route->holders;
		if (r->next_holder)
			r->next_holder->holder_link = &r->next_holder;
		r->route->holders = r;
		if (r->paid_until < r->route->paid_until)
			r->route->paid_until = r->paid_until;
	}
	r->server->held += more;
	r->route->held += more;
	r->held = size;
}

static bool fits(const struct http_req *r)
{
	return !r->server || r->server->held + r->route->held <= r->server->limits.bodies;
}

void http_body_expect(struct http_req *r)
{
	http_expect(r->conn, HTTP_BODY_S + r->body.cap / PACE_BYTES);
	r->paid_until = uv_now(r->conn->server->loop) + AHEAD_MS;
}

static void pay(struct http_req *r, size_t n)
{
	r->paid_until = (uint64_t)pace_paid((int64_t)r->paid_until, (int64_t)uv_now(r->conn->server->loop), n, AHEAD_MS);
}

/* --- making room --- */

/* Is it the client whom we wait for? */
static bool is_coming(const struct http_req *r)
{
	return r->coming && !r->asking && !r->answer.ready;
}

/* Until when all at the route have paid. */
static uint64_t paid_by_all(const struct http_route *q, uint64_t now)
{
	uint64_t until = now + AHEAD_MS; /* as who comes next */
	for (const struct http_req *r = q->holders; r; r = r->next_holder)
		if (is_coming(r) && r->paid_until < until)
			until = r->paid_until;
	return until;
}

static void end_unpaid(struct http_route *q, uint64_t since, const struct http_req *to)
{
	for (struct http_req *r = q->holders, *next; r && !fits(to); r = next) {
		next = r->next_holder;
		if (!is_coming(r) || r->paid_until > since)
			continue;
		r->server->unpaid++;
		http_body_drop(r);
		http_req_refuse(r, 503, NULL);
	}
}

/* By those who are further behind than he is: the slowest, then who is half as far behind, and so on. */
static void make_room(struct http_route *q, const struct http_req *to)
{
	uint64_t now = uv_now(to->server->loop), before = to->paid_until < now ? to->paid_until : now;
	if (before <= q->paid_until) /* nobody is, as far as was seen when it was looked at last */
		return;
	q->paid_until = paid_by_all(q, now);
	for (uint64_t behind = before > q->paid_until ? before - q->paid_until : 0; behind && !fits(to); behind /= 2)
		end_unpaid(q, before - behind, to);
}

bool http_body_add(struct http_req *r, const void *p, size_t n)
{
	must(buf_add(&r->body, p, n));
	pay(r, n);
	count(r);
	if (!fits(r))
		make_room(r->route, r);
	for (struct http_route *q = r->conn->server->routes; q && !fits(r); q = q->next)
		make_room(q, r);
	if (fits(r))
		return true;
	r->server->unheld++;
	http_body_drop(r);
	return false;
}

void http_body_drop(struct http_req *r)
{
	buf_fini(&r->body);
	if (!r->server)
		return;
	r->server->held -= r->held;
	r->route->held -= r->held;
	r->held = 0;
	*r->holder_link = r->next_holder;
	if (r->next_holder)
		r->next_holder->holder_link = r->holder_link;
	r->server = NULL;
}

void http_body_forget(struct http_server *s)
{
	for (struct http_route *q = s->routes; q; q = q->next) {
		for (struct http_req *r = q->holders; r; r = r->next_holder)
			r->server = NULL;
		q->holders = NULL;
	}
}
