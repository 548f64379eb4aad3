/* How much of requests' bodies is held. Small ones are, whoever sends them; there are no more of these than connections. The others
 * have room together, and one route as much of it as it leaves to all others: a flood at one, even of those whom its handler would
 * turn away in the end, takes half, and no memory beyond that. */
#include "gateway/base/http_internal.h"

/* What it takes is what was allocated: as much again as came, at most. */
static void count(struct http_req *r)
{
	size_t size = r->body.size > HTTP_BODY_SMALL ? r->body.size : 0, more = size - r->held;
	if (!more)
		return;
	if (!r->server) {
		r->server = r->conn->server;
		r->next_holder = r->server->holders;
		r->holder_link = &r->server->holders;
		if (r->next_holder)
			r->next_holder->holder_link = &r->next_holder;
		r->server->holders = r;
	}
	r->server->held += more;
	r->route->held += more;
	r->held = size;
}

bool http_body_add(struct http_req *r, const void *p, size_t n)
{
	must(buf_add(&r->body, p, n));
	count(r);
	if (!r->server || r->server->held + r->route->held <= r->server->limits.bodies)
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
	for (struct http_req *r = s->holders; r; r = r->next_holder)
		r->server = NULL;
	s->holders = NULL;
}
