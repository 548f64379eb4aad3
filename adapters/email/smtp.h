/* Sending: one mail a recipient through libcurl's SMTP on the loop. What the server answers is what is reported:
 * 2xx accepted, 4xx or no connection retry, 5xx to this mail refused with the server's words, and unknown when the
 * connection was lost after the whole mail had been written. Thread: the loop. */
#ifndef XQ_EMAIL_SMTP_H
#define XQ_EMAIL_SMTP_H

#include <curl/curl.h>

#include "gateway/adapter.h"

struct smtp;
enum mail_tls { TLS_AUTO, TLS_REQUIRED, TLS_OPPORTUNISTIC, TLS_NONE }; /* AUTO: required unless the host is loopback */
#define MAIL_TLS_CHOICES "auto|required|opportunistic|none"

struct smtp_config {
	const char *url;       /* smtp://host:port or smtps://host:port; NULL: nothing can be sent */
	const char *user, *password, *ca_file;
	enum mail_tls tls;
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

/* What libcurl and the last answer say about a mail. all_written: libcurl took the last byte of it. Pure. */
enum sent smtp_verdict(CURLcode result, long code, bool begun, bool all_written);
/* Is the host of the URL this very machine? Pure. */
bool mail_url_loopback(const char *url);
/* The TLS options of a handle, for smtp:// and imap:// alike. */
void mail_tls_options(CURL *easy, const char *url, enum mail_tls tls, const char *ca_file);

#endif
