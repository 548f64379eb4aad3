/* Sending: one mail, one recipient, one connection. What the server answers is what is reported: 2xx accepted, 4xx or
 * no connection retry, 5xx to this mail refused with the server's words, and unknown when the connection was lost after
 * the last byte of the mail had been given away. libcurl connects and logs in (mail_link.h); the dialogue is ours, so
 * nothing waits on the loop. Thread: the loop. */
#ifndef XQ_EMAIL_SMTP_H
#define XQ_EMAIL_SMTP_H

#include "adapters/email/mail_link.h"
#include "gateway/adapter.h"

struct smtp;

struct smtp_config {
	struct mail_link_config link; /* url NULL: nothing can be sent */
	unsigned connections;
	const char *own;       /* our mailbox */
	bool reply_token;
};
/* *c and its strings are borrowed for life. state() hears when sending works and when it does not. */
struct smtp *smtp_create(struct adapter *adapter, const struct adapter_host *host, const struct smtp_config *c,
	void (*state)(struct adapter *, bool up, const char *words));
int smtp_send(struct smtp *s, const struct msg_out *m); /* as adapter_ops.send */
/* done(arg) once nothing is under way, later. */
void smtp_drain(struct smtp *s, void (*done)(void *arg), void *arg);
void smtp_destroy(struct smtp **s); /* ends every loan */

/* How far a mail has come. */
enum smtp_step { SMTP_CONNECTING, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_ANSWER };
/* What an answer other than the one hoped for means; code 0: the connection was lost or nothing came. Pure. */
enum sent smtp_verdict(enum smtp_step step, unsigned code);
/* One whole reply, of one or more lines, at the front of p: its length, or 0 when more must come. *code: 0 when it is
 * no SMTP. *words: its last line, without the end, *n bytes. Pure. */
size_t smtp_reply(const char *p, size_t len, unsigned *code, const char **words, size_t *n);

#endif
