/* One LMTP connection, and what it shares with its server: inside lmtp.c and lmtp_conn.c only. Thread: the loop. */
#ifndef XQ_EMAIL_LMTP_CONN_H
#define XQ_EMAIL_LMTP_CONN_H

#include "adapters/email/lmtp.h"
#include "adapters/email/lmtp_line.h"
#include "adapters/email/lmtp_slow.h"
#include "gateway/base/stream.h"

/*            ┌──────────────── DATA ───────────────┐
 *            │                                     v
 *   command ─┤<── chunk read ── chunk ──┐         data
 *     ^      └────── BDAT n ───────^    │ LAST     │ CRLF.CRLF
 *     │                                 v          v
 *     └────────── answers ──────────── waiting <───┘
 *   every state ──> closing: QUIT, a time-out, the end of the gateway */
enum lmtp_state { LMTP_COMMAND, LMTP_DATA, LMTP_CHUNK, LMTP_WAITING, LMTP_CLOSING };

struct lmtp_conn {
	struct lmtp *server;
	struct lmtp_conn *next, **link;
	struct stream *stream;
	unsigned state; /* enum lmtp_state */
	struct lmtp_slow slow;
	unsigned bad;
	bool greeted, mail, counted; /* counted: holds one of the server's `messages` */
	bool chunked;                /* a BDAT was given: DATA may not follow */
	bool too_big, failed;        /* the mail being read will be refused; was refused */
	bool chunk_last, chunk_void; /* void: octets to be read and thrown away */
	uint64_t chunk_size, chunk_left;
	struct lmtp_path from;
	char recipient[LMTP_ADDRESS_MAX]; /* the most telling one: with a subaddress if any has */
	unsigned recipients;
	struct lmtp_data data;
	struct spool mail_in;
	struct intake_job *job;
	struct buf out;
	struct tls *tls;             /* once STARTTLS was given */
	struct buf plain;            /* what TLS gave and no state has taken yet */
};

struct lmtp {
	uv_loop_t *loop;
	struct lmtp_config c;
	struct intake *intake;
	struct stream_listener *listener;
	uv_timer_t tick;
	struct lmtp_conn *conns;
	unsigned open, messages;
	void (*drained)(void *arg);
	void *arg;
};

/* The server's newest connection, greeted by nobody yet. */
struct lmtp_conn *lmtp_conn_create(struct lmtp *l, struct stream *s);
/* 220. */
void lmtp_conn_greet(struct lmtp_conn *c);
/* Says words, and no more. Nothing when it is closing already. */
void lmtp_conn_close(struct lmtp_conn *c, const char *words);

extern const struct stream_ops lmtp_conn_ops;
extern const struct stream_limits lmtp_conn_limits;

/* lmtp.c: a connection has gone. */
void lmtp_left(struct lmtp *l);

#endif
