/* One connection to a mail server, ready for our own IMAP or SMTP on the loop: libcurl connects, speaks TLS, says hello
 * and logs in on a thread of its own (CONNECT_ONLY), then the socket is ours. libcurl's own SMTP and IMAP are not used
 * beyond that: 7.88 waits for the answer to a mail inside curl_multi_socket_action(), which would stop the loop, and
 * takes a mail's words for server answers. Thread: the loop. */
#ifndef XQ_EMAIL_MAIL_LINK_H
#define XQ_EMAIL_MAIL_LINK_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

enum mail_tls { TLS_AUTO, TLS_REQUIRED, TLS_OPPORTUNISTIC, TLS_NONE }; /* AUTO: required unless the host is loopback */
#define MAIL_TLS_CHOICES "auto|required|opportunistic|none"

enum { MAIL_LINK_OUT_MAX = 32 << 20 /* a whole mail */ };

struct mail_link;
struct oauth;
struct mail_link_config {
	const char *url; /* imap(s):// or smtp(s)://host:port ; copied, as are the others */
	const char *user, *password, *ca_file;
	enum mail_tls tls;
	struct oauth *oauth; /* logs in by XOAUTH2 instead of the password; NULL: not. Borrowed for life */
};
struct mail_link_ops {
	void (*on_open)(void *owner);
	void (*on_bytes)(void *owner, const char *p, size_t n);
	/* Some of what is queued was given away, and so much is left. Must not close the link. May be NULL. */
	void (*on_written)(void *owner, size_t left);
	/* Once, not after mail_link_close(); why in words. The link is gone with it. */
	void (*on_close)(void *owner, const char *why);
};
/* Begins to connect; on_open or on_close follows. */
struct mail_link *mail_link_open(uv_loop_t *loop, const struct mail_link_config *c, const struct mail_link_ops *ops,
	void *owner);
/* Queued; a fault, and more at a time than MAIL_LINK_OUT_MAX that the server does not take, is told by on_close, later. */
void mail_link_write(struct mail_link *l, const void *p, size_t n);
/* Stops and resumes reading: nothing is read while the gateway stores a mail. */
void mail_link_pause(struct mail_link *l, bool paused);
/* Forgets the owner and closes; a connect under way ends within about a second. */
void mail_link_close(struct mail_link **l);

#endif
