/* The HTTP and WebSocket server: libwebsockets on the loop, with our routes and limits.
 *
 * Everything runs on the loop. Routes and WebSocket endpoints are registered before http_listen(). The server closes
 * what passes its limits by itself: header size, body size (413), the size of all bodies together (503), idle time, a head or
 * body that trickles, open connections (it stops accepting at the cap, and waits when descriptors run out). Security headers
 * (CSP, nosniff, referrer, frame) are put on every answer unless the answer sets its own.
 *
 * What libwebsockets 4.1 cannot do: chunked request bodies (411), pipelined requests (answered once, then closed), and
 * noticing that a client did not mask its WebSocket frames (they are taken). */
#ifndef XQ_BASE_HTTP_H
#define XQ_BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"

struct http_server;
struct http_req;

struct http_limits {
	unsigned connections; /* all together */
	unsigned per_address; /* of one address (IPv6: one network of 64 bits); more are answered 429; 0: as many as there are */
	size_t body;          /* default body cap of a route, bytes */
	size_t bodies;        /* of all bodies that are held, the small ones aside; 0: 256 MiB. One route has what it leaves to the others; when
	                       * there is no room, who sends less than 2 KB a second for more than 20 s makes some (503) */
	const char *tls_cert, *tls_key; /* PEM files: everything goes through TLS 1.2 or newer; NULL: nothing does */
	bool strict_transport;          /* browsers are told never to come without TLS */
};
/* How many descriptors so many connections need, and for how many connections so many suffice. */
unsigned http_descriptors(unsigned connections);
unsigned http_connections_within(unsigned long descriptors);
struct http_server *http_create(uv_loop_t *loop, const struct http_limits *limits, struct err *e);
int http_listen(struct http_server *s, const char *host, int port, struct err *e); /* port 0 picks one */
int http_port(const struct http_server *s);
/* Closes every connection, and runs the loop for a moment until libwebsockets has let go of it: so not from a callback
 * of that loop. Requests that are still held may, and must, be answered afterwards. */
void http_destroy(struct http_server **s);

/* --- requests --- */

/* Called once the whole body is here. The handler, now or later, calls exactly one http_answer*() (or http_hang_up) on the request,
 * which ends its life. A client that goes away meanwhile does not free the request: answering it is still right. */
typedef void http_handler_f(struct http_req *, void *arg);
/* method "GET" (also serves HEAD), "POST", …; pattern: an exact path "/healthz", or a prefix ending in a slash and a
 * star. The longest match wins; a path that exists under other methods only gets 405 with Allow. */
void http_route(struct http_server *s, const char *method, const char *pattern, http_handler_f *, void *arg);
void http_route_body(struct http_server *s, const char *method, const char *pattern, size_t body_cap, http_handler_f *,
	void *arg);
/* The same for bodies that not everybody may send. `admit` is called where one follows, with the head alone, before any of it is held;
 * now or later it calls exactly one of http_admit() and http_answer*(). Once admitted, it is the handler's, if the client stays. */
void http_route_admit(struct http_server *s, const char *method, const char *pattern, size_t body_cap, http_handler_f *admit,
	http_handler_f *handler, void *arg);
void http_admit(struct http_req *);

const char *http_method(const struct http_req *);
const char *http_path(const struct http_req *);       /* decoded, without query, no ".." segments */
const char *http_rest(const struct http_req *);       /* what a star pattern matched, or "" */
/* NULL when absent. To be asked before the handler returns: a client that leaves takes its headers along. */
const char *http_header(const struct http_req *, const char *lower_case_name);
const char *http_query(const struct http_req *, const char *name);             /* decoded; NULL when absent */
const char *http_query_other(const struct http_req *, const char *const *name, size_t n); /* the first that is none of these, or NULL */
const char *http_query_raw(const struct http_req *);  /* encoded anew, so maybe not byte for byte; "" when absent */
const char *http_cookie(const struct http_req *, const char *name);            /* when: as http_header */
const void *http_body(const struct http_req *, size_t *n); /* NUL-terminated behind n */
const char *http_peer(const struct http_req *);       /* the client's address */

/* status; headers: NULL or pairs {"name","value",…,NULL}; body is copied. */
void http_answer(struct http_req *, int status, const char *type, const void *body, size_t n,
	const char *const *headers);
void http_answer_text(struct http_req *, int status, const char *text);
/* Ends the request and its connection without a word, for callers who ask again when they hear nothing. */
void http_hang_up(struct http_req *);
/* RFC 9457 problem document. */
void http_problem(struct http_req *, int status, const char *title, const char *detail);
void http_redirect(struct http_req *, int status, const char *location);
/* A file from disk with Content-Type by its ending; ETag; 404 when absent. `file` is trusted to be a safe name. */
void http_answer_file(struct http_req *, const char *path, const char *cache_control);
/* A stored file of a citizen: attachment disposition unless the type is a safe picture, sandbox CSP; closes fd. */
void http_answer_fd(struct http_req *, int fd, uint64_t size, const char *type, const char *download_name);

/* --- WebSockets --- */

struct ws;
struct ws_ops {
	/* Before the upgrade: the request's headers and cookies can be read through req. Returns 0 to go on, or an HTTP
	 * status to refuse with (403 for a wrong Origin). *owner is the connection's own pointer from here on. */
	int (*on_request)(const struct http_req *req, void *arg, void **owner);
	void (*on_open)(struct ws *, void *owner);
	/* One whole message, NUL-terminated, valid UTF-8 (anything else was answered with close 1007, too big with 1009,
	 * binary with 1003). */
	void (*on_text)(struct ws *, void *owner, const char *text, size_t n);
	void (*on_close)(struct ws *, void *owner); /* also when on_request accepted but the upgrade failed (ws NULL) */
};
struct ws_limits {
	size_t message;  /* bytes of one incoming message */
	size_t queue;    /* bytes waiting to be written; a reader slower than that is closed with 1008 */
	unsigned ping_s; /* idle seconds before a ping; a peer that does not answer within as long again is closed */
	unsigned first_s; /* for the first message of whoever must speak first; 0: nobody must */
};
/* subprotocol may be NULL (any). */
void http_websocket(struct http_server *s, const char *path, const char *subprotocol, const struct ws_ops *,
	const struct ws_limits *, void *arg);
/* Copies and queues one text message. false: the connection is being closed; on_close follows, within about 10 s when
 * the peer answers nothing, and never from inside this call. */
bool ws_send(struct ws *, const char *text, size_t n);
/* One allocation shared by many receivers (live feed): create, send to each, release. */
struct ws_shared;
struct ws_shared *ws_shared_create(const char *text, size_t n);
void ws_shared_release(struct ws_shared *);
bool ws_send_shared(struct ws *, struct ws_shared *);
size_t ws_queued(const struct ws *);
void ws_close(struct ws *, uint16_t code, const char *reason); /* after what is queued; on_close follows */

#endif
