/* Sending: one recipient a mail, mails one after the other over a few links that stay open for a while. What the server
 * answers is what is reported: 2xx accepted, 4xx or no connection retry, 5xx to this mail refused with the server's words
 * (smtp_word.h), and unknown when the connection was lost after the last byte of the mail had been given away. Mails to
 * one domain keep its pace (pace.h); they wait here, as loans. Once sending failed, the server is asked without a mail, ever
 * more seldom, until it takes a login. libcurl connects and logs in (mail_link.h); the dialogue
 * is ours, so nothing waits on the loop. Thread: the loop. */
#ifndef XQ_EMAIL_SMTP_H
#define XQ_EMAIL_SMTP_H

#include "adapters/email/mail_link.h"
#include "adapters/email/smtp_word.h"
#include "gateway/adapter.h"

struct smtp;

struct smtp_config {
	struct mail_link_config link; /* url NULL: nothing can be sent */
	unsigned connections;
	unsigned pace;         /* mails a minute to one domain; 0: no limit */
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

#endif
