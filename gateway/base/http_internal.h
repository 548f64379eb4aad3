/* What the files of the HTTP server share: http.c (server, routes, connections), http_shelf.c (where connections stand, and when they
 * are read), http_request.c (what was asked), http_body.c (how much of bodies is held), http_turn.c (whose request is handled next), http_answer.c (what is said), http_ws.c
 * (WebSockets). Nobody else includes this.
 *
 * A connection (struct http_conn) lives as long as libwebsockets' struct lws. It carries one request at a time, or one
 * WebSocket. A request lives until it is answered; its connection may be gone before that. */
#ifndef XQ_BASE_HTTP_INTERNAL_H
#define XQ_BASE_HTTP_INTERNAL_H

#include <libwebsockets.h>
#include <netinet/in.h>

#include "gateway/base/buf.h"
#include "gateway/base/http.h"
#include "gateway/base/mem.h"

enum {
	HTTP_CHUNK = 64 << 10,       /* written at a time */
	HTTP_HEAD_MAX = 16 << 10,    /* of a request: libwebsockets' header table */
	HTTP_ANSWER_HEAD_MAX = 60 << 10, /* fits a chunk; a header quoting all of a request, encoded, fits it */
	HTTP_DISCARD_MAX = 8 << 20,  /* a refused body up to this is read first, so that the client sees the refusal */
	HTTP_PEER_TIMEOUT_S = 20,    /* for a request's next bytes */
	HTTP_HEAD_S = 20,            /* for a whole head, TLS included: a byte now and then is not enough */
	HTTP_BODY_S = 20,            /* for a body; and a second more for each PACE_BYTES. Who has not brought as many for longer makes room */
	HTTP_BODY_SMALL = 16 << 10,  /* a body up to this is held for anybody, at any time */
	HTTP_BODIES = 256 << 20,     /* all others together */
	HTTP_ADDRESSES = 4096,       /* counted apart; those that fall together share a number */
	HTTP_ANSWER_TIMEOUT_S = 120, /* for a client to take one chunk */
	HTTP_KEEPALIVE_S = 30        /* between requests */
};

struct http_route {
	struct http_route *next;
	char *method, *pattern;
	size_t len; /* of pattern, without the star */
	bool prefix;
	size_t body_cap;
	size_t held; /* of the server's, by bodies sent here */
	struct http_req *holders; /* whose bodies these are */
	uint64_t paid_until; /* uv_now before which nobody of them who sends is behind his pace */
	http_handler_f *admit; /* NULL: everybody is */
	http_handler_f *handler;
	void *arg;
	struct http_req *first, **last; /* wait for their turn */
};

struct ws_endpoint {
	struct ws_endpoint *next;
	char *path, *subprotocol; /* subprotocol may be NULL */
	const struct ws_ops *ops;
	struct ws_limits limits;
	void *arg;
	struct ws *oldest, *newest; /* open sockets by when they were last heard of */
};

struct http_server {
	uv_loop_t *loop;
	struct http_limits limits;
	struct http_route *routes;
	struct ws_endpoint *endpoints;
	struct http_shelf *shelf; /* one of the ring; NULL until http_listen */
	struct http_shelf *turns[2]; /* whose turn it was last: of those who came alone, of a crowd */
	struct http_shelf *door;     /* where who came last of a crowd stands */
	unsigned shelves;
	unsigned came[2];        /* connections, in this second: [1] to ask something */
	uint64_t turn_ends;      /* uv_hrtime, of the shelves in this turn of the loop */
	struct tls_files *tls;   /* NULL: plain */
	struct ssl_ctx_st *as_client; /* for libwebsockets, which would be one; we never are; NULL: plain */
	struct lws_protocols *protocols; /* the same for each shelf */
	struct http_conn *adopting; /* not yet bound to its struct lws */
	struct http_conn *conns;
	unsigned open;
	unsigned from[HTTP_ADDRESSES]; /* open connections by address */
	size_t held;             /* bytes of bodies, the small ones aside */
	unsigned unheld, unpaid; /* bodies refused in this second: there was no room for them; they made room, being behind their pace */
	bool accepting;
	int fd, port;
	uv_poll_t acceptable;
	struct http_route *turn; /* whose turn it was last; NULL: nobody's yet */
	unsigned waiting;        /* requests, at all routes */
	uv_check_t check;        /* input is read, then it is the requests' turn */
	uv_prepare_t prepare;    /* answers go out */
	uv_idle_t awake;         /* runs while some wait */
	uv_timer_t tick; /* every second: idle WebSockets, and accepting again after descriptors ran out */
	uint8_t chunk[HTTP_CHUNK];
};

/* A context of libwebsockets on a loop of its own. */
struct http_shelf {
	struct http_shelf *next; /* in the server's ring */
	struct http_server *server;
	struct lws_context *lws;
	struct lws_vhost *vhost;
	struct ssl_ctx_st *ssl;  /* libwebsockets' own; NULL: plain */
	unsigned open;
	bool ready;              /* its loop has input */
	bool crowd;              /* those on it came with many others */
	uv_loop_t loop;
	uv_poll_t poll;          /* on the server's loop: that of this one */
};

