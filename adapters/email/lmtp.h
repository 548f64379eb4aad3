/* The LMTP listener (RFC 2033): how Postfix, Exim and others push mail to us. LHLO only; PIPELINING,
 * ENHANCEDSTATUSCODES, 8BITMIME, SMTPUTF8, SIZE, CHUNKING and, with a certificate, STARTTLS. 250 is said only after the gateway has the mail on disk;
 * what the gateway cannot keep now is 451, so the peer tries again. No login: listen on the loopback or a private
 * network. Thread: the loop. */
#ifndef XQ_EMAIL_LMTP_H
#define XQ_EMAIL_LMTP_H

#include <uv.h>

#include "adapters/email/intake.h"
#include "gateway/base/tls.h"
#include "gateway/base/err.h"

struct lmtp;
struct lmtp_config {
	const char *host;
	int port;
	const char *own;      /* our mailbox; it and its subaddresses are the only recipients; borrowed for life */
	size_t max_size;      /* bytes of one mail */
	unsigned connections; /* at once; above it 421 */
	unsigned messages;    /* under way at once; above it 451 at RCPT */
	unsigned idle_ms;
	struct tls_context *tls; /* NULL: no STARTTLS; borrowed for life */
	bool tls_required;       /* no mail before it */
};
/* NULL when the address cannot be listened on. */
struct lmtp *lmtp_create(uv_loop_t *loop, const struct lmtp_config *c, struct intake *intake, struct err *e);
int lmtp_port(const struct lmtp *l);
/* Listens no more, says 421 to all who wait, answers what is being stored; then done(arg), later and once. */
void lmtp_drain(struct lmtp *l, void (*done)(void *arg), void *arg);
/* Cuts every connection. */
void lmtp_destroy(struct lmtp **l);

#endif
