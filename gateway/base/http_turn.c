/* Whose request is handled next: routes take turns, and after a while everybody else on the loop has one. */
#include "gateway/base/http_internal.h"

#define TURN_NS UINT64_C(1000000)

void http_turn_wait(struct http_req *r)
{
	struct http_route *q = r->route;
	struct http_server *s = r->conn->server;
	must(!r->link);
	if (!q->last)
		q->last = &q->first;
	r->link = q->last;
	*q->last = r;
	q->last = &r->next;
	s->waiting++;
}

void http_turn_leave(struct http_req *r)
{
	struct http_route *q = r->route;
	struct http_server *s = r->conn->server;
	*r->link = r->next;
	if (r->next)
		r->next->link = r->link;
	else
		q->last = r->link;
	r->next = NULL;
	r->link = NULL;
	s->waiting--;
}

/* The next route in turn at which somebody waits. */
static struct http_route *next_route(struct http_server *s)
{
	do
		s->turn = s->turn && s->turn->next ? s->turn->next : s->routes;
	while (!s->turn->first);
	return s->turn;
}

void http_turn(struct http_server *s)
{
	uint64_t began = s->waiting ? uv_hrtime() : 0;
	while (s->waiting) {
		struct http_req *r = next_route(s)->first;
		http_turn_leave(r);
		r->given = true;
		r->route->handler(r, r->route->arg);
		if (uv_hrtime() - began >= TURN_NS)
			return;
	}
}