struct http_conn {
	struct http_server *server;
	struct http_shelf *shelf;
	struct lws *wsi;
	struct http_req *req;
	struct ws *ws;
	struct http_conn *next, **link;
	uint64_t due; /* uv_now by which the client must have said what is waited for; 0: we are at it */
	unsigned from; /* its place in server->from */
	struct http_watch *watch; /* waits for the socket to be writable */
	char peer[INET6_ADDRSTRLEN];
};

struct http_answer {
	bool ready;
	struct buf head;
	uint8_t *body;   /* owned; or: */
	int fd;          /* owned; -1: none */
	uint64_t len;    /* of body or file, 0 when none is sent (HEAD) */
	uint64_t sent;   /* of head and body together */
};

struct http_query { struct http_query *next; const char *name, *value; };

struct http_req {
	struct http_conn *conn; /* NULL once the client is gone */
	struct arena *arena;    /* all strings below */
	const char *method, *path, *rest, *query_raw, *peer;
	struct http_query *query;
	struct http_route *route;
	struct http_req *next, **link; /* among those that wait at the route; link NULL: it does not */
	struct buf body;
	struct http_server *server; /* of which so much is held; NULL: none is */
	size_t held;
	struct http_req *next_holder, **holder_link; /* at the route */
	uint64_t paid_until;    /* uv_now up to which what came of its body is enough */
	bool head, close;       /* close the connection after the answer */
	bool coming;            /* its body, or the end of it */
	bool discard;           /* an answer waits until what is coming was read away */
	bool asking;            /* whether its body is admitted */
	bool given;             /* to its handler, which will answer */
	struct http_answer answer;
};

/* http.c */
/* The route for a request; sets *refusal to 404 or 405 (then *allow, made in a) when there is none. */
struct http_route *http_route_find(const struct http_server *s, const char *method, const char *path,
	struct arena *a, int *refusal, const char **allow);

int http_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n); /* what libwebsockets calls */

/* The client has seconds from now. */
void http_expect(struct http_conn *c, uint64_t seconds);

/* http_request.c */
/* From the headers that libwebsockets holds. uri: decoded, n bytes. *status: 0, or what to refuse with. */
struct http_req *http_req_create(struct http_conn *c, const char *uri, size_t n, int *status);
void http_req_destroy(struct http_req *r);
/* The steps of a request, called by libwebsockets. Not 0: close the connection. */
int http_req_begin(struct http_conn *c, const char *uri, size_t n);
int http_req_body(struct http_conn *c, const void *p, size_t n);
int http_req_whole(struct http_conn *c);
void http_req_read(struct http_req *r); /* lets the body come */
/* Refuses with what the server itself knows. allow: methods, for 405. */
void http_req_refuse(struct http_req *r, int status, const char *allow);

/* http_body.c */
void http_body_expect(struct http_req *r); /* its time begins */
/* When there is no room, those who are behind their pace are refused: at its route, or at the one that holds most.
 * false: there is none even so, and what was held is given back. */
bool http_body_add(struct http_req *r, const void *p, size_t n);
void http_body_drop(struct http_req *r);
void http_body_forget(struct http_server *s); /* the server ends before those who hold some */

/* http_turn.c */
void http_turn_wait(struct http_req *r); /* for its route's handler */
void http_turn_leave(struct http_req *r);
void http_turn(struct http_server *s);

/* http_shelf.c */
int http_shelf_add(struct http_server *s, struct err *e);
bool http_shelf_has_room(struct http_server *s); /* for one more; if not, the log says why */
/* For that one, who came to ask something or for another reason. */
struct http_shelf *http_shelf_with_room(struct http_server *s, bool asks);
/* Lets those that have something to do have their turns, for about a millisecond: once all input of a turn of the loop was read, and
 * again before it waits, for as long as that left. */
void http_shelf_turn(struct http_server *s);
void http_shelf_turn_again(struct http_server *s);
bool http_shelf_waits(const struct http_server *s); /* has one something to do? */
void http_shelf_wake(struct http_server *s);  /* libwebsockets looks at its time-outs, in each one's next turn */
void http_shelf_renew(struct http_server *s); /* a changed certificate is put to use */
void http_shelf_end(struct http_server *s);

/* http_answer.c */
void http_answer_start(struct http_conn *c); /* it is ready */
int http_answer_write(struct http_conn *c);  /* when writable; not 0: close the connection */
void http_answer_unwatch(struct http_conn *c);
void http_problem_with(struct http_req *r, int status, const char *title, const char *detail, const char *const *headers);

/* http_ws.c */
int http_ws_confirm(struct http_conn *c, char *upgrade);
int http_ws_callback(struct http_conn *c, enum lws_callback_reasons reason, const char *p, size_t n);
void http_ws_tick(struct ws_endpoint *e, uint64_t now);
void http_ws_gone(struct http_conn *c);

#endif
